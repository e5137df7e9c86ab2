import * as v from 'valibot'
import type { DecideRejectionInput } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { type RejectionPolicy, rejectionPolicy, writtenRejectionPolicies } from '../journal/index.ts'

/** What a function that decides about rejections is told. */
export type RejectedTurn = DecideRejectionInput

/** A decision about a rejection: a policy, or `manual`, which leaves it to a person. */
export type RejectionDecision = RejectionPolicy | 'manual'

/**
 * What follows a request that the API does not take as it is (400, 404, 413 or 422). Default `repair`.
 *
 * `repair`: what is to blame is left out and the same is asked again, six requests in all for one message: what the API points
 * at, what is new, what costs no turn, then ever more of the turns, which are set aside and come back as soon as others are
 * known to be to blame. When nothing helps, the turn leaves and the history is as it was.
 * `stop`: the turn leaves at once. `{ rewind: n }` and `clear`: `n` turns before it, or all of them, leave too.
 * `manual`: it waits for `resolveRejection`. A function chooses one of these for each rejection.
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
