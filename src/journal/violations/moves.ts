import type { HeadMoved, ModelSwitched } from '../facts.ts'
import { headObstacle } from '../move-head.ts'
import { resetOf } from '../resets.ts'
import { pathBeyond } from '../turn-index.ts'
import type { View } from '../view.ts'

/** Why head can't move in this way; `null` if it can. */
export function moveObjection(view: View, fact: HeadMoved): string | null {
  if (fact.from !== view.head) return `head is at ${nameOf(view.head)}, not at ${nameOf(fact.from)}`
  if (view.open) return `turn ${view.open.id} is still open`
  const reason =
    fact.cause === 'switch' ? branchObjection(view, fact) : resetObjection(view, { ...fact, cause: fact.cause })
  return reason ?? pathObjection(view, fact.to, fact.force)
}

const nameOf = (head: string | null): string => head ?? 'the root'

function branchObjection({ undecided }: View, { withdrawn }: HeadMoved): string | null {
  if (undecided !== null) return `the refusal of ${undecided} is not decided`
  return withdrawn.length > 0 ? 'it withdraws turns, which only a reset does' : null
}

type Reset = HeadMoved & { readonly cause: Exclude<HeadMoved['cause'], 'switch'> }

function resetObjection(view: View, { to, cause, policy, turnId, withdrawn }: Reset): string | null {
  if (cause === 'refusal' && turnId !== view.undecided) return 'it answers a refusal that is not undecided'
  if (cause !== 'refusal' && view.undecided !== null) return `the refusal of ${view.undecided} is not decided`
  if (!withdrawsWhatLeaves(view, to, withdrawn)) return 'it does not withdraw the turns that it takes off the path'
  if (policy === undefined) return cause === 'clear' ? null : `a reset after a ${cause} needs a policy`
  return resetOf(view, policy, cause).to === to ? null : 'it does not move head to where its policy does'
}

/** A reset withdraws exactly the turns that it removes from the path. */
function withdrawsWhatLeaves(view: View, to: string | null, withdrawn: readonly string[]): boolean {
  const left = pathBeyond(view.turns, view.head, to)
  const ids = new Set(withdrawn)
  return left.length === withdrawn.length && left.every((turn) => ids.has(turn.id))
}

/** Why the model can't be switched in this way; `null` if it can. */
export function switchObjection({ model, goesBackTo, away }: View, { from, to, cause }: ModelSwitched): string | null {
  if (from !== model) return `the model is ${model}, not ${from}`
  // A model that was borrowed for a summary may be kept, by a switch to itself.
  if (to === model && goesBackTo === null) return `the model is ${model} already`
  if (cause !== 'return') return null
  return away?.from === to ? null : `the conversation did not come from ${to}`
}

/** Why head can't be moved to a turn; `null` if it can. */
export function pathObjection(view: View, to: string | null, force = false): string | null {
  switch (headObstacle(view, to, { force })) {
    case null:
      return null
    case 'turn-unknown':
      return `there is no settled turn ${to}`
    case 'turn-quarantined':
      return `the path to ${to} holds a refused turn`
    case 'turn-withdrawn':
      return `the path to ${to} holds a turn that a reset withdrew`
    case 'turn-not-kept':
      return `the path to ${to} holds a turn that was not kept`
  }
}
