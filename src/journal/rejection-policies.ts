// What can follow a rejection, and what can follow an overflow. These lists are their one home: types, checks, messages, the
// command's choices and the chart's guards are made from them.
import * as v from 'valibot'
import { plainPolicy, type ResetPolicies, type ResetPolicy, resetPolicyName, writtenPolicy } from './reset-policies.ts'

/** Policies that leave the turns before the rejected one where they are: `repair` asks again without the part to blame. */
const keepingContext = ['repair', 'stop'] as const

/** Reset policies that can follow a rejection, too. */
const resets = ['clear', 'rewind'] as const satisfies readonly (keyof ResetPolicies)[]

/**
 * What follows a rejection.
 *
 * `repair`: the part to blame is left out and the same is asked again, as long as that can help.
 * `stop`: the rejected turn leaves the context.
 * `{ rewind: n }` and `clear`: n turns before it, or all of them, leave too.
 */
export type RejectionPolicy = (typeof keepingContext)[number] | ResetPolicies[(typeof resets)[number]]

const isReset = (value: unknown): value is ResetPolicies[(typeof resets)[number]] =>
  v.is(plainPolicy, value) && resets.some((name) => name === resetPolicyName(value))

/** The schema of a rejection policy. */
export const rejectionPolicy = v.union([
  v.picklist(keepingContext),
  v.custom<ResetPolicies[(typeof resets)[number]]>(isReset),
])

/** The policy is its name: it takes nothing. */
export const isRejectionWord = (value: unknown): boolean => typeof value === 'string' && v.is(rejectionPolicy, value)

/** How rejection policies are written, for messages. */
export const writtenRejectionPolicies: readonly string[] = [
  ...keepingContext.map((name) => `'${name}'`),
  ...resets.map(writtenPolicy),
]

/** The reset that a rejection policy asks for, or `null` for one that leaves the turns before where they are. */
export const resetAfterRejection = (policy: RejectionPolicy): ResetPolicy | null => (isReset(policy) ? policy : null)

/** Policies that an inspector offers: each is chosen with one press. */
export const quickRejectionPolicies = {
  repair: 'repair',
  stop: 'stop',
  'rewind-1': { rewind: 1 },
  clear: 'clear',
} as const satisfies Readonly<Record<string, RejectionPolicy>>

/** The name of a policy for a rejection that an inspector offers. */
export type QuickRejectionPolicy = keyof typeof quickRejectionPolicies

const isQuick = (name: string): name is QuickRejectionPolicy => Object.hasOwn(quickRejectionPolicies, name)

/** The names of the policies for a rejection that an inspector offers. */
export const quickRejectionPolicyNames: readonly QuickRejectionPolicy[] =
  Object.keys(quickRejectionPolicies).filter(isQuick)

/** What becomes of a turn that the context window has no room for: it fails, or the context is compacted and it is asked again. */
export const overflowPolicies = ['fail', 'compact'] as const

/** A name in {@link overflowPolicies}. */
export type OverflowPolicy = (typeof overflowPolicies)[number]
