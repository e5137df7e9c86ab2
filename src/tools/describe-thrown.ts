import { messageOf } from '../errors.ts'

/** How many nested causes are described. */
const mostCauses = 5

/** Characters of each message. Long enough for the output of a compiler, which the model needs. */
const mostWords = 100_000

/** Describes a thrown value and its causes. Never throws, whatever the value is. */
export function describeThrown(thrown: unknown): string {
  const words: string[] = []
  for (let next = thrown; words.length <= mostCauses; next = fieldOf(next, 'cause')) {
    const said = ownWords(next)
    // Errors often quote their cause.
    if (said !== '' && !words.some((before) => before.includes(said))) words.push(said)
    if (fieldOf(next, 'cause') === undefined) break
  }
  return words.join(': ') || 'it gave no reason'
}

/** The message of an error, or the messages of the errors in an AggregateError. */
function ownWords(thrown: unknown): string {
  const message = messageOf(thrown, mostWords).trim()
  const errors = fieldOf(thrown, 'errors')
  return message === '' && Array.isArray(errors)
    ? errors
        .slice(0, mostCauses)
        .map((error) => messageOf(error, mostWords))
        .join('; ')
        .trim()
    : message
}

function fieldOf(thrown: unknown, name: 'cause' | 'errors'): unknown {
  try {
    return thrown instanceof Error ? Reflect.get(thrown, name) : undefined
  } catch {
    return undefined
  }
}
