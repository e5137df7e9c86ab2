// What conversations are called, and in which order they are listed. Every one has a name, whether texts are shown or not.
import type { Summary } from '../wire/messages.ts'
import { clock, isWritten, short } from './format.ts'

/** Ids that `crypto.randomUUID()` makes. */
const isMadeUp = (id: string): boolean => /^[\da-f]{8}-[\da-f-]{27}$/.test(id)

/**
 * The name of a conversation: an id that was written for people, as of the scenes of the tour; else its first words, where texts are
 * shown; else the app's own id or, for one that was made up, when it began and how its id begins. A fork is named after what it was
 * forked from.
 */
export function nameOf(summary: Summary, all: readonly Summary[]): string {
  const root = rootOf(summary, all)
  return root === summary ? ownName(summary) : root.forkOf === null ? `Fork of ${ownName(root)}` : ownName(root)
}

function ownName({ id, title, startedAt, forkOf }: Summary): string {
  if (forkOf !== null) return `Fork of ${isWritten(forkOf) ? forkOf : short(forkOf)}`
  if (isWritten(id)) return id
  const own = title ?? (isMadeUp(id) ? null : id)
  if (own !== null && own !== '') return own
  return `Conversation ${startedAt === null ? '' : `of ${clock(startedAt)}, `}${short(id)}`
}

/** The conversation that one was forked from, if it is listed: first the one of the same process. */
function originOf({ key, forkOf, origin }: Summary, all: readonly Summary[]): Summary | undefined {
  if (forkOf === null) return undefined
  const found = all.filter((other) => other.id === forkOf && other.key !== key)
  return found.find((other) => other.origin.pid === origin.pid && other.origin.name === origin.name) ?? found[0]
}

/** Conversations in their order, each with the forks of it among them. Forks of forks stand beside their origin. */
export function nested(
  summaries: readonly Summary[],
): readonly { readonly summary: Summary; readonly forks: readonly Summary[] }[] {
  const roots = new Map(summaries.map((summary) => [summary.key, rootOf(summary, summaries).key]))
  return summaries
    .filter(({ key }) => roots.get(key) === key)
    .map((summary) => ({
      summary,
      forks: summaries.filter(({ key }) => key !== summary.key && roots.get(key) === summary.key),
    }))
}

/** The conversation at the root of a chain of forks. Ids come from elsewhere: a chain may lead round in a circle. */
function rootOf(summary: Summary, all: readonly Summary[]): Summary {
  const seen = new Set([summary.key])
  let root = summary
  for (let origin = originOf(root, all); origin; origin = originOf(root, all)) {
    if (seen.has(origin.key)) return summary
    seen.add(origin.key)
    root = origin
  }
  return root
}

/** What a search for a conversation looks through, in small letters. */
export const wordsOf = (summary: Summary, all: readonly Summary[]): string =>
  `${nameOf(summary, all)} ${summary.title ?? ''} ${summary.id} ${summary.origin.name} ${summary.model} ${summary.state} ${summary.status}`.toLowerCase()
