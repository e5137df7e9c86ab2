// Which parts the next request leaves out, so that the API takes it. Pure: everything that it goes by is in the view.
//
// At least one part of each known group is to blame. A request that carries a whole group would be rejected, so none is
// made; among the others, those that carry the most come first. What a rejected request carried is a group of its own.
import { isThinking } from '../content.ts'
import type { View } from '../view.ts'
import { smallest } from './evidence.ts'
import { hit, isTurn, newer, newest, older } from './explanations.ts'
import { fieldPart, hasMedia, isCovered, kindOf, stepsOf, type StepsKind, turnOf } from './parts.ts'
import type { Group, Part, RejectedRequest } from './rejections.ts'

/** Everything that a request leaves out. */
export type Left = readonly Part[]

/** The API has it no more, or takes it no more: there is nothing to take back. */
const isFinal = (part: Part): boolean => part === 'thinking' || ['container', 'compaction'].includes(kindOf(part))

/**
 * What is taken back before a new message is asked: as much as can be without a whole group. A part that is alone in its
 * group is carried once more, by itself, in case its rejection was a whim; then it stays out.
 */
export function partsToTakeBack({ open, rejections: { setAside, groups, confirmed } }: View): Left {
  // One experiment at a time: a new file is one where files are suspected.
  if (open && hasMedia(open) && setAside.some((part) => kindOf(part) === 'media')) return []
  const kinds = kindsNotTaken(groups)
  for (const half of [older, newer]) {
    const out = hit(groups, setAside.filter(isFinal), half)
    const back = setAside.filter((part) => !out.includes(part) && !isFinal(part) && !kinds.has(kindOf(part)))
    // What comes back below something that stays out tells nothing.
    const stays = new Set<string>(setAside.filter((part) => !back.includes(part)))
    if (back.some((part) => !isCovered(stays, part))) return back
  }
  const doubted = groups
    .filter((group) => group.length === 1)
    .flat()
    .filter(
      (part) => setAside.includes(part) && !confirmed.includes(part) && !isFinal(part) && !kinds.has(kindOf(part)),
    )
  const others = (part: Part) => new Set<string>(setAside.filter((other) => other !== part))
  return doubted.filter((part) => !isCovered(others(part), part)).slice(0, 1)
}

/**
 * What the next request leaves out, after one that was rejected; `null` when nothing that can be left out helps.
 *
 * @param triesLeft Requests that may still be made for the message. The last one carries as little as it can.
 */
export function nextLeft(view: View, triesLeft: number): Left | null {
  const { rejected, setAside, before, groups } = view.rejections
  const last = rejected.at(-1)
  if (!last || triesLeft < 1 || rejected.some(({ carried }) => carried.length === 0)) return null
  const known = smallest([...groups, ...rejected.map(({ carried }) => carried)])
  const all: Left = [...new Set([...rejected.flatMap(({ carried }) => carried), ...setAside, ...before])]
  const news = fresh(view, last)
  // With two tries left, what was taken before is asked again; with one, as little as can be.
  const candidates = last.lossless
    ? alone(last, setAside, 'container')
    : isSettled(view, last)
      ? news
      : triesLeft === 1
        ? [all]
        : [
            ...pointedAt(view, all),
            ...alike(view, all),
            ...(triesLeft > 2 ? [...takenBack(view), ...news] : [before, ...news.slice(-1)]),
            ...halves(view, all, known, last.isTooMuch),
            all,
          ]
  return (
    candidates
      .map((left) => withLoop(view, left))
      .find((left) => {
        const set: ReadonlySet<string> = new Set(left)
        return known.every((group) => group.some((part) => isCovered(set, part)))
      }) ?? null
  )
}

/**
 * It is plain what is to blame, and no history is set aside for it: the API points at the words of the user or at what the app
 * set, or the app has changed the system prompt, the tools or the model. Where that stays so, the next message looks further.
 */
const isSettled = ({ rejections: { inARow } }: View, { pointed, changed }: RejectedRequest): boolean =>
  pointed === 'input' ||
  pointed?.startsWith('needed:') === true ||
  (inARow === 0 && pointed === null && (changed.includes('system') || changed.includes('tools')))

/** Each part of a kind that the request carried, left out by itself. */
const alone = ({ carried }: RejectedRequest, setAside: Left, kind: string): readonly Left[] =>
  carried.filter((part) => kindOf(part) === kind).map((part) => [...setAside, part])

/**
 * Exactly what the API points at, and more of the same turn where that was not enough. Where it points at one turn after the
 * other, all of the kind goes.
 */
function pointedAt({ open, rejections: { rejected, setAside } }: View, all: Left): readonly Left[] {
  const pointed = rejected.flatMap(({ pointed: at }): Left => (isPart(at) ? [at] : []))
  const last = pointed.at(-1)
  if (last === undefined || rejected.at(-1)?.pointed !== last) return []
  const isTooLittle = rejected.some(({ carried, pointed: at }) => isPart(at) && !carried.includes(at))
  const grown = isTooLittle ? moreThan(last, open?.id ?? null) : last
  const kind = kindOf(grown)
  const turns = new Set(pointed.filter((part) => kindOf(part) === kindOf(last)).map(turnOf))
  const whole = [...setAside, ...all.filter((part) => kindOf(part) === kind)]
  return [
    ...(turns.size > 1 && kind !== 'turn' ? [whole] : []),
    [...setAside, grown],
    [...setAside, moreThan(grown, open?.id ?? null)],
  ]
}

const isPart = (pointed: RejectedRequest['pointed']): pointed is Part =>
  pointed !== null && pointed !== 'input' && !pointed.startsWith('needed:')

/** What leaves more of the same turn out. */
function moreThan(part: Part, open: string | null): Part {
  const steps = stepsOf(part)
  const turnId = turnOf(part)
  if (steps?.kind === 'results') return `calls:${steps.turnId}/${steps.count}`
  if (steps && steps.turnId === open) return `steps:${steps.turnId}/${steps.count}`
  return turnId === null || turnId === open ? part : `turn:${turnId}`
}

/**
 * Less of what was taken back for this message: all else was in a request that was taken, so this is suspected first. Half of
 * what explains the rejections is left out, then the smallest explanation, then all that was left out before.
 */
function takenBack({ rejections: { rejected, setAside, before, groups } }: View): readonly Left[] {
  const stays = new Set(setAside)
  const was: ReadonlySet<string> = new Set(before)
  if (before.every((part) => stays.has(part))) return []
  const suspected = rejected.map(({ carried }) => carried.filter((part) => isCovered(was, part)))
  // Without any of it the request was rejected as well.
  if (suspected.some((group) => group.length === 0)) return []
  const known = smallest([...groups, ...suspected])
  const finals = before.filter(isFinal)
  return [hit(known, finals, older), hit(known, finals, newest), before]
}

/** Kinds of which the API takes none, as far as is known: two of different turns are proven. */
function kindsNotTaken(groups: readonly Group[]): ReadonlySet<string> {
  const proven = groups.filter((group) => group.length === 1).flat()
  const turnsOf = (kind: string) => new Set(proven.filter((part) => kindOf(part) === kind).map(turnOf))
  return new Set(['media', 'calls', 'results'].filter((kind) => turnsOf(kind).size > 1))
}

/** All of the kinds of which the API takes none. */
function alike({ rejections: { setAside, groups } }: View, all: Left): readonly Left[] {
  const kinds = kindsNotTaken(groups)
  const parts = all.filter((part) => kinds.has(kindOf(part)))
  return parts.length > 0 ? [[...setAside, ...parts]] : []
}

/**
 * What this request carried for the first time since one that was taken, and what may be gone; ever more of it. In the middle
 * of a turn that is all that is new: the rest was taken with the request before.
 */
function fresh({ open, rejections: { setAside } }: View, last: RejectedRequest): readonly Left[] {
  const carries = (part: Part): Left => (last.carried.includes(part) ? [part] : [])
  // An id that is left out loses nothing.
  const gone = last.carried.filter((part) => kindOf(part) === 'container')
  const changed = last.changed.flatMap((name) => carries(fieldPart(last.model, name)))
  const { id, steps } = open ?? { id: '', steps: [] }
  const of = (kind: StepsKind) => carries(`${kind}:${id}/${steps.length}`)
  const news =
    steps.length === 0 ? [carries(`media:${id}`)] : [of('results'), [...of('results'), ...of('calls')], of('steps')]
  return news
    .map((parts) => [...gone, ...changed, ...parts])
    .flatMap((parts) => (parts.length > 0 ? [[...setAside, ...parts]] : []))
}

/** All that costs no turn, then ever more of the turns; the other way round where the request may be too large. */
function halves(
  { rejections: { before, rejected } }: View,
  all: Left,
  known: readonly Group[],
  isTooMuch: boolean,
): readonly Left[] {
  const proven = known.filter((group) => group.length === 1).flat()
  // What the API has no more, or takes no more, stays out when it said so.
  const told = rejected.flatMap(({ pointed }) => (isPart(pointed) && isFinal(pointed) ? [pointed] : []))
  const base = [...before, ...proven, ...told]
  const isTold = new Set(told.map(turnOf))
  const turns = all.filter((part) => isTurn(part) && !base.includes(part) && !isTold.has(turnOf(part)))
  const cheap = all.filter((part) => !isTurn(part) && kindOf(part) !== 'steps')
  const [some, rest] = [older(turns), newer(turns)]
  const free = [...base, ...cheap]
  const half = [...base, ...some]
  return [
    ...(isTooMuch ? [half, free] : [free, half]),
    [...base, ...rest],
    [...base, ...some, ...older(rest)],
    [...base, ...turns],
  ]
}

/**
 * Thinking in the middle of a tool loop is bound to all that stands before it, and the API insists on it: where something
 * before it leaves, what was done for this message stands as a line.
 */
function withLoop({ open, rejections: { setAside } }: View, left: Left): Left {
  const loop = open?.steps.some(({ content }) => content.some(isThinking)) ?? false
  if (!open || !loop) return left
  const stays = new Set<string>(setAside)
  const isBefore = (part: Part) =>
    !stays.has(part) &&
    kindOf(part) !== 'field' &&
    kindOf(part) !== 'container' &&
    !(kindOf(part) === 'results' && turnOf(part) === open.id)
  return left.some(isBefore) ? [...left, `steps:${open.id}/${open.steps.length}`] : left
}
