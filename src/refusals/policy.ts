import * as v from 'valibot'
import { readInput } from '../conversation/input.ts'
import { TurnstateError } from '../errors.ts'
import type { Block, Content, Refusal, ResetPolicy } from '../journal/index.ts'

/** What a `rephrase` function is told. */
export interface RefusedInput {
  readonly turnId: string
  readonly input: Content
  readonly refusal: Refusal
}

/** Finds other words for a refused input, or gives up with `null`, which drops the turn. */
export type Rephrase = (refused: RefusedInput) => Content | null | Promise<Content | null>

/**
 * What follows a refusal.
 *
 * `drop-turn`, `{ rewind }` and `clear` put ever more of the context aside. `{ rephrase }` asks in other words, once
 * for each input. `manual` waits for `resolveRefusal`.
 */
export type RefusalPolicy =
  | 'drop-turn'
  | 'clear'
  | 'manual'
  | { readonly rewind: number | 'all' }
  | { readonly rephrase: Rephrase }

/** One rung for each refusal in a row; the last one holds from there on. */
export type RefusalLadder = readonly [RefusalPolicy, ...RefusalPolicy[]]

/** A policy or a ladder for each category of refusal. Categories that it does not name take `default`. */
export interface RefusalPolicyMap {
  readonly default: RefusalPolicy | RefusalLadder
  /** By the API's names, and `null` for a refusal without one. */
  readonly [category: string]: RefusalPolicy | RefusalLadder
}

export type OnRefusal = RefusalPolicy | RefusalLadder | RefusalPolicyMap

const rewind = v.strictObject({ rewind: v.union([v.literal('all'), v.pipe(v.number(), v.integer(), v.minValue(0))]) })
const word = v.picklist(['drop-turn', 'clear'])
const isFunction = v.custom<Rephrase>((value) => typeof value === 'function')

const policy = v.union([word, v.literal('manual'), rewind, v.strictObject({ rephrase: isFunction })])
const reset = v.union([word, rewind])
const rephrasing = v.strictObject({ rephrase: v.union([v.string(), v.array(v.looseObject({ type: v.string() }))]) })

const known =
  "'drop-turn', 'clear', 'manual', { rewind: n } with a whole number n ≥ 0 or 'all', or { rephrase: function }; an array of these is a ladder, an object with a `default` a map by category"

/** @throws TurnstateError `policy-invalid`, or `not-available` for `{ fallback }` */
export function checkOnRefusal(value: unknown): asserts value is OnRefusal {
  if (Array.isArray(value)) {
    if (value.length === 0) throw invalid('an empty ladder has no rung to stand on')
    value.forEach(checkPolicy)
  } else if (typeof value === 'object' && value !== null && 'default' in value) {
    for (const entry of Object.values(value)) {
      if (typeof entry === 'object' && entry !== null && 'default' in entry)
        throw invalid('a map by category holds no maps')
      checkOnRefusal(entry)
    }
  } else checkPolicy(value)
}

function checkPolicy(value: unknown): void {
  refuseFallback(value)
  if (!v.is(policy, value)) throw invalid(`${describe(value)} is none`)
}

/**
 * A reset policy, checked; the words of a rephrasing are copied.
 *
 * @throws TurnstateError `policy-invalid`, or `not-available` for `{ fallback }`
 */
export function readResetPolicy(value: unknown): ResetPolicy {
  refuseFallback(value)
  if (v.is(reset, value)) return value
  if (v.is(rephrasing, value)) return { rephrase: readWords(value.rephrase, value) }
  throw unresolved(value)
}

function readWords(words: string | readonly Block[], value: unknown): Content {
  try {
    return readInput(words).content
  } catch (cause) {
    throw unresolved(value, cause)
  }
}

const unresolved = (value: unknown, cause?: unknown) =>
  new TurnstateError(
    'policy-invalid',
    `A refusal is resolved by 'drop-turn', 'clear', { rewind: n } with a whole number n ≥ 0 or 'all', or { rephrase: text or blocks }; ${describe(value)} is none of these. The conversation still waits for a decision.`,
    cause === undefined ? {} : { cause },
  )

function refuseFallback(value: unknown): void {
  if (typeof value === 'object' && value !== null && 'fallback' in value)
    throw new TurnstateError(
      'not-available',
      'The policy { fallback } is not available in this release. Use { rephrase }, or switch with setModel() and send again.',
    )
}

const invalid = (reason: string) => new TurnstateError('policy-invalid', `onRefusal takes ${known}; ${reason}.`)

function describe(value: unknown): string {
  try {
    // JSON has no word for NaN, which is worth naming.
    return JSON.stringify(value, (_, part: unknown) => (Number.isNaN(part) ? 'NaN' : part)) ?? String(value)
  } catch {
    return String(value)
  }
}

const isMap = (value: OnRefusal): value is RefusalPolicyMap =>
  typeof value === 'object' && !Array.isArray(value) && 'default' in value

const isLadder = (value: RefusalPolicy | RefusalLadder): value is RefusalLadder => Array.isArray(value)

/** The ladder for a category: its own entry of a map, else the default. New categories are no error. */
export function ladderFor(onRefusal: OnRefusal, category: string | null): readonly RefusalPolicy[] {
  const chosen = isMap(onRefusal)
    ? ((Object.hasOwn(onRefusal, String(category)) ? onRefusal[String(category)] : undefined) ?? onRefusal.default)
    : onRefusal
  return isLadder(chosen) ? chosen : [chosen]
}
