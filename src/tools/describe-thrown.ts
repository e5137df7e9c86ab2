import { messageOf } from '../errors.ts'

/** Causes of causes that are told. */
const mostCauses = 5

/** Characters of each that are told. A compiler says much, and the model needs it. */
const mostWords = 100_000

/** What was thrown, in words, and what caused it. Anything can be thrown, also what has no words. */
export function describeThrown(thrown: unknown): string {
  const words: string[] = []
  for (let next = thrown; words.length <= mostCauses; next = fieldOf(next, 'cause')) {
    const said = ownWords(next)
    // Errors often quote what caused them.
    if (said !== '' && !words.some((before) => before.includes(said))) words.push(said)
    if (fieldOf(next, 'cause') === undefined) break
  }
  return words.join(': ') || 'it gave no reason'
}

/** The message, or those of the errors that an AggregateError stands for. */
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
