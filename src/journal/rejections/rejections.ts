// What is known of requests that the API did not take: the names of what can be left out, and what the facts say of them.
import { KeyedLists } from '../keyed-lists.ts'

/**
 * `turn`: a settled turn, whole. `compaction`: a summary, so that what it stands for is carried again. `media`: what is not text in its input. `calls`: what is not text in its first n steps, with
 * the results of its calls. `results`: those results alone. `steps`: all of the first n steps. `field`: a field of requests to
 * one model. `container`: a code execution container by its id. `thinking`: all thinking so far.
 */
export type Part =
  | `turn:${string}`
  | `compaction:${string}`
  | `media:${string}`
  | StepsPart
  | `field:${string}/${string}`
  | `container:${string}`
  | 'thinking'

/** Lists of parts that come and go. */
export const partLists = new KeyedLists<Part>((part) => part)

/** A part of the first n steps of a turn: what follows them is carried. */
type StepsPart = `${'calls' | 'results' | 'steps'}:${string}/${number}`

/** Parts at least one of which is to blame: a request that carried all of them was rejected, and nothing else new. */
export type Group = readonly Part[]

/** A request of the present message that the API did not take. */
export interface RejectedRequest {
  readonly carried: readonly Part[]
  /** Those that no request carried that was taken: what was taken back for this message, and what is new. */
  readonly unproven: readonly Part[]
  readonly model: string
  /** Where the API's own pointer leads, if it leads anywhere. */
  readonly pointed: Pointed | null
  /** Only what loses nothing may be left out: it was an outage, as far as anybody knows. */
  readonly lossless: boolean
  readonly status: number | null
  /** It said that the request is too large, or too long. */
  readonly isTooMuch: boolean
  /** Fields that changed since the last request that this model took, or all of them when it took none. */
  readonly changed: readonly string[]
}

/** A part that can be left out, or one that can't: the words of the user, or what the app set. */
export type Pointed = Part | 'input' | `needed:${string}`

/** What is known of rejections. */
export interface Rejections {
  /** What requests leave out now. */
  readonly setAside: readonly Part[]
  /** What the last request that was taken left out: a request like it is taken again. */
  readonly before: readonly Part[]
  readonly groups: readonly Group[]
  /** Parts that were alone in their group, were carried once more, and rejected once more: it was no whim. */
  readonly confirmed: readonly Part[]
  /** Of the present message, the oldest first. */
  readonly rejected: readonly RejectedRequest[]
  /** Messages that left since a request was taken. */
  readonly inARow: number
  /** Hashes of the fields that each model took last. */
  readonly accepted: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export const noRejections: Rejections = Object.freeze({
  setAside: Object.freeze([]),
  before: Object.freeze([]),
  groups: Object.freeze([]),
  confirmed: Object.freeze([]),
  rejected: Object.freeze([]),
  inARow: 0,
  accepted: Object.freeze({}),
})
