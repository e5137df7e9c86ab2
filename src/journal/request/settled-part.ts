// Keeps what the settled turns of a path contribute to requests, so that a request costs what is new in it.
import { lineOf } from '../turn-index.ts'
import { settledTurns, type Turn, type View } from '../view.ts'
import { type Made, madeNext, madeOf, type Terms } from './makings.ts'
import { mostBreakpoints, RequestPart } from './request-part.ts'

/** The part for the path up to a settled turn. */
interface Kept {
  readonly end: Turn
  readonly terms: Terms
  readonly part: RequestPart
}

/** The last part that was made, for each list of turns and those that it has grown into. */
const kept = new WeakMap<object, Kept>()

/**
 * What the turns of a request contribute: those that are settled, and the open one. `null` where a turn changes what earlier ones
 * contribute, so that all have to be looked at together.
 */
export function keptPart(view: View, terms: Terms): RequestPart | null {
  const settled = settledPart(view, terms)
  if (!settled || !view.open) return settled
  const part = new RequestPart(settled)
  return addNext(part, view.open, terms) ? part : null
}

function settledPart(view: View, terms: Terms): RequestPart | null {
  const line = lineOf(view.turns)
  const known = kept.get(line)
  const before = known?.terms.equal(terms) ? known : undefined
  let hasMet = false
  const { end, turns } = settledTurns(view, (turn) => (hasMet ||= turn === before?.end))
  // What may still change can't be kept.
  if (end && !Object.isFrozen(end)) return null
  if (before && hasMet && turns.length === 0) return before.part
  kept.delete(line)
  const part =
    before && hasMet
      ? (grown(before.part, turns, terms) ?? madeAnew(settledTurns(view, () => false).turns, terms))
      : madeAnew(turns, terms)
  if (part && end) kept.set(line, { end, terms, part })
  return part
}

/** The part with these turns added; `null` if one of them changes what the turns before it contribute. */
const grown = (part: RequestPart, turns: readonly Turn[], terms: Terms): RequestPart | null =>
  turns.every((turn) => addNext(part, turn, terms)) ? part : null

/** Adds a turn. Returns whether it could: it changes nothing about the turns before it. */
function addNext(part: RequestPart, turn: Turn, terms: Terms): boolean {
  const made = madeNext(turn, terms)
  if (!made || !leavesOthers(part, made, terms)) return false
  part.add(made)
  return true
}

function madeAnew(turns: readonly Turn[], terms: Terms): RequestPart | null {
  const { made, leftFirst } = madeOf(turns, terms)
  const part = new RequestPart()
  part.left.push(...leftFirst)
  for (const each of made) {
    if (!leavesOthers(part, each, terms)) return null
    part.add(each)
  }
  return part
}

/** Of several compactions, and of too many cache breakpoints, the newest are sent: a further one takes an earlier one out. */
const leavesOthers = (part: RequestPart, { replay }: Made, { target }: Terms): boolean =>
  part.compactions + replay.compactions <= 1 &&
  part.breakpoints + replay.breakpoints <= Math.max(0, mostBreakpoints - (target.cacheBreakpoints ?? 0))
