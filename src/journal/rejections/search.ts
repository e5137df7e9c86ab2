// Chooses the parts that the next request leaves out, so that the API accepts it. Pure: it depends on the view only.
//
// At least one part of each known group is to blame, so a request that carries a whole group would be rejected and is never made.
// Among the others, those that carry the most come first. The parts that a rejected request carried are a group too.
import { isThinking } from '../content.ts'
import type { View } from '../view.ts'
import { smallest } from './evidence.ts'
import { hit, isTurn, newer, newest, older } from './explanations.ts'
import { fieldPart, hasMedia, isCovered, kindOf, stepsOf, type StepsKind, turnOf } from './parts.ts'
import type { Group, Part, RejectedRequest } from './rejections.ts'

/** All parts that a request leaves out. */
export type Left = readonly Part[]

/** Whether the part is never taken back, because the API no longer has it or no longer accepts it. */
const isFinal = (part: Part): boolean => part === 'thinking' || ['container', 'compaction'].includes(kindOf(part))

/**
 * The parts that are taken back before a new message is asked: as many as possible without a whole group. A part that is alone in
 * its group is tried once more, by itself, in case the rejection was accidental. If it is rejected again, it stays out.
 */
export function partsToTakeBack({ open, rejections: { setAside, groups, confirmed } }: View): Left {
  // One experiment at a time: if media are suspected, new media in the message are an experiment already.
  if (open && hasMedia(open) && setAside.some((part) => kindOf(part) === 'media')) return []
  const kinds = kindsNotTaken(groups)
  for (const half of [older, newer]) {
    const out = hit(groups, setAside.filter(isFinal), half)
    const back = setAside.filter((part) => !out.includes(part) && !isFinal(part) && !kinds.has(kindOf(part)))
    // Taking back parts within something that stays out would test nothing.
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
 * The parts that the next request leaves out after a rejected one; `null` if leaving out parts can't help.
 *
 * @param triesLeft number of requests that may still be made for the message; the last one carries as little as possible
 */
export function nextLeft(view: View, triesLeft: number): Left | null {
  const { rejected, setAside, before, groups } = view.rejections
  const last = rejected.at(-1)
  if (!last || triesLeft < 1 || rejected.some(({ carried }) => carried.length === 0)) return null
  const known = smallest([...groups, ...rejected.map(({ carried }) => carried)])
  const all: Left = [...new Set([...rejected.flatMap(({ carried }) => carried), ...setAside, ...before])]
  const news = fresh(view, last)
  // With two tries left, the last accepted form is sent again; with one, as little as possible.
  const candidates = last.lossless
    ? alone(last, setAside, 'container')
    : isObvious(view, last)
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
 * Whether the cause is obvious and no part of the history needs to be set aside: the API points at the user's input or at a field
 * that the app set, or the app has changed the system prompt or the tools. If the next message is rejected too, the search goes
 * further.
 */
const isObvious = ({ rejections: { inARow } }: View, { pointed, changed }: RejectedRequest): boolean =>
  pointed === 'input' ||
  pointed?.startsWith('needed:') === true ||
  (inARow === 0 && pointed === null && (changed.includes('system') || changed.includes('tools')))

/** One candidate for each part of a kind that the request carried: it is left out by itself. */
const alone = ({ carried }: RejectedRequest, setAside: Left, kind: string): readonly Left[] =>
  carried.filter((part) => kindOf(part) === kind).map((part) => [...setAside, part])

/**
 * Leaves out exactly the part that the API points at, then more of the same turn if that was not enough. If the API points at one
 * turn after another, all parts of that kind are left out.
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

/** The next larger part of the same turn. */
function moreThan(part: Part, open: string | null): Part {
  const steps = stepsOf(part)
  const turnId = turnOf(part)
  if (steps?.kind === 'results') return `calls:${steps.turnId}/${steps.count}`
  if (steps && steps.turnId === open) return `steps:${steps.turnId}/${steps.count}`
  return turnId === null || turnId === open ? part : `turn:${turnId}`
}

/**
 * Takes back less for this message: everything else was in an accepted request, so these parts are suspected first. Leaves out
 * half of the suspects that explain the rejections, then the smallest explanation, then all that was left out before.
 */
function takenBack({ rejections: { rejected, setAside, before, groups } }: View): readonly Left[] {
  const stays = new Set(setAside)
  const was: ReadonlySet<string> = new Set(before)
  if (before.every((part) => stays.has(part))) return []
  const suspected = rejected.map(({ carried }) => carried.filter((part) => isCovered(was, part)))
  // A request without any of these parts was rejected too.
  if (suspected.some((group) => group.length === 0)) return []
  const known = smallest([...groups, ...suspected])
  const finals = before.filter(isFinal)
  return [hit(known, finals, older), hit(known, finals, newest), before]
}

/** The kinds that the API probably rejects altogether: parts of two different turns are proven to be to blame. */
function kindsNotTaken(groups: readonly Group[]): ReadonlySet<string> {
  const proven = groups.filter((group) => group.length === 1).flat()
  const turnsOf = (kind: string) => new Set(proven.filter((part) => kindOf(part) === kind).map(turnOf))
  return new Set(['media', 'calls', 'results'].filter((kind) => turnsOf(kind).size > 1))
}

/** Leaves out all parts of the kinds that the API probably rejects altogether. */
function alike({ rejections: { setAside, groups } }: View, all: Left): readonly Left[] {
  const kinds = kindsNotTaken(groups)
  const parts = all.filter((part) => kinds.has(kindOf(part)))
  return parts.length > 0 ? [[...setAside, ...parts]] : []
}

/**
 * Leaves out ever more of the parts that this request carried for the first time since the last accepted one, and the container,
 * which may have expired. In the middle of a turn nothing else is new: the previous request was accepted.
 */
function fresh({ open, rejections: { setAside } }: View, last: RejectedRequest): readonly Left[] {
  const carries = (part: Part): Left => (last.carried.includes(part) ? [part] : [])
  // Leaving out a container's id loses no content.
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

/** Leaves out all parts that are not whole turns, then ever more turns; in reverse order if the request may be too large. */
function halves(
  { rejections: { before, rejected } }: View,
  all: Left,
  known: readonly Group[],
  isTooMuch: boolean,
): readonly Left[] {
  const proven = known.filter((group) => group.length === 1).flat()
  // Parts that the API pointed at and no longer has or accepts stay out.
  const named = rejected.flatMap(({ pointed }) => (isPart(pointed) && isFinal(pointed) ? [pointed] : []))
  const base = [...before, ...proven, ...named]
  const namedTurns = new Set(named.map(turnOf))
  const turns = all.filter((part) => isTurn(part) && !base.includes(part) && !namedTurns.has(turnOf(part)))
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
 * Leaves out the steps of the open turn too, if a part before their thinking is left out. Thinking in the middle of a tool loop is
 * bound to everything before it, and the API requires it; a line replaces the steps.
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
