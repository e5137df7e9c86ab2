// Updates what is known about the parts of requests, after each request that the API accepted or rejected. Pure: `step` runs it.
import type { ContextSetAside, ContextTakenBack, RequestRejected } from '../facts.ts'
import { grown } from '../append-only-lists.ts'
import { requestTurns, type View } from '../view.ts'
import { carriedOf, fieldPart, isCovered, kindOf, partsOf, subjectOf, turnOf } from './parts.ts'
import { type Group, type Part, partLists, type Pointed, type RejectedRequest, type Rejections } from './rejections.ts'

const holds = (outer: ReadonlySet<Part>, inner: ReadonlySet<Part>): boolean =>
  [...inner].every((part) => outer.has(part))

/** The groups without supersets of other groups, which add no information, and without empty ones. */
export function smallest(groups: readonly Group[]): readonly Group[] {
  const sets = groups.map((group) => new Set(group)).filter(({ size }) => size > 0)
  const counts = new Map<Part, number>()
  for (const set of sets) for (const part of set) counts.set(part, (counts.get(part) ?? 0) + 1)
  // Each group is filed under its rarest part. A superset holds that part too, so only groups filed under its parts are compared.
  const filed = new Map<Part, ReadonlySet<Part>[]>()
  const stays = new Set<ReadonlySet<Part>>()
  for (const set of sets.toSorted((one, other) => one.size - other.size)) {
    const isMore = [...set].some((part) => filed.get(part)?.some((smaller) => holds(set, smaller)))
    if (isMore) continue
    stays.add(set)
    const [rarest] = [...set].toSorted((one, other) => (counts.get(one) ?? 0) - (counts.get(other) ?? 0))
    if (rarest !== undefined) filed.set(rarest, [...(filed.get(rarest) ?? []), set])
  }
  return sets.filter((set) => stays.has(set)).map((set) => [...set])
}

/** A request was accepted: the parts that it carried are cleared, so each group shrinks to the others. */
export function whenAccepted(view: View): View {
  const { rejections } = view
  const { setAside, groups, rejected, before, inARow } = rejections
  if (rejected.length === 0 && inARow === 0 && setAside === before && groups.length === 0) return view
  const calm = { before: setAside, rejected: [], inARow: 0 }
  if (rejected.length === 0 && groups.length === 0) return { ...view, rejections: { ...rejections, ...calm } }
  const left: ReadonlySet<string> = new Set(partLists.items(setAside))
  const { settled, open } = requestTurns(view)
  const there = new Set([...settled, ...(open ? [open] : [])].map(({ id }) => id))
  const model = `${view.model}/`
  const wasAway = (part: Part) => {
    if (isCovered(left, part) || part === 'thinking') return true
    if (kindOf(part) === 'field') return !subjectOf(part).startsWith(model)
    const turnId = turnOf(part)
    return turnId === null || !there.has(turnId)
  }
  // Parts that an earlier request carried successfully are cleared too, unless no other part is left to blame.
  const tried = rejected.map(({ carried, unproven }) => {
    const likely = unproven.filter(wasAway)
    return likely.length > 0 ? likely : carried.filter(wasAway)
  })
  const stay = [...groups.map((group) => group.filter(wasAway)), ...tried]
  const proven = new Set(groups.filter((group) => group.length === 1).flat())
  const again = tried
    .filter((group) => group.length === 1)
    .flat()
    .filter((part) => proven.has(part))
  const confirmed = again.length > 0 ? [...new Set([...rejections.confirmed, ...again])] : rejections.confirmed
  return {
    ...view,
    rejections: { ...rejections, ...calm, groups: smallest(stay), confirmed },
  }
}

const isOfSummary = (pointed: Pointed | null): pointed is `compaction:${string}` =>
  pointed?.startsWith('compaction:') === true

/** A request was rejected: at least one of the parts that it carried is to blame. */
export function whenRejected(view: View, fact: RequestRejected): View {
  const { fields, model, container, thinking, pointed = null, lossless = false, failure } = fact
  const { rejections } = view
  const accepted = Object.hasOwn(rejections.accepted, model) ? rejections.accepted[model] : undefined
  const names = Object.keys(fields)
  const left: ReadonlySet<string> = new Set(partLists.items(rejections.setAside))
  const was: ReadonlySet<string> = new Set(partLists.items(rejections.before))
  // A summary is a part only if the API points at it. It is never tried out: without it, all that it replaced is carried.
  const summary = isOfSummary(pointed) ? [pointed] : []
  const parts = [...summary, ...partsOf(view, { model, fields: names, container: container ?? null, thinking })]
  const carried = carriedOf(parts, left)
  const changed = names.filter((name) => accepted?.[name] !== fields[name])
  const changedParts = new Set<Part>(changed.map((name) => fieldPart(model, name)))
  const { settled, open } = requestTurns(view)
  // The last turn counts as new, because its reply was not sent back before.
  const news = new Set([settled.at(-1)?.id, open?.id])
  const isNew = (part: Part) => kindOf(part) === 'container' || news.has(turnOf(part) ?? '') || changedParts.has(part)
  const rejected: RejectedRequest = {
    carried,
    unproven: carried.filter((part) => isCovered(was, part) || isNew(part)),
    model,
    pointed,
    lossless,
    status: failure.status ?? null,
    isTooMuch: failure.code === 'request-too-large' || failure.code === 'prompt-too-long',
    changed,
  }
  return { ...view, rejections: { ...rejections, rejected: grown(rejections.rejected, [rejected]) } }
}

/** The message is no longer on the path: its rejections say nothing about the other turns. */
export const whenLeft = (view: View): View => {
  const { rejections } = view
  const last = rejections.rejected.at(-1)
  if (!last) return view
  return { ...view, rejections: { ...rejections, rejected: [], inARow: rejections.inARow + (last.lossless ? 0 : 1) } }
}

export function whenSetAside(view: View, { parts }: ContextSetAside): View {
  const { rejections } = view
  const before = view.open ? whatStays(rejections) : null
  const more = [...new Set(parts)].filter((part) => !partLists.has(rejections.setAside, part))
  const setAside = partLists.added(rejections.setAside, more)
  // Between turns nothing is being tried, so the change is final.
  return { ...view, rejections: { ...rejections, setAside, before: before ?? setAside } }
}

export function whenTakenBack(view: View, { parts }: ContextTakenBack): View {
  const { rejections } = view
  const before = whatStays(rejections)
  return { ...view, rejections: { ...rejections, before, setAside: partLists.without(rejections.setAside, parts) } }
}

/** A copy of `before` if it is the same list as `setAside`, which is about to change. */
const whatStays = ({ before, setAside }: Rejections): Rejections['before'] =>
  before === setAside ? partLists.items(before) : before
