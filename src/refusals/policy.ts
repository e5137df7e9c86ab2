import * as v from 'valibot'
import type { ModelFields } from '../claude/request-fields.ts'
import { readContent } from '../input/input.ts'
import { TurnstateError } from '../errors.ts'
import {
  type Block,
  type Content,
  type PlainResetPolicy,
  plainPolicy,
  policiesThatTake,
  policyAsOption,
  type Refusal,
  type ResetPolicy,
  resetPolicyNames,
  writtenPolicy,
} from '../journal/index.ts'

/** The argument of a `rephrase` function. */
export interface RefusedInput {
  readonly turnId: string
  readonly input: Content
  readonly refusal: Refusal
}

/** Returns other words for a refused input, or `null` to give up, which drops the turn. */
export type Rephrase = (refused: RefusedInput) => Content | null | Promise<Content | null>

/**
 * What follows a refusal.
 *
 * `drop-turn`, `{ rewind }` and `clear` put ever more of the context aside. `{ rephrase }` asks in other words, once
 * for each input. `manual` waits for `resolveRefusal`.
 */
export type RefusalPolicy = PlainResetPolicy | 'manual' | { readonly rephrase: Rephrase } | Fallback

/** A model to continue with. */
export interface ModelEntry {
  readonly model: string
  /** The most tokens of a reply of this model. Default: the conversation's `maxTokens`, or the model's maximum if that is lower. */
  readonly maxTokens?: number
  /**
   * Request fields for this model. They replace the conversation's fields or are added to them; `null` removes one. Without this option,
   * fields that the model is known to reject are left out.
   */
  readonly request?: ModelFields
}

/**
 * Continues with other models: one rung for each, in order. `from: 'this-turn'` (default) asks the refused input again;
 * `next-turn` only switches the model. The conversation stays with the model that answered; see `returnToModel`. It is
 * for refusals only: for a model that cannot be reached use `retry.models`.
 */
export interface Fallback {
  readonly fallback: readonly [string | ModelEntry, ...(string | ModelEntry)[]]
  readonly from?: 'this-turn' | 'next-turn'
}

/** A policy with each model of a fallback as a rung of its own. */
export type RefusalRung =
  | Exclude<RefusalPolicy, Fallback>
  | { readonly fallback: string; readonly from: 'this-turn' | 'next-turn' }

/** One rung for each refusal in a row; the last one is used for all further refusals. */
export type RefusalLadder = readonly [RefusalPolicy, ...RefusalPolicy[]]

/** A policy or a ladder for each category of refusals. Categories without an entry use `default`. */
export interface RefusalPolicyMap {
  readonly default: RefusalPolicy | RefusalLadder
  /** The API's names of categories, and `null` for a refusal without a category. */
  readonly [category: string]: RefusalPolicy | RefusalLadder
}

/** The option `onRefusal`: a policy, a ladder of policies, or a map of either by category. */
export type OnRefusal = RefusalPolicy | RefusalLadder | RefusalPolicyMap

/** A model by its name is an entry with nothing else in it. */
export const entryOf = (entry: string | ModelEntry): ModelEntry =>
  typeof entry === 'string' ? { model: entry.trim() } : entry

const nameOf = (entry: string | { readonly model: string }): string =>
  (typeof entry === 'string' ? entry : entry.model).trim()

const isFunction = v.custom<Rephrase>((value) => typeof value === 'function')

const modelName = v.pipe(v.string(), v.trim(), v.minLength(1))
const model = v.union([modelName, v.strictObject({ model: modelName })])
/** The schema of a model entry in the options: a name, or a name with its own settings. */
export const modelEntry = v.union([
  modelName,
  v.strictObject({
    model: modelName,
    maxTokens: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    request: v.optional(v.record(v.string(), v.unknown())),
  }),
])
const from = v.picklist(['this-turn', 'next-turn'])
const fallback = v.strictObject({ fallback: v.array(modelEntry), from: v.optional(from) })
/** A fallback in `resolveRefusal`: the model's settings come from the options. */
const namedFallback = v.strictObject({ fallback: v.array(model), from: v.optional(from) })

const policy = v.union([plainPolicy, v.literal('manual'), v.strictObject({ rephrase: isFunction }), fallback])
const fallbackTo = v.strictObject({ fallback: v.string(), from: v.optional(from, 'this-turn') })
const rephrasing = v.strictObject({ rephrase: v.union([v.string(), v.array(v.looseObject({ type: v.string() }))]) })

const whatIsN = "n: a whole number ≥ 0, or 'all'"
const known = `${resetPolicyNames.map(policyAsOption).join(', ')} (${whatIsN}), 'manual', an array of these as a ladder, or an object with a \`default\` as a map by category`

/**
 * @param mainModel The conversation's own model: a fallback to it is an error.
 * @throws TurnstateError `policy-invalid`, `fallback-empty`, `fallback-same-model`
 */
export function checkOnRefusal(value: unknown, mainModel?: string): asserts value is OnRefusal {
  if (Array.isArray(value)) {
    if (value.length === 0) throw invalid('got an empty ladder')
    for (const entry of value) checkPolicy(entry, mainModel)
  } else if (typeof value === 'object' && value !== null && 'default' in value) {
    for (const entry of Object.values(value)) {
      if (typeof entry === 'object' && entry !== null && 'default' in entry) throw invalid('got a map inside a map')
      checkOnRefusal(entry, mainModel)
    }
  } else checkPolicy(value, mainModel)
}

function checkPolicy(value: unknown, mainModel: string | undefined): void {
  if (!v.is(policy, value)) throw invalid(`got ${describe(value)}`)
  if (typeof value === 'object' && 'fallback' in value) checkModels(value.fallback, mainModel)
}

function checkModels(fallbacks: readonly (string | { readonly model: string })[], mainModel: string | undefined): void {
  if (fallbacks.length === 0)
    throw new TurnstateError('fallback-empty', '{ fallback } needs at least one { model } to go on with.')
  const models = [...(mainModel === undefined ? [] : [mainModel]), ...fallbacks.map(nameOf)]
  const twice = models.find((name, index) => models.indexOf(name) < index)
  if (twice !== undefined)
    throw new TurnstateError(
      'fallback-same-model',
      `{ fallback } names ${twice}, which has refused by then: name each other model once.`,
    )
}

/**
 * A reset policy, checked; the words of a rephrasing are copied.
 *
 * @throws TurnstateError `policy-invalid`
 */
export function readResetPolicy(value: unknown): ResetPolicy {
  if (v.is(plainPolicy, value)) return typeof value === 'string' ? value : { ...value }
  // The form of `onRefusal`, with one model.
  if (v.is(namedFallback, value) && value.fallback.length === 1)
    return { fallback: nameOf(value.fallback[0] ?? ''), from: value.from ?? 'this-turn' }
  const going = v.safeParse(fallbackTo, value)
  if (going.success && going.output.fallback.trim() !== '') return going.output
  if (v.is(rephrasing, value)) return { rephrase: readWords(value.rephrase, value) }
  throw unresolved(value)
}

function readWords(words: string | readonly Block[], value: unknown): Content {
  try {
    return readContent(words)
  } catch (cause) {
    throw unresolved(value, cause)
  }
}

const unresolved = (value: unknown, cause?: unknown) =>
  new TurnstateError(
    'policy-invalid',
    `A reset policy must be ${resetPolicyNames.map(writtenPolicy).join(', ')} (${whatIsN}); got ${describe(value)}. The conversation still waits for a decision.`,
    cause === undefined ? {} : { cause },
  )

const invalid = (reason: string) => new TurnstateError('policy-invalid', `onRefusal must be ${known}; ${reason}.`)

function describe(value: unknown): string {
  let left = mostDescribed
  const part = (_key: string, inner: unknown): unknown => {
    if (left-- === 0) throw new RangeError('Too many values to quote')
    // JSON writes NaN as null, which would hide the mistake.
    return Number.isNaN(inner) ? 'NaN' : inner
  }
  try {
    return (JSON.stringify(value, part) ?? String(value)).slice(0, longestDescription)
  } catch {
    return typeof value === 'bigint'
      ? String(value).slice(0, longestDescription)
      : `a value of the type ${typeof value}`
  }
}

/** The most values of a policy that an error message quotes, and the most characters. */
const mostDescribed = 100
const longestDescription = 500

const isMap = (value: OnRefusal): value is RefusalPolicyMap =>
  typeof value === 'object' && !Array.isArray(value) && 'default' in value

const isLadder = (value: RefusalPolicy | RefusalLadder): value is RefusalLadder => Array.isArray(value)

/** The ladder for a category: its entry in a map, else the default. Unknown categories are not an error. */
export function ladderFor(onRefusal: OnRefusal, category: string | null): readonly RefusalRung[] {
  const chosen = isMap(onRefusal)
    ? ((Object.hasOwn(onRefusal, String(category)) ? onRefusal[String(category)] : undefined) ?? onRefusal.default)
    : onRefusal
  return (isLadder(chosen) ? chosen : [chosen]).flatMap(toRungs)
}

const toRungs = (rung: RefusalPolicy): readonly RefusalRung[] =>
  typeof rung === 'object' && 'fallback' in rung
    ? rung.fallback.map((entry) => ({ fallback: nameOf(entry), from: rung.from ?? 'this-turn' }))
    : [rung]

const hasField = (rung: RefusalPolicy, name: string): boolean => typeof rung === 'object' && Object.hasOwn(rung, name)

const policiesOf = (onRefusal: OnRefusal): readonly RefusalPolicy[] =>
  (isMap(onRefusal) ? Object.values(onRefusal) : [onRefusal]).flatMap((entry): readonly RefusalPolicy[] =>
    isLadder(entry) ? entry : [entry],
  )

/** The models that the policies fall back to, in the order in which they are named. */
export const fallbackEntries = (onRefusal: OnRefusal | undefined): readonly ModelEntry[] =>
  (onRefusal === undefined ? [] : policiesOf(onRefusal))
    .flatMap((rung) => (typeof rung === 'object' && 'fallback' in rung ? [...rung.fallback] : []))
    .map(entryOf)

/** Whether any policy falls back to another model. */
export const usesFallback = (onRefusal: OnRefusal): boolean => fallbackEntries(onRefusal).length > 0

/** Whether any policy asks again at once. */
export const asksInstead = (onRefusal: OnRefusal): boolean =>
  policiesOf(onRefusal).some((rung) => policiesThatTake('words', 'model').some((name) => hasField(rung, name)))
