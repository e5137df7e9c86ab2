// What conversations are called, and in which order they are listed. Every one has a name, whether texts are shown or not.
import type { Summary } from '../wire/messages.ts'
import { clock, isWritten, short } from './format.ts'

/** Ids as programs make them up, with or without dashes. */
const isMadeUp = (id: string): boolean => /^[\da-f-]{20,}$/.test(id)

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

/** Conversations that their process closed and opened again, as a server does with those at rest: the latest time, and those before. */
export interface Continued {
  /** Each conversation once, in the order of the list. */
  readonly latest: readonly Summary[]
  /** The times before the latest one, the newest first, by the key of that. */
  readonly earlier: ReadonlyMap<string, readonly Summary[]>
}

/** Puts together what is the same conversation of the same process. Of several that live, each counts as one. */
export function continued(summaries: readonly Summary[]): Continued {
  const groups = new Map<string, Summary[]>()
  for (const summary of summaries) {
    const same = placeOf(summary)
    groups.set(same, [...(groups.get(same) ?? []), summary])
  }
  const earlier = new Map<string, readonly Summary[]>()
  const past = new Set<Summary>()
  for (const group of groups.values()) {
    const byAge = group.toSorted((a, b) => Number(isOver(a)) - Number(isOver(b)) || b.changedAt - a.changedAt)
    const [newest, ...others] = byAge
    const before = others.filter(isOver)
    if (!newest || before.length === 0) continue
    earlier.set(newest.key, before)
    for (const one of before) past.add(one)
  }
  return { latest: summaries.filter((summary) => !past.has(summary)), earlier }
}

/** The same for the same conversation of the same process. */
const placeOf = ({ id, key, origin }: Summary): string =>
  JSON.stringify(id === '' || origin.kind === 'file' ? key : [origin.name, origin.pid, id])

/** The one that lives of the same conversation as one that is over: its process opened it again. */
export function goesOnAs(key: string, summaries: readonly Summary[]): Summary | undefined {
  const past = summaries.find((summary) => summary.key === key)
  return past && isOver(past)
    ? summaries.find((summary) => summary.status === 'live' && placeOf(summary) === placeOf(past))
    : undefined
}

/** Whether nothing more comes of a conversation. */
export const isOver = ({ status }: Summary): boolean => status === 'ended' || status === 'gone'

/** What a search for a conversation looks through, in small letters. */
export const wordsOf = (summary: Summary, all: readonly Summary[]): string =>
  `${nameOf(summary, all)} ${summary.title ?? ''} ${summary.id} ${summary.origin.name} ${summary.model} ${summary.state} ${summary.status}`.toLowerCase()
