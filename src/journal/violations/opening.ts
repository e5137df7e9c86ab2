import type { TurnOpened } from '../facts.ts'
import { asksInstead } from '../reset-policies.ts'
import { refusalOf } from '../refusal-lookup.ts'
import { findTurn, isTaken, queues, type Turn, type View } from '../view.ts'
import { pathObjection } from './moves.ts'
import { isCut } from '../stop-reasons.ts'

/** Why a turn can't be opened; `null` if it can. */
export function openingObjection(view: View, fact: TurnOpened): string | null {
  if (view.open) return `turn ${view.open.id} is still open`
  if (view.undecided !== null) return `the refusal of ${view.undecided} is not decided`
  const queued = queues.last(view.queue, fact.turnId)
  if (queued && !isSame([queued.input, queued.system], [fact.input, fact.system]))
    return `${fact.turnId} was queued with a different message`
  if (!queued && isTaken(view, fact.turnId)) return `the turn id ${fact.turnId} was used before`
  return (
    systemObjection(fact) ??
    replacingObjection(view, fact) ??
    continuingObjection(view, fact) ??
    (fact.parent === view.head ? null : pathObjection(view, fact.parent, fact.force))
  )
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Only a message that somebody asks may have a system message. */
const systemObjection = ({ kind, system }: TurnOpened): string | null =>
  system !== undefined && (kind === 'compaction' || kind === 'continuation')
    ? `a ${kind} has no system message of its own`
    : null

/** A turn may replace one that did not complete, or a summary that it waited for. */
function replacingObjection(view: View, { replaces, input }: TurnOpened): string | null {
  if (replaces === undefined) return null
  const replaced = findTurn(view, replaces)
  if (!replaced) return `it replaces the unknown turn ${replaces}`
  if (replaced.kind === 'compaction') return null
  if (replaced.status === 'completed') return `it replaces ${replaces}, which was answered`
  if (replaced.status !== 'refused') return null
  const { policy = null, askedInstead = null } = refusalOf(view, replaces) ?? {}
  const words = asksInstead(policy, replaced.input)
  if (words === null) return `it asks again what ${replaces} was refused for, without a policy that allows it`
  if (askedInstead !== null) return `${askedInstead} was asked instead of ${replaces} already`
  return isSame(words, input) ? null : `its message differs from the one that the policy for ${replaces} set`
}

/** Only a cut reply can be continued. */
function continuingObjection(view: View, { continues }: TurnOpened): string | null {
  if (continues === undefined) return null
  const turn = findTurn(view, continues)
  if (!turn) return `it continues the unknown turn ${continues}`
  return wasCut(turn) ? null : `it continues ${continues}, which was not cut`
}

const wasCut = ({ status, steps }: Turn): boolean =>
  status !== 'completed' || isCut(steps.findLast((step) => step.role === 'assistant')?.stopReason ?? null)
