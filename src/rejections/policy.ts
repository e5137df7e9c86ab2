import * as v from 'valibot'
import type { DecideRejectionInput } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { type RejectionPolicy, rejectionPolicy, writtenRejectionPolicies } from '../journal/index.ts'

/** The argument of an `onRejection` function. */
export type RejectedTurn = DecideRejectionInput

/** A decision about a rejection: a policy, or `manual`, which leaves it to a person. */
export type RejectionDecision = RejectionPolicy | 'manual'

/**
 * What follows a request that the API rejects (400, 404, 413 or 422). Default `repair`.
 *
 * `repair`: the request is sent again without the suspected part, at most six requests for one message: first without what the API
 * points at, then without what is new, what costs no turn, and more and more turns. These are set aside, and come back as soon as
 * others are known to be the cause. If nothing helps, the turn leaves and the history is unchanged.
 * `stop`: the turn leaves at once. `{ rewind: n }` and `clear`: `n` turns before it, or all of them, leave too.
 * `manual`: the conversation waits for `resolveRejection`. A function chooses one of these for each rejection.
 */
export type OnRejection =
  | RejectionDecision
  | ((rejected: RejectedTurn) => RejectionDecision | Promise<RejectionDecision>)

const known = `${writtenRejectionPolicies.join(', ')} (n: a whole number ≥ 0, or 'all')`

/** @throws TurnstateError `policy-invalid` */
export function checkOnRejection(value: unknown): asserts value is OnRejection {
  if (typeof value === 'function' || value === 'manual' || v.is(rejectionPolicy, value)) return
  throw new TurnstateError(
    'policy-invalid',
    `onRejection must be ${known}, 'manual', or a function that returns one of these.`,
  )
}

/** @throws TurnstateError `policy-invalid` */
export function readRejectionPolicy(value: unknown): RejectionPolicy {
  if (v.is(rejectionPolicy, value)) return typeof value === 'string' ? value : { ...value }
  throw new TurnstateError(
    'policy-invalid',
    `A rejection policy must be ${known}. The conversation still waits for a decision.`,
  )
}
