// Reset policies as people type them: in a flag (`rewind:1`) and as a command (`/rewind 1`).
import * as v from 'valibot'
import { type PlainResetPolicy, plainPolicy, policiesThatTake } from '../journal/index.ts'

/** The names of the policies that can be typed. */
export const typedPolicies: readonly string[] = policiesThatTake('nothing', 'turns')

/** How they are typed, with N for a number of turns. */
export const writtenWith = (between: ':' | ' '): readonly string[] =>
  typedPolicies.map((name) => (policiesThatTake('turns').some((each) => each === name) ? `${name}${between}N` : name))

/** The policy of this name with this number of turns, if it takes one; else `null`. */
export function readTypedPolicy(name: string, turns: string | undefined): PlainResetPolicy | null {
  const policy = turns === undefined ? name : /^\d+$/.test(turns) ? { [name]: Number(turns) } : null
  return v.is(plainPolicy, policy) ? policy : null
}
