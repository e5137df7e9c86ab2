import type { ApiObject, Block, Counts, DeltaKind, Iteration, Message, Terms } from '../journal/index.ts'

/** A model that the API itself goes on with when the one that was asked refuses. */
export interface ServerFallback {
  readonly model: string
  readonly maxTokens?: number
  readonly thinking?: Readonly<Record<string, unknown>>
  readonly outputConfig?: Readonly<Record<string, unknown>>
  readonly speed?: string
}

/** One request to the model. */
export interface MessageRequest {
  readonly model: string
  /** The most tokens that the reply may have. */
  readonly maxTokens: number
  /** Any further fields, as the app gave them in the option `request`. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly messages: readonly Message[]
  /** `anthropic-beta` values that the messages need. */
  readonly betas: readonly string[]
  /** Container to go on in, if the path has one. */
  readonly container: string | null
  /**
   * What it is for, when not for a reply to the user: `compaction` has the API compact the messages, `summary` has the
   * model do it in words, without tools.
   */
  readonly purpose?: 'compaction' | 'summary'
  readonly fallbacks?: 'default' | readonly ServerFallback[]
  /** Token of a refusal, to be redeemed if that can be (`best_effort`). */
  readonly creditToken?: string
}

/** A request that is about to be made, and what for. */
export interface Requested {
  readonly request: MessageRequest
  readonly turnId: string
  readonly attempt: number
}

/** What a source may say of a message wherever the API does: as it starts, or as it ends. */
export interface MessageEvidence {
  /** Counts of the whole message so far. One that is smaller than an earlier one changes nothing. */
  readonly usage: Counts
  readonly terms?: Terms
  /** Id of the container that the message works in. */
  readonly container?: string
  /** When that expires: RFC 3339. */
  readonly containerExpiresAt?: string
  /** `context_management.applied_edits`. */
  readonly appliedEdits?: readonly ApiObject[]
  readonly inputTransformations?: readonly ApiObject[]
}

/** What a source yields. Everything but `message.stopped` may be missing; unknown things pass as `unknown`. */
export type SourceEvent =
  /**
   * The API has answered: headers are here. Sources that can't tell leave it out. `pings: 'hidden'` says that signs of life
   * between the events don't get here, so a long silence may be a long thought (`silenceTimeout` in place of `idleTimeout`).
   */
  | {
      readonly type: 'opened'
      readonly pings?: 'hidden'
      /** The API's id of the request, from its headers. */
      readonly requestId?: string
    }
  | ({
      readonly type: 'message.started'
      /** The API's id of the message. A second message in one stream is told by it. */
      readonly id?: string
      readonly model: string
    } & MessageEvidence)
  /**
   * Blocks stand in the order in which they start. An index names the last block that started with it; text and thinking that
   * stand in a block already count as its first delta.
   */
  | { readonly type: 'block.started'; readonly index: number; readonly block: Block }
  | {
      readonly type: 'block.delta'
      readonly index: number
      readonly kind: DeltaKind
      readonly text: string
    }
  /** Fields of a block that come whole, such as a thinking block's signature. */
  | { readonly type: 'block.fields'; readonly index: number; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly type: 'block.citation'; readonly index: number; readonly citation: unknown }
  | { readonly type: 'block.stopped'; readonly index: number }
  | ({
      readonly type: 'message.delta'
      readonly stopReason: string | null
      /** The stop sequence that the reply ended with. */
      readonly stopSequence?: string
      /** From `stop_details`, where there are any. */
      readonly category?: string | null
      readonly explanation?: string | null
      /** Makes another model's answer to the same request cheaper (`fallback_credit_token`). */
      readonly creditToken?: string
      /** The token may be good for a continuation only (`fallback_has_prefill_claim`). */
      readonly hasPrefillClaim?: boolean
      /** The model that a fallback would have gone to, had it been free (`recommended_model`). */
      readonly recommendedModel?: string
      readonly iterations?: readonly Iteration[]
      readonly fallbackCredit?: Readonly<Record<string, unknown>>
    } & MessageEvidence)
  | { readonly type: 'message.stopped' }
  /** A sign of life without news. */
  | { readonly type: 'ping' }
  /** Something that arrived could not be read, or said that the reply fails. What arrived with it can still be read. */
  | { readonly type: 'failed'; readonly error: unknown }
  /**
   * An event or a delta of a type that this release does not know, as it came. `index` names the block that a delta was for:
   * what is known of such a block is not all of it.
   */
  | { readonly type: 'unknown'; readonly event: unknown; readonly index?: number }

/**
 * The port to a model: one request, one stream of events, or of events that arrived together, such as an array. One
 * that is empty is a sign of life. Everything that it yields is checked as it is taken: what is no event of the port passes as
 * `unknown`, what is no plain JSON fails the turn. It throws a `TurnstateError` for a failure that has a code; anything else
 * that it throws fails the turn as `source-failed`. It must end when `signal` aborts.
 */
export type MessageSource = (
  request: MessageRequest,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<SourceEvent | Iterable<SourceEvent>>
