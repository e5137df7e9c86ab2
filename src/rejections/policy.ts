import * as v from 'valibot'
import type { DecideRejectionInput, RejectionPolicy } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'

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

const rewind = v.strictObject({ rewind: v.union([v.literal('all'), v.pipe(v.number(), v.integer(), v.minValue(0))]) })
const policy = v.union([v.picklist(['repair', 'stop', 'clear']), rewind])

const known = "'repair', 'stop', 'clear' or { rewind: n } with a whole number n ≥ 0 or 'all'"

/** @throws TurnstateError `policy-invalid` */
export function checkOnRejection(value: unknown): asserts value is OnRejection {
  if (typeof value === 'function' || value === 'manual' || v.is(policy, value)) return
  throw new TurnstateError(
    'policy-invalid',
    `onRejection takes ${known}, 'manual', or a function that gives one of them.`,
  )
}

/** @throws TurnstateError `policy-invalid` */
export function readRejectionPolicy(value: unknown): RejectionPolicy {
  if (v.is(policy, value)) return typeof value === 'string' ? value : { ...value }
  throw new TurnstateError(
    'policy-invalid',
    `A rejection is resolved by ${known}. The conversation still waits for a decision.`,
  )
}
