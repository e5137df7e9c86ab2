import { type Drawn, ruleSketches, type Trait, traits } from './drawn.ts'
import type { Drawing, FastCheck } from './fast-check.ts'
import { hostileFields } from '../program/fields.ts'
import { fitProgram } from './fit-program.ts'
import type { HostileRule } from '../program/rules.ts'

/** The options of `hostilePrograms()`. */
export interface HostileProgramOptions {
  /** Whether programs have a random rule or none. Default: `any`. */
  readonly rules?: 'any' | 'none'
}

const longestBefore = 13

/** Enough for three messages that may fail, the seventh at which missing turns are counted, and one more. */
const leastAfter = 8
const longestAfter = 10

const statuses: readonly Drawn[5][] = [400, 400, 404, 413, 500]

const rulesFor = (rules: 'any' | 'none'): readonly (HostileRule | null)[] => (rules === 'none' ? [null] : ruleSketches)

/**
 * An arbitrary of random programs, each with a rule that rejects requests from a random message on. `fc` is your own
 * `fast-check`; name its type as in `hostilePrograms<fc.Arbitrary<HostileProgram>>(fc)`. A counterexample shrinks to few
 * and simple messages.
 */
export const hostilePrograms = <Programs = unknown>(
  fc: FastCheck<NoInfer<Programs>>,
  { rules = 'any' }: HostileProgramOptions = {},
): Programs => {
  const message: Drawing<readonly Trait[]> = fc.array(fc.constantFrom(...traits), { maxLength: 2, size: 'max' })
  return fc
    .tuple(
      fc.array(message, { minLength: 1, maxLength: longestBefore, size: 'max' }),
      fc.array(message, { minLength: leastAfter, maxLength: longestAfter, size: 'max' }),
      fc.array(fc.constantFrom(...hostileFields), { maxLength: 2, size: 'max' }),
      fc.constantFrom(...rulesFor(rules)),
      fc.constantFrom<Drawn[4]>('plain', 'pointing'),
      fc.constantFrom(...statuses),
      fc.nat(longestBefore),
      fc.nat(90),
      fc.nat(5),
    )
    .map(fitProgram)
}
