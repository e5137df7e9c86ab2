// The reset policies: what leaves the context after a refusal. This list is their one home. Checks, schemas of facts, messages,
// counts, the flags and commands of the terminal, the inspector's buttons and the table in docs/refusals.md are made from it.
import * as v from 'valibot'
import type { Content } from './content.ts'
import { content, id } from './field-schemas.ts'

/** Each reset policy by its name: how it is written, and what leaves the context. */
export interface ResetPolicies {
  /** the refused turn */
  readonly 'drop-turn': 'drop-turn'
  /** the refused turn and the `n` completed or kept turns before it */
  readonly rewind: { readonly rewind: number | 'all' }
  /** everything */
  readonly clear: 'clear'
  /** the refused turn; other words are asked instead, as a new turn, once for each message */
  readonly rephrase: { readonly rephrase: Content }
  /**
   * the refused turn; the conversation continues with the next model, which gets the same message again (`from: 'this-turn'`, the
   * default) or only the next one (`from: 'next-turn'`): [Other models](models.md)
   */
  readonly fallback: { readonly fallback: string; readonly from: 'this-turn' | 'next-turn' }
}

/** The name of a reset policy. */
export type ResetPolicyName = keyof ResetPolicies

/** How the context is reset after a refusal, as data. */
export type ResetPolicy = ResetPolicies[ResetPolicyName]

/** Policies that the option `onRefusal` takes as they are stored. The others hold a function or a list there. */
export type PlainResetPolicy = ResetPolicies[Exclude<ResetPolicyName, 'rephrase' | 'fallback'>]

/** What a policy is given beside its name. A policy that takes nothing is its name. */
type Takes = 'nothing' | 'turns' | 'words' | 'model'

// Methods, so that a rule of one policy is a rule of any: `ruleOf` finds the one that belongs to a policy.
interface PolicyRule<Policy extends ResetPolicy = ResetPolicy> {
  readonly takes: Policy extends string ? 'nothing' : Takes
  /** How a call of `resolveRefusal` writes it. */
  readonly written: string
  /** How the option `onRefusal` writes it, where that differs. */
  readonly asOption?: string
  /** The schemas of its fields; a policy that takes nothing has none. */
  readonly fields?: Readonly<Record<string, v.GenericSchema>>
  /** Turns that leave the path in addition to the refused one. Default: none. */
  rewinds?(policy: Policy): number | 'all'
  /** The words that are asked instead, or `null` when nothing is. Default: nothing. */
  asks?(policy: Policy, refused: Content): Content | null
  /** How it is listed for a person. Default: its name. */
  label?(policy: Policy): string
}

/** Turns to go back: a whole number from 0, or all of them. */
const turnsBack = v.union([v.literal('all'), v.pipe(v.number(), v.integer(), v.minValue(0))])

const rules: { readonly [Name in ResetPolicyName]: PolicyRule<ResetPolicies[Name]> } = {
  'drop-turn': { takes: 'nothing', written: "'drop-turn'" },
  rewind: {
    takes: 'turns',
    written: '{ rewind: n }',
    fields: { rewind: turnsBack },
    rewinds: ({ rewind }) => rewind,
    label: ({ rewind }) => `rewind ${rewind}`,
  },
  clear: { takes: 'nothing', written: "'clear'", rewinds: () => 'all' },
  rephrase: {
    takes: 'words',
    written: '{ rephrase: text or blocks }',
    asOption: '{ rephrase: function }',
    fields: { rephrase: content },
    asks: ({ rephrase }) => rephrase,
  },
  fallback: {
    takes: 'model',
    written: '{ fallback: model, from }',
    asOption: '{ fallback: [{ model }] }',
    fields: { fallback: id, from: v.picklist(['this-turn', 'next-turn']) },
    asks: ({ from }, refused) => (from === 'this-turn' ? refused : null),
    label: ({ fallback }) => `fallback to ${fallback}`,
  },
}

const rulesByName: ReadonlyMap<string, PolicyRule> = new Map<string, PolicyRule>(Object.entries(rules))

const hasName = (name: string): name is ResetPolicyName => rulesByName.has(name)

/** The names of all policies, in the order of the list. */
export const resetPolicyNames: readonly ResetPolicyName[] = [...rulesByName.keys()].filter(hasName)

/** The names of the policies that take one of these. */
export const policiesThatTake = (...kinds: readonly Takes[]): readonly ResetPolicyName[] =>
  resetPolicyNames.filter((name) => kinds.includes(rules[name].takes))

/** The policy is its name: it takes nothing. */
export const isPolicyWord = (value: unknown): value is Extract<ResetPolicy, string> =>
  typeof value === 'string' && rulesByName.get(value)?.takes === 'nothing'

/** The fields of all policies that are objects. */
export const policyFields: readonly string[] = [...rulesByName.values()].flatMap(({ fields }) =>
  Object.keys(fields ?? {}),
)

/** Fields that hold what somebody said. */
export const policyWordFields: readonly string[] = policiesThatTake('words')

/** The policies that are written in one way everywhere: without words, and without a model. */
export const plainPolicy = v.custom<PlainResetPolicy>(
  (value) =>
    isPolicyWord(value) ||
    policiesThatTake('turns').some((name) => v.is(v.strictObject(rules[name].fields ?? {}), value)),
)

/** A policy as a fact stores it. Further fields are let through: a later minor release may add some. */
export const storedPolicy: v.GenericSchema = v.union([
  v.picklist(policiesThatTake('nothing')),
  ...[...rulesByName.values()].flatMap(({ fields }) => (fields === undefined ? [] : [v.looseObject(fields)])),
])

/** How a call of `resolveRefusal` writes a policy, for messages. */
export const writtenPolicy = (name: ResetPolicyName): string => rules[name].written

/** How the option `onRefusal` writes a policy, for messages and documents. */
export const policyAsOption = (name: ResetPolicyName): string => rules[name].asOption ?? rules[name].written

/** The name of a policy. What is no policy of this list is taken for `drop-turn`, as in {@link rewindDepth}: an action may not throw. */
export const resetPolicyName = (policy: ResetPolicy): ResetPolicyName =>
  resetPolicyNames.find((name) => (typeof policy === 'string' ? policy === name : Object.hasOwn(policy, name))) ??
  'drop-turn'

const ruleOf = (policy: ResetPolicy): PolicyRule => rules[resetPolicyName(policy)]

/** How a policy is listed for a person: `clear`, `rewind 2`, `fallback to claude-opus-5`. */
export const policyLabel = (policy: ResetPolicy): string => ruleOf(policy).label?.(policy) ?? resetPolicyName(policy)

/** Turns that leave the path in addition to the refused one. */
export const rewindDepth = (policy: ResetPolicy): number | 'all' => ruleOf(policy).rewinds?.(policy) ?? 0

/** The words that a policy asks instead of the refused ones, or `null` when it asks nothing. */
export const asksInstead = (policy: Decision | null, refused: Content): Content | null =>
  policy === null || policy === 'manual' ? null : (ruleOf(policy).asks?.(policy, refused) ?? null)

/** The model that a policy switches to; `null` for a policy that keeps the current one. */
export const fallbackModel = (policy: Decision | null): string | null =>
  typeof policy === 'object' && policy !== null && 'fallback' in policy ? policy.fallback : null

/** Policies that an inspector offers: each is chosen with one press. */
export const quickPolicies = {
  'drop-turn': 'drop-turn',
  'rewind-1': { rewind: 1 },
  clear: 'clear',
} as const satisfies Readonly<Record<string, ResetPolicy>>

/** The name of a policy that an inspector offers. */
export type QuickPolicy = keyof typeof quickPolicies

const isQuick = (name: string): name is QuickPolicy => Object.hasOwn(quickPolicies, name)

/** The names of the policies that an inspector offers. */
export const quickPolicyNames: readonly QuickPolicy[] = Object.keys(quickPolicies).filter(isQuick)

/** Each rung puts more of the context aside than the one before: what refuses twice is not in the last turn alone. */
export const defaultLadder = ['drop-turn', { rewind: 1 }, 'clear'] as const satisfies readonly Decision[]

/** A decision about a refusal: a reset, or `manual`, which leaves it to a person. */
export type Decision = ResetPolicy | 'manual'

/** The rung for the n-th refusal in a row (1 = the first); the last rung holds from there on. */
export function rungFor<T>(ladder: readonly T[], refusalsInARow: number): T | undefined {
  return ladder[Math.min(Math.max(refusalsInARow, 1), ladder.length) - 1]
}
