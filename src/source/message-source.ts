import type { ApiObject, Block, Counts, DeltaKind, Iteration, Message, Terms } from '../journal/index.ts'

/** A model that the API itself continues with when the requested one refuses. */
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
  /** The code execution container to continue in, if the path has one. */
  readonly container: string | null
  /**
   * The purpose of a request that is not for a reply to the user: with `compaction` the API compacts the messages, with `summary` the
   * model writes a summary, without tools.
   */
  readonly purpose?: 'compaction' | 'summary'
  readonly fallbacks?: 'default' | readonly ServerFallback[]
  /** The credit token of a refusal, to be redeemed if possible (`best_effort`). */
  readonly creditToken?: string
}

/** A request that is about to be sent, and its purpose. */
export interface Requested {
  readonly request: MessageRequest
  readonly turnId: string
  readonly attempt: number
}

/** What a source may report about a message, at its start or at its end, as the API does. */
export interface MessageEvidence {
  /** Token counts of the whole message so far. A count that is smaller than an earlier one is ignored. */
  readonly usage: Counts
  readonly terms?: Terms
  /** The id of the message's container. */
  readonly container?: string
  /** When the container expires: RFC 3339. */
  readonly containerExpiresAt?: string
  /** `context_management.applied_edits`. */
  readonly appliedEdits?: readonly ApiObject[]
  readonly inputTransformations?: readonly ApiObject[]
}

/** The events of a source. Only `message.stopped` is required; anything unknown passes as `unknown`. */
export type SourceEvent =
  /**
   * The headers of the answer have arrived. A source that does not see them omits the event. `pings: 'hidden'` says that pings do not
   * reach the source, so a long silence may be long thinking (`silenceTimeout` applies instead of `idleTimeout`).
   */
  | {
      readonly type: 'opened'
      readonly pings?: 'hidden'
      /** The API's id of the request, from its headers. */
      readonly requestId?: string
    }
  | ({
      readonly type: 'message.started'
      /** The API's id of the message. It identifies a second message in one stream. */
      readonly id?: string
      readonly model: string
    } & MessageEvidence)
  /**
   * Blocks are ordered by their start. An index refers to the last block that started with it. Text and thinking in the block itself
   * count as its first delta.
   */
  | { readonly type: 'block.started'; readonly index: number; readonly block: Block }
  | {
      readonly type: 'block.delta'
      readonly index: number
      readonly kind: DeltaKind
      readonly text: string
    }
  /** Fields of a block that arrive complete, such as the signature of a thinking block. */
  | { readonly type: 'block.fields'; readonly index: number; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly type: 'block.citation'; readonly index: number; readonly citation: unknown }
  | { readonly type: 'block.stopped'; readonly index: number }
  | ({
      readonly type: 'message.delta'
      readonly stopReason: string | null
      /** The stop sequence that the reply ended with. */
      readonly stopSequence?: string
      /** From `stop_details`, if present. */
      readonly category?: string | null
      readonly explanation?: string | null
      /** The token that makes the same request to another model cheaper (`fallback_credit_token`). */
      readonly creditToken?: string
      /** Whether the token may be valid for a continuation only (`fallback_has_prefill_claim`). */
      readonly hasPrefillClaim?: boolean
      /** The model that the API recommends instead (`recommended_model`). */
      readonly recommendedModel?: string
      readonly iterations?: readonly Iteration[]
      readonly fallbackCredit?: Readonly<Record<string, unknown>>
    } & MessageEvidence)
  | { readonly type: 'message.stopped' }
  /** A sign of life without content. */
  | { readonly type: 'ping' }
  /** An error event, or data that could not be read. Events that arrived together with it are still read. */
  | { readonly type: 'failed'; readonly error: unknown }
  /**
   * An event or a delta of an unknown type, unchanged. `index` is the block of a delta: that block is then known to be incomplete.
   */
  | { readonly type: 'unknown'; readonly event: unknown; readonly index?: number }

/**
 * The port to a model: takes one request and returns a stream of events. An item may also be an array of events that arrived together;
 * an empty array is a sign of life. Every item is checked: anything that is not an event of the port passes as `unknown`, and
 * anything that is not plain JSON fails the turn. A source throws a `TurnstateError` for a failure with a code; any other error fails
 * the turn with `source-failed`. The stream must end when `signal` aborts.
 */
export type MessageSource = (
  request: MessageRequest,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<SourceEvent | Iterable<SourceEvent>>
