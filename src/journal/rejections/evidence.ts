// What each request that was taken, and each that was not, says of the parts that it carried. Pure: `step` runs it.
import type { ContextSetAside, ContextTakenBack, RequestRejected } from '../facts.ts'
import { requestTurns, type View } from '../view.ts'
import { carriedOf, fieldPart, isCovered, kindOf, partsOf, subjectOf, turnOf } from './parts.ts'
import type { Group, Part, Pointed, RejectedRequest } from './rejections.ts'

const holds = (outer: ReadonlySet<Part>, inner: ReadonlySet<Part>): boolean =>
  [...inner].every((part) => outer.has(part))

/** Groups without those that hold another one: they say less. Empty ones say nothing. */
export function smallest(groups: readonly Group[]): readonly Group[] {
  const sets = groups.map((group) => new Set(group))
  return groups.filter((_, index) => {
    const set = sets[index] ?? new Set()
    return (
      set.size > 0 &&
      !sets.some(
        (other, at) =>
          at !== index &&
          other.size > 0 &&
          holds(set, other) &&
          (other.size < set.size || (at < index && holds(other, set))),
      )
    )
  })
}

/** A request was taken: what it carried is innocent, and each group is to blame with the rest of it. */
export function whenAccepted(view: View): View {
  const { rejections } = view
  const { setAside, groups, rejected, before, inARow } = rejections
  if (rejected.length === 0 && inARow === 0 && setAside === before && groups.length === 0) return view
  const left: ReadonlySet<string> = new Set(setAside)
  const { settled, open } = requestTurns(view)
  const there = new Set([...settled, ...(open ? [open] : [])].map(({ id }) => id))
  const model = `${view.model}/`
  const wasAway = (part: Part) => {
    if (isCovered(left, part) || part === 'thinking') return true
    if (kindOf(part) === 'field') return !subjectOf(part).startsWith(model)
    const turnId = turnOf(part)
    return turnId === null || !there.has(turnId)
  }
  // What was taken before is innocent, unless nothing else can be to blame.
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
    rejections: { ...rejections, before: setAside, groups: smallest(stay), confirmed, rejected: [], inARow: 0 },
  }
}

const isOfSummary = (pointed: Pointed | null): pointed is `compaction:${string}` =>
  pointed?.startsWith('compaction:') === true

/** A request was not taken: something that it carried is to blame. */
export function whenRejected(view: View, fact: RequestRejected): View {
  const { fields, model, container, thinking, pointed = null, lossless = false, failure } = fact
  const { rejections } = view
  const accepted = Object.hasOwn(rejections.accepted, model) ? rejections.accepted[model] : undefined
  const names = Object.keys(fields)
  const left: ReadonlySet<string> = new Set(rejections.setAside)
  const was: ReadonlySet<string> = new Set(rejections.before)
  // That a summary is not taken is not to be found out, only to be told: without it, all that it stands for is carried.
  const summary = isOfSummary(pointed) ? [pointed] : []
  const parts = [...summary, ...partsOf(view, { model, fields: names, container: container ?? null, thinking })]
  const carried = carriedOf(parts, left)
  const changed = names.filter((name) => accepted?.[name] !== fields[name])
  const { settled, open } = requestTurns(view)
  // The last reply was not sent back before.
  const news = new Set([settled.at(-1)?.id, open?.id])
  const isNew = (part: Part) =>
    kindOf(part) === 'container' ||
    news.has(turnOf(part) ?? '') ||
    changed.some((name) => part === fieldPart(model, name))
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
  return { ...view, rejections: { ...rejections, rejected: [...rejections.rejected, rejected] } }
}

/** The message left: what was rejected for it says nothing of what stays. */
export const whenLeft = (view: View): View => {
  const { rejections } = view
  const last = rejections.rejected.at(-1)
  if (!last) return view
  return { ...view, rejections: { ...rejections, rejected: [], inARow: rejections.inARow + (last.lossless ? 0 : 1) } }
}

export function whenSetAside(view: View, { parts }: ContextSetAside): View {
  const { rejections } = view
  const setAside = [...new Set([...rejections.setAside, ...parts])]
  // Between turns, nothing is tried: it stays so.
  return { ...view, rejections: { ...rejections, setAside, ...(view.open ? {} : { before: setAside }) } }
}

export function whenTakenBack(view: View, { parts }: ContextTakenBack): View {
  const { rejections } = view
  const back: ReadonlySet<string> = new Set(parts)
  return {
    ...view,
    rejections: { ...rejections, setAside: rejections.setAside.filter((part) => !back.has(part)) },
  }
}
