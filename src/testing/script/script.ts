// The room script/: what a script can contain: types with their docstrings, the same as schemas, builders, faults.
import type { JsonObject } from '../api/json.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { ScriptedBlock } from './script-blocks.ts'
import type { ScriptFaults } from './script-faults.ts'

/**
 * What the simulator answers. A list is used up one step per valid `POST /v1/messages`, in the order in which the
 * requests arrive; a request that the API's rules reject uses up no step. A function is called for each valid request;
 * if it returns `undefined`, the simulator gives its default answer.
 *
 * The refusal test string has no effect on a scripted step. `{ default: true }` gives one request the simulator's own
 * answer, which does refuse the test string.
 */
export type Script = readonly ScriptStep[] | ((request: RecordedRequest) => ScriptStep | undefined)

/** What the simulator answers to one request. */
export type ScriptStep = ReplyStep | DefaultStep | HttpErrorStep

/** A reply, or the part of one that is sent before a refusal or a fault. */
export interface ReplyStep {
  /** The blocks, in order; `[]` is an empty reply. What comes after a refusal is never sent. */
  readonly content: readonly ScriptedBlock[]
  /** Any string or null. Default: `tool_use` if the content has a tool call, else `end_turn`. */
  readonly stopReason?: string | null
  /** The stop sequence that matched. Default: null. Without `stopReason` it makes the stop reason `stop_sequence`. */
  readonly stopSequence?: string
  /** Ends the reply with `stop_reason: "refusal"`; can't be combined with `stopReason` or `stopSequence`. */
  readonly refusal?: ScriptedRefusal
  /** Token counts, in place of the simulator's estimates. */
  readonly usage?: ScriptedUsage
  /** The model that the reply names. Default: the requested model. */
  readonly model?: string
  /** `container` of the message and of its `message_delta`. Default: null. */
  readonly container?: JsonObject
  /**
   * Sends the whole reply (content, stop reason, container) in `message_start`, followed by `message_stop`. The API
   * answers results of calls that a program made in this way. Default: false.
   */
  readonly wholeInStart?: boolean
  /**
   * The index of each block in the stream, in order. Indexes may repeat, leave gaps or be huge. Default: the block's
   * position, also for blocks beyond the end of this list.
   */
  readonly indexes?: readonly number[]
  /** Merged into `message` of `message_start`, and into the message of a reply without a stream. */
  readonly startFields?: JsonObject
  /** Merged into the `message_delta` event beside `delta` and `usage`, for example `context_management`. */
  readonly deltaFields?: JsonObject
  /** What goes wrong with the answer. Default: nothing. */
  readonly faults?: ScriptFaults
  /** Response headers, added to the simulator's own. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The simulator's own answer, which refuses the test string; optionally with faults. */
export interface DefaultStep {
  readonly default: true
  readonly faults?: ScriptFaults
  /** Response headers, added to the simulator's own. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An HTTP error in place of a reply. */
export interface HttpErrorStep {
  readonly httpError: ScriptedHttpError
  /** Only faults of headers and bytes apply to an error. */
  readonly faults?: ScriptFaults
}

/** An HTTP error that the simulator answers with. */
export interface ScriptedHttpError {
  /** 400 to 599. */
  readonly status: number
  /** `error.type`. Default: the API's type for the status. */
  readonly type?: string
  /** `error.message`. Default: a sentence that fits the type. */
  readonly message?: string
  /** `error.details`; its `error_code` is the stable sub-code. */
  readonly details?: JsonObject
  /** The `retry-after` header: seconds or an HTTP date. Zero, negative numbers and dates in the past are sent unchanged. */
  readonly retryAfter?: number | string
  /** The `x-should-retry` header, which overrides what the SDK retries by default. */
  readonly shouldRetry?: boolean
  /** Response headers, added to the simulator's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** The whole body, in place of the API's JSON: for example the page of a proxy. */
  readonly body?: string
}

/** Where and how the streaming classifiers refuse. */
export interface ScriptedRefusal {
  /** `before` any block, `after` the whole content, or after n `content_block_delta` events (0 is the same as `before`). */
  readonly at: 'before' | 'after' | { readonly afterDeltas: number }
  /** Leaves the last block without `content_block_stop`. Default: false. It is not confirmed what the API does. */
  readonly openBlock?: boolean
  /** `cyber`, `bio`, `frontier_llm`, `reasoning_extraction`, `general_harms` or any other string. Default: null. */
  readonly category?: string | null
  /** Default: null. */
  readonly explanation?: string | null
  /** Sends `stop_details: null` with the refusal. Default: false. */
  readonly omitDetails?: boolean
  /**
   * `fallback_credit_token`. `'mint'` makes a token that is bound to the refused request, where the API would make one:
   * it is null for a model without fallback targets, with `output_config.format` and with a forced tool choice. Any
   * other string is sent unchanged and can be redeemed by any request. This field, the next one and `recommendedModel`
   * are sent only if the request has a beta header that grants them. Default: null.
   */
  readonly creditToken?: string | null
  /**
   * `fallback_has_prefill_claim`. Default: null without a token, false for a token that the script names; for a minted
   * token, whether the refused reply contains something to continue.
   */
  readonly hasPrefillClaim?: boolean | null
  /** Whether a minted token can be redeemed only by continuing the refused reply. Default: false. */
  readonly continuationOnly?: boolean
  /** `recommended_model`. Default: null. */
  readonly recommendedModel?: string | null
  /**
   * What the models in the request's `fallbacks` answer, one step per model; a model without a step gives the
   * simulator's own answer. All but the last must be refusals, and the request must name at least as many models.
   */
  readonly fallbacks?: readonly FallbackStep[]
}

/** The answer of a fallback model. It has no faults and headers of its own: those of its step apply. */
export type FallbackStep = Omit<ReplyStep, 'faults' | 'headers' | 'model'>

/** Token counts. Counts that are left out are estimated: input as characters / 4, output as words. */
export interface ScriptedUsage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cacheCreationInputTokens?: number
  /** How many of `cacheCreationInputTokens` were written for an hour; the rest is for five minutes. Default: 0. */
  readonly cacheCreation1hInputTokens?: number
  readonly cacheReadInputTokens?: number
  readonly thinkingTokens?: number
  /** Merged into the usage of `message_delta`: `iterations`, `fallback_credit`, `server_tool_use`. */
  readonly extra?: JsonObject
}
