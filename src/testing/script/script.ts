// The room script/: what a script may say. Types with their docstrings, the same as schemas, builders, faults.
import type { JsonObject } from '../api/json.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { ScriptedBlock } from './script-blocks.ts'
import type { ScriptFaults } from './script-faults.ts'

/**
 * What the simulator answers. A list is consumed one step per `POST /v1/messages` that passed validation, in the order
 * in which the requests came; a request that was answered 4xx by the API's rules consumes nothing. A function is asked
 * for each of those requests, and `undefined` from it means the default answer.
 *
 * A scripted step does not look for the refusal test string: the script says everything. `{ default: true }` hands that
 * one request back to the simulator's own behaviour, the test string included.
 */
export type Script = readonly ScriptStep[] | ((request: RecordedRequest) => ScriptStep | undefined)

/** What the simulator answers to one request. */
export type ScriptStep = ReplyStep | DefaultStep | HttpErrorStep

/** A reply, or the part of one that came before a refusal or a fault. */
export interface ReplyStep {
  /** The blocks, in order; `[]` is an empty reply. What a refusal cuts off is never sent. */
  readonly content: readonly ScriptedBlock[]
  /** Default: `tool_use` when the content holds a tool call, else `end_turn`. Any string, and null, may be sent. */
  readonly stopReason?: string | null
  /** The match. Default: null. Given alone, it makes the stop reason `stop_sequence`. */
  readonly stopSequence?: string
  /** Ends the reply with `stop_reason: "refusal"`; excludes `stopReason` and `stopSequence`. */
  readonly refusal?: ScriptedRefusal
  /** Token counts instead of the simulator's estimates. */
  readonly usage?: ScriptedUsage
  /** The model that the reply names. Default: the requested one. */
  readonly model?: string
  /** `container` of the message and of its `message_delta`. Default: null. */
  readonly container?: JsonObject
  /**
   * The stream is `message_start` with all of the reply in it (content, stop reason, container), then `message_stop`:
   * so the API answers the results of calls that a program made. Default: false.
   */
  readonly wholeInStart?: boolean
  /**
   * The index of each block in the stream, in order: one twice, gaps, or huge ones. Default: its position, for the
   * blocks beyond the list as well.
   */
  readonly indexes?: readonly number[]
  /** Merged into `message` of `message_start` (and into the message of a reply without stream). */
  readonly startFields?: JsonObject
  /** Merged into the `message_delta` event, beside `delta` and `usage`: `context_management` and the like. */
  readonly deltaFields?: JsonObject
  readonly faults?: ScriptFaults
  /** Response headers, added to the simulator's own. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The simulator's own answer, the test string included, with faults if wanted. */
export interface DefaultStep {
  readonly default: true
  readonly faults?: ScriptFaults
  /** Response headers, added to the simulator's own. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An error instead of a reply, before any of the stream. */
export interface HttpErrorStep {
  readonly httpError: ScriptedHttpError
  /** Of the faults, those about the headers and the bytes make sense here. */
  readonly faults?: ScriptFaults
}

/** An HTTP error that the simulator answers with. */
export interface ScriptedHttpError {
  /** 400 to 599. */
  readonly status: number
  /** `error.type`. Default: the one that the API's table gives for the status. */
  readonly type?: string
  /** `error.message`. Default: a sentence for the type. */
  readonly message?: string
  /** `error.details`; its `error_code` is the stable sub-code. */
  readonly details?: JsonObject
  /** The `retry-after` header: seconds, or an HTTP date. Zero, negative seconds and dates in the past are sent as well. */
  readonly retryAfter?: number | string
  /** The `x-should-retry` header, which overrides the SDK's table. */
  readonly shouldRetry?: boolean
  /** Response headers, added to the simulator's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body, verbatim, instead of the API's JSON: what a proxy in between would say. */
  readonly body?: string
}

/** Where and how the streaming classifiers intervene. */
export interface ScriptedRefusal {
  /** `before` any block; `after` the whole content; or once n `content_block_delta` events were sent (0 = before). */
  readonly at: 'before' | 'after' | { readonly afterDeltas: number }
  /** Leaves the last block without `content_block_stop`. Default: false. What the real API does is not confirmed. */
  readonly openBlock?: boolean
  /** `cyber`, `bio`, `frontier_llm`, `reasoning_extraction`, `general_harms` or one of tomorrow. Default: null. */
  readonly category?: string | null
  /** Default: null. */
  readonly explanation?: string | null
  /** Sends `stop_details: null` although the reply was refused. Default: false. */
  readonly omitDetails?: boolean
  /**
   * `fallback_credit_token`. `'mint'` makes one that is bound to the refused request, where the API would: null for a
   * model without fallback targets, beside `output_config.format` and beside a forced tool choice. Any other string is
   * sent as it is, and redeems for any request. This field, the next and `recommendedModel` are sent only to a request
   * whose beta header grants them.
   */
  readonly creditToken?: string | null
  /**
   * `fallback_has_prefill_claim`. Default: null without a token, false for a token of the script's own; for a minted
   * one, whether the refused reply holds something to continue.
   */
  readonly hasPrefillClaim?: boolean | null
  /** A minted token can only be redeemed by continuing the refused reply. Default: false. */
  readonly continuationOnly?: boolean
  /** `recommended_model`. Default: null. */
  readonly recommendedModel?: string | null
  /**
   * What the models in the request's `fallbacks` answer, one step for each hop; a hop that has none gets the
   * simulator's own answer. Only the last may be anything but a refusal, and the request must name as many models.
   */
  readonly fallbacks?: readonly FallbackStep[]
}

/** The answer of a fallback model. Faults and headers are those of the step that it belongs to. */
export type FallbackStep = Omit<ReplyStep, 'faults' | 'headers' | 'model'>

/** Token counts. Those not given are estimated: input by characters / 4, output by words. */
export interface ScriptedUsage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cacheCreationInputTokens?: number
  /** How many of those were written for an hour; the others were for five minutes. Default: 0. */
  readonly cacheCreation1hInputTokens?: number
  readonly cacheReadInputTokens?: number
  readonly thinkingTokens?: number
  /** Merged into the usage of `message_delta`: `iterations`, `fallback_credit`, `server_tool_use`. */
  readonly extra?: JsonObject
}
