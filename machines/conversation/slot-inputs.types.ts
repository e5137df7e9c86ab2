// What the actor slots are given, and what they emit.
import type { Failure } from '../../src/errors.ts'
import type {
  Block,
  Content,
  DeltaKind,
  Refusal,
  Rejection,
  StoredFact,
  TurnKind,
  View,
} from '../../src/journal/index.ts'
import type { PartialReply } from './reply.types.ts'

/** Input of the `streamReply` slot. */
export interface ReplyInput {
  /** Root to head, and the open turn: what the request is built from. */
  readonly view: View
  readonly turnId: string
  readonly attempt: number
}

/** A piece of a reply as it arrives. It goes to listeners only and causes no transition. */
export interface Delta {
  readonly type: 'delta'
  readonly turnId: string
  readonly attempt: number
  /** Counts the deltas of one attempt, from 0. */
  readonly seq: number
  /** Position of the block in the reply, from 0. */
  readonly block: number
  readonly kind: DeltaKind
  readonly text: string
}

/** A citation as it arrives, as the API has it. It belongs to the text of its block; no transition sees it. */
export interface Citation {
  readonly type: 'citation'
  readonly turnId: string
  readonly attempt: number
  /** Position of the block in the reply, from 0. */
  readonly block: number
  /** `char_location`, `page_location`, `web_search_result_location` or a later type. */
  readonly citation: unknown
}

/** A reply in progress. It is outside of the context, so that no snapshot can leak it. Its blocks are made when they are read. */
export interface Draft {
  readonly turnId: string
  readonly attempt: number
  /** The model that replies. */
  readonly model: string
  /** Grows with every delta and citation. */
  readonly size: number
  /** The blocks so far, open ones included, for showing. */
  blocks(): readonly Block[]
  /** Milliseconds that each `thinking` block among them took to arrive; `null` for one that still does. */
  thinkingTimes(): readonly (number | null)[]
  /** What can be kept of it if it is cut now. */
  partial(): PartialReply
  /**
   * Has what arrives from now on handed to this one listener directly, in the same tick in which it is emitted: an emission costs XState several
   * objects. A draft may lack it; then what is emitted is listened to.
   */
  hear?(listener: (arriving: Arriving) => void): void
}

/** What arrives of a reply in progress. */
export type Arriving = Delta | Citation | Extract<ReplyEmitted, { readonly type: 'unknown' }>

/** What the `streamReply` slot emits to its listeners. */
export type ReplyEmitted =
  | Delta
  | Citation
  | { readonly type: 'draft.started'; readonly draft: Draft }
  /** An event or a delta of a type that this release does not know, unchanged. */
  | { readonly type: 'unknown'; readonly turnId: string; readonly attempt: number; readonly event: unknown }

/** Input of the `decide` slot. */
export interface DecideInput {
  readonly turnId: string
  readonly input: Content
  /** `continuation`: the input is not the user's own, but asks for the rest of a cut reply. */
  readonly kind: TurnKind
  readonly refusal: Refusal
  /** This refusal included. */
  readonly refusalsInARow: number
  /** How many different inputs were tried; 1 = the user's own. */
  readonly wordings: number
  /** The models that refused it, the current one included. */
  readonly refusedBy: readonly string[]
}

/** Input of the `decideOverflow` slot. */
export interface OverflowInput {
  readonly turnId: string
  readonly model: string
  readonly failure: Failure
}

/** Input of the `decideRejection` slot. */
export interface DecideRejectionInput {
  readonly turnId: string
  readonly model: string
  readonly failure: Failure
  readonly rejection: Rejection
  /** Requests that may still be made for the message. */
  readonly triesLeft: number
}

/** The input of the journal actor. */
export interface JournalInput {
  readonly conversationId: string
}

/**
 * What the `journal` slot receives: facts that it was not sent before, or all that it has not acknowledged, after a failure or where
 * it did not answer. Facts that it has stored come again if its acknowledgement was lost.
 */
export interface JournalCommand {
  readonly type: 'journal.append'
  /** For the answer to name. */
  readonly appendId: string
  readonly facts: readonly StoredFact[]
  /** Revision of the journal before the first of these facts. */
  readonly expected: number
}
