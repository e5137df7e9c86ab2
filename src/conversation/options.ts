import type { InspectionEvent } from 'xstate'
import type { Budget, CompactBy, OnInterrupted, OnStop, ResendRefused, WhenBusy } from '../../machines/index.ts'
import type { OnOverflow } from '../rejections/decide-overflow.ts'
import type { MessageSource, ServerFallback } from '../source/message-source.ts'
import type { BetaNames } from '../reply/reply-request.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import type { ApiTool, MessageParam } from '../claude/sdk-types.ts'
import type { Clock } from '../clock.ts'
import type { Inspector } from '../observe/inspector.ts'
import type { RecordListener } from '../observe/records.ts'
import type { Prices } from '../journal/index.ts'
import type { MessagesForUsers } from '../refusals/messages-for-users.ts'
import type { ModelEntry, OnRefusal } from '../refusals/policy.ts'
import type { OnRejection } from '../rejections/policy.ts'
import type { Store } from '../stores/index.ts'
import type { SdkRun } from '../tools/sdk-tool.ts'
import type { SdkToolsetRun } from '../tools/sdk-toolset.ts'
import type { AnyTool } from '../tools/tool.ts'

/**
 * A tool of the app's own, made with `tool()`; one of the SDK's helpers (`betaTool()`, `betaZodTool()`, `betaMemoryTool()` …)
 * or runnable toolsets, which may carry `needsApproval`, `timeout` and `idempotent` too; or a definition of the API.
 */
export type ToolInput = AnyTool | (ApiTool & SdkRun) | (ApiTool & SdkToolsetRun) | ApiTool

/** When and how often a failed attempt is retried. Refusals are never retried: `onRefusal` handles them. */
export interface RetryOptions {
  /** Attempts at one reply, the first included; 1 or more. 1 switches retries off. Default 3. */
  readonly maxAttempts?: number
  /** Milliseconds before the second attempt; each further wait is twice as long. 0 or more. Default 500. */
  readonly baseDelay?: number
  /** The longest of these waits, in milliseconds. Default 8,000. */
  readonly maxDelay?: number
  /**
   * The longest `retry-after` of the API to wait for, in milliseconds. A longer one fails the turn at once. Default 60,000.
   */
  readonly maxRetryAfter?: number
  /**
   * Models to switch to, in order, when all attempts at the one before have failed: for outages, never for refusals. The
   * conversation stays there until `returnToModel`. Default: none.
   */
  readonly models?: readonly (string | ModelEntry)[]
}

/** What a `returnToModel` function receives. */
export interface AwayFromModel {
  /** The model that the conversation was switched away from. */
  readonly from: string
  /** The model that it uses now. */
  readonly model: string
  /** Turns completed since the switch. */
  readonly turns: number
}

/**
 * When a conversation that was switched to another model by a refusal or an outage returns: `never`, after this many completed
 * turns (1 or more), or when a function returns true. The function is called often and must have no side effects.
 */
export type ReturnToModel = 'never' | number | ((away: AwayFromModel) => boolean)

/** How a context is compacted. */
export interface CompactionOptions {
  /**
   * What to ask for first: `auto` and `api` the API's own compaction, `summary` a summary in words. If it fails, a summary in words
   * is asked for, then one of each fallback model. Default `auto`.
   */
  readonly by?: CompactBy
  /** The prompt that asks the model for a summary. Default: turnstate's own. */
  readonly instructions?: string
}

/** Where warnings and errors are logged. `console` is one. */
export interface Logger {
  warn(message: string, details?: unknown): void
  error(message: string, details?: unknown): void
}

/** The options of {@link createConversation}. Unknown names are rejected with `invalid-option`. */
export interface ConversationOptions {
  /** Where replies come from: `claude(new Anthropic())`, or another message source. Required. */
  readonly source: MessageSource
  /** The model to ask, by the API's name. Required. */
  readonly model: string
  /**
   * The maximum of tokens for one reply (`max_tokens`), 0 or more. 0 asks for no reply: the prompt is cached, and the reply is empty.
   * Required.
   */
  readonly maxTokens: number
  /** Id of the conversation, not empty. Default: a new UUID. */
  readonly id?: string
  /**
   * A history to begin with, in the format of the Messages API or of other providers (`tool_calls`, `role: 'tool'`, `image_url` …).
   * What the API would not take is repaired; `chat.repairs` lists the repairs. A compaction replaces everything before it. Default: none.
   */
  readonly messages?: readonly MessageParam[]
  /**
   * Further fields of each request, by the API's own names: `system`, `thinking`, `output_config`, `metadata`, `betas` … The fields that the
   * conversation sets itself (`messages`, `model`, `max_tokens`, `stream`, `container`, `fallbacks` …) are rejected with `reserved-field`. Default: none.
   */
  readonly request?: RequestFields
  /** What a refusal removes from the context. Default: the ladder `drop-turn`, `{ rewind: 1 }`, `clear`. */
  readonly onRefusal?: OnRefusal
  /**
   * What to do when the API rejects a request (400, 404, 413, 422). Default `repair`: repeat it without the part to blame, at most six
   * requests for one message.
   */
  readonly onRejection?: OnRejection
  /** Whether a stopped or failed turn that said something, or ran tools, stays in the history. Default `keep`. */
  readonly onStop?: OnStop
  /** What happens to a message that is sent while a turn is in progress. Default `reject`. */
  readonly whenBusy?: WhenBusy
  /** How failed attempts are retried. Default: three attempts, with a backoff that begins at 500 ms. */
  readonly retry?: RetryOptions
  /** Milliseconds without a byte after which a reply is given up (`stream-stalled`). 1 or more. Default 60,000. */
  readonly idleTimeout?: number
  /**
   * The same, in milliseconds without an event, for sources that don't pass on pings (Bedrock, clients that only give an iterator): a long
   * silence may be a long thought there. Default 600,000.
   */
  readonly silenceTimeout?: number
  /** The longest time for one reply, in milliseconds. What came until then is kept. Default 3,600,000 (an hour). */
  readonly replyTimeout?: number
  /**
   * Milliseconds that `rephrase`, `onRejection` and `onOverflow` may take. Afterwards the refused turn is dropped, the part to blame is left
   * out, or the turn fails, as when the function throws. Default 30,000.
   */
  readonly decideTimeout?: number
  /** Milliseconds until the API has to begin its answer; afterwards the attempt has failed. Default 120,000. */
  readonly openTimeout?: number
  /** Milliseconds that the journal may take to load; afterwards `journal.unsaved` is emitted. Default 30,000. */
  readonly loadTimeout?: number
  /** Milliseconds that the journal may take to store facts; afterwards the write has failed. Default 10,000. */
  readonly saveTimeout?: number
  /** Milliseconds between two attempts to store facts. Default 1,000. */
  readonly saveRetry?: number
  /** Milliseconds that `close()` waits for the journal to store what is left. Default 30,000. */
  readonly closeTimeout?: number
  /** Replies in one turn, tool calls and pauses included, before it fails with `max-steps-reached`. 1 or more. Default 32. */
  readonly maxSteps?: number
  /**
   * What the model may call: tools from `tool()`, which are run here, and definitions of the API. Calls to a definition without `run` wait for
   * `answerTool`; server tools run in the API. Default: none.
   */
  readonly tools?: readonly ToolInput[]
  /** Tool calls that run at the same time. 1 or more. Default 8. */
  readonly toolLimit?: number
  /**
   * What follows a reply that was truncated at `maxTokens`: nothing, or a turn that asks for the rest, up to three times or as often as
   * given. Default `stop`.
   */
  readonly onTruncated?: 'stop' | 'continue' | { readonly continue: number }
  /** What to do when the context window is full: `fail` the turn, or `compact` the context first. Default `fail`. */
  readonly onOverflow?: OnOverflow
  /** How `compact()` and `onOverflow: 'compact'` compact the context. */
  readonly compaction?: CompactionOptions
  /**
   * Up to three models that the API itself continues with after a refusal, within the same request (beta; Claude API only). `onRefusal` then
   * handles only what they refuse, too. Default: none.
   */
  readonly serverFallbacks?: 'default' | readonly ServerFallback[]
  /** When to return from a model that a refusal or an outage switched to. Default `never`. */
  readonly returnToModel?: ReturnToModel
  /**
   * What to do when words that were refused before are sent again: `warn` sends them and emits `input.refusedBefore`, `allow` sends them
   * silently, `block` throws `input-refused-before`; a queued message fails with it when its turn comes. Default `warn`.
   */
  readonly resendRefused?: ResendRefused
  /** Limits that are checked before every request. Over one of them nothing is sent (`budget-exceeded`). Default: none. */
  readonly budget?: Budget
  /** Prices by model, per million tokens: the basis of `chat.cost` and `budget.cost`. Default: none, and `chat.cost` is `null`. */
  readonly prices?: Prices
  /** Names of the API's beta headers, for a provider or a time that has others. */
  readonly betas?: BetaNames
  /**
   * Inspectors, or functions that receive each record, attached before the first step. Text is redacted unless an inspector
   * asks for it. They are attached to forks too. Default: none.
   */
  readonly inspect?: Inspector | RecordListener | readonly (Inspector | RecordListener)[]
  /** Receives XState's own inspection events. They carry the texts of messages. */
  readonly inspectActors?: (event: InspectionEvent) => void
  /** The clock of every timer: XState's `SimulatedClock`, in tests. Default: wall time. */
  readonly clock?: Clock
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** Creates ids of turns; each must be new. Default `crypto.randomUUID`. */
  readonly generateId?: () => string
  /** Where warnings and errors are logged. Default `console`. */
  readonly logger?: Logger
  /** What end users read after a refusal, by category, with a `default`. Default: `messagesForUsers`. */
  readonly messagesForUsers?: MessagesForUsers
}

/** Options of `openConversation()` beyond those of `createConversation()`. */
export interface StoreOptions {
  /** Where the conversation is kept: `memoryStore()`, `sqliteStore()`, `postgresStore()`, or one of your own. */
  readonly store: Store
  /** Whose conversation it is: the id of a user, say. It is stored when the conversation is created. */
  readonly owner?: string
  /** Milliseconds after which another process may take over, unless this one renews its lease. Default 15,000. */
  readonly lease?: number
  /**
   * The `writer` of the conversation's listing: opens the conversation although this writer has it open, which then loses it. For a host
   * that knows that the other one is gone, or must not go on. If a third one has opened it meanwhile, open() rejects with
   * `conversation-busy`, as it does by default. Forks don't take over.
   */
  readonly takeOver?: number
  /**
   * What happens to a turn that was under way when the last process ended. `settle`: it ends as interrupted, and nothing is asked again
   * by itself. `resume`: it continues with another attempt; of the calls that may have begun, only those of idempotent tools are run
   * again. Default `settle`.
   */
  readonly onInterrupted?: OnInterrupted
}
