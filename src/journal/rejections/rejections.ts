// What is known about rejected requests: the names of the parts that can be left out, and the evidence against them.
import { KeyedLists } from '../keyed-lists.ts'

/**
 * The name of a part that can be left out of requests. `turn`: a whole settled turn. `compaction`: a summary, so that what it
 * replaced is carried again. `media`: everything but text in a turn's input. `calls`: everything but text in a turn's first n
 * steps, results included. `results`: only the results in the first n steps. `steps`: the first n steps as a whole. `field`: a
 * field of requests to one model. `container`: a code execution container, by its id. `thinking`: all thinking so far.
 */
export type Part =
  | `turn:${string}`
  | `compaction:${string}`
  | `media:${string}`
  | StepsPart
  | `field:${string}/${string}`
  | `container:${string}`
  | 'thinking'

/** Operations on persistent lists of parts. */
export const partLists = new KeyedLists<Part>((part) => part)

/** A part of the first n steps of a turn. Later steps are carried. */
type StepsPart = `${'calls' | 'results' | 'steps'}:${string}/${number}`

/** Parts of which at least one is to blame: a request that carried all of them was rejected. */
export type Group = readonly Part[]

/** A rejected request of the current message. */
export interface RejectedRequest {
  readonly carried: readonly Part[]
  /** The carried parts that no accepted request has carried: those taken back for this message, and new ones. */
  readonly unproven: readonly Part[]
  readonly model: string
  /** The part that the API pointed at; `null` if it pointed at none. */
  readonly pointed: Pointed | null
  /** Only parts without content may be left out, because the failure was probably an outage. */
  readonly lossless: boolean
  readonly status: number | null
  /** The API said that the request is too large or too long. */
  readonly isTooMuch: boolean
  /** Fields that changed since the last request that this model accepted; all of them if it has accepted none. */
  readonly changed: readonly string[]
}

/** A part that can be left out, or one that can't: the user's input, or a field that the app set. */
export type Pointed = Part | 'input' | `needed:${string}`

/** What is known about rejections. */
export interface Rejections {
  /** The parts that requests leave out now. */
  readonly setAside: readonly Part[]
  /** The parts that the last accepted request left out. A request that leaves out the same is accepted again. */
  readonly before: readonly Part[]
  readonly groups: readonly Group[]
  /** Parts that were alone in their group, were tried once more, and were rejected again. They are not tried a third time. */
  readonly confirmed: readonly Part[]
  /** The rejected requests of the current message, the oldest first. */
  readonly rejected: readonly RejectedRequest[]
  /** Number of messages that were given up since the last accepted request. */
  readonly inARow: number
  /** For each model, the hashes of the fields of its last accepted request. */
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
