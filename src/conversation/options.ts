import type { InspectionEvent } from 'xstate'
import type { Budget, CompactBy, OnStop, ResendRefused, WhenBusy } from '../../machines/index.ts'
import type { OnOverflow } from '../actors/decide-overflow.ts'
import type { MessageSource, ServerFallback } from '../actors/message-source.ts'
import type { BetaNames } from '../actors/reply-request.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import type { ApiTool, MessageParam } from '../claude/sdk-types.ts'
import type { Clock } from '../clock.ts'
import type { Inspect } from '../inspect/observe/inspector.ts'
import type { Prices } from '../journal/index.ts'
import type { MessagesForUsers } from '../refusals/messages-for-users.ts'
import type { ModelEntry, OnRefusal } from '../refusals/policy.ts'
import type { OnRejection } from '../rejections/policy.ts'
import type { SdkRun } from '../tools/sdk-tool.ts'
import type { SdkToolsetRun } from '../tools/sdk-toolset.ts'
import type { AnyTool } from '../tools/tool.ts'

/**
 * A tool of the app's own, made with `tool()`; one of the SDK's helpers (`betaTool()`, `betaZodTool()`, `betaMemoryTool()` …)
 * or runnable toolsets, which may carry `needsApproval` and `timeout` too; or a definition of the API.
 */
export type ToolInput = AnyTool | (ApiTool & SdkRun) | (ApiTool & SdkToolsetRun) | ApiTool

/** When and how often a failed attempt is made again. It is for failures only: refusals are `onRefusal`'s. */
export interface RetryOptions {
  /** The first attempt included; 1 = never again. Default 3. */
  readonly maxAttempts?: number
  /** Milliseconds before the second attempt; doubles with each further one. Default 500. */
  readonly baseDelay?: number
  /** The longest such wait, in milliseconds. Default 8,000. */
  readonly maxDelay?: number
  /** The longest `retry-after` that is waited for, in milliseconds; above it the turn fails at once. Default 60,000. */
  readonly maxRetryAfter?: number
  /**
   * Models to go on with, in order, when the attempts at the one before are used up: for outages. A refusal never comes
   * here. The conversation stays there until `returnToModel`.
   */
  readonly models?: readonly (string | ModelEntry)[]
}

/** What a `returnToModel` function is told. */
export interface AwayFromModel {
  /** The model that it was switched from. */
  readonly from: string
  readonly model: string
  /** Turns that were completed since. */
  readonly turns: number
}

/**
 * When a conversation that went to another model after a refusal or an outage goes back: never, after so many completed
 * turns, or when a function says so. The function runs often, and has no effects.
 */
export type ReturnToModel = 'never' | number | ((away: AwayFromModel) => boolean)

export interface CompactionOptions {
  /**
   * What is asked for first: the API's own compaction (`auto`, `api`), or a summary in words. What comes to nothing is followed by
   * a summary in words, and by one of each fallback model. Default `auto`.
   */
  readonly by?: CompactBy
  /** What the model is told to make it summarise. */
  readonly instructions?: string
}

/** Where warnings go. `console` is one. */
export interface Logger {
  warn(message: string, details?: unknown): void
  error(message: string, details?: unknown): void
}

export interface ConversationOptions {
  /** Where replies come from: `claude(new Anthropic())`, or any other message source. */
  readonly source: MessageSource
  readonly model: string
  /** The most tokens that one reply may have. 0 asks for none: the prompt is cached, and the reply is empty. */
  readonly maxTokens: number
  /** Id of the conversation. Default: a new one. */
  readonly id?: string
  /**
   * A history to begin with. It is repaired where it could not be sent, and each repair is told in `repairs`. Messages of other
   * providers (`tool_calls`, `role: 'tool'`, `image_url` …) are understood too. A summary replaces everything before it.
   */
  readonly messages?: readonly MessageParam[]
  /** Any further request fields: `system`, `thinking`, `output_config`, `metadata`, `betas` … */
  readonly request?: RequestFields
  /** What follows a refusal. Default: the ladder `drop-turn`, `{ rewind: 1 }`, `clear`. */
  readonly onRefusal?: OnRefusal
  /** What follows a request that the API does not take. Default `repair`: what is to blame is left out, and it is asked again. */
  readonly onRejection?: OnRejection
  /** Whether a stopped or failed turn that says something stays in the history. Default `keep`. */
  readonly onStop?: OnStop
  /** What becomes of a message sent while a turn is under way. Default `reject`. */
  readonly whenBusy?: WhenBusy
  readonly retry?: RetryOptions
  /** Milliseconds without a byte after which a stream is given up. Default 60,000. */
  readonly idleTimeout?: number
  /**
   * The same without an event, where pings don't get here (Bedrock, clients that only give an iterator): a long silence may be
   * a long thought there. Default 600,000, ten minutes.
   */
  readonly silenceTimeout?: number
  /** Milliseconds that a whole reply may take. Default 3,600,000, an hour. */
  readonly replyTimeout?: number
  /**
   * Milliseconds that `rephrase`, `onRejection` and `onOverflow` may take to decide. After that the refused turn is dropped,
   * what is to blame is left out, or the turn fails, as when the function throws. Default 30,000.
   */
  readonly decideTimeout?: number
  /** Milliseconds until the API has to begin its answer; after that the attempt has failed. Default 120,000. */
  readonly openTimeout?: number
  /** Milliseconds that the journal may take to load; after that the conversation is told to be unsaved. Default 30,000. */
  readonly loadTimeout?: number
  /** Milliseconds that the journal may take to store facts; after that it has failed. Default 10,000. */
  readonly saveTimeout?: number
  /** Milliseconds until facts that could not be stored are handed to the journal again. Default 1,000. */
  readonly saveRetry?: number
  /** Milliseconds that `close()` waits for the journal to store what is left. Default 5,000. */
  readonly closeTimeout?: number
  /** Replies that one turn may take before it fails: calls of tools, and pauses of the API's. Default 32. */
  readonly maxSteps?: number
  /**
   * What the model may call: `tool()`, whose calls are run here, and definitions of the API. Calls to one without `run`
   * wait for `answerTool`; server tools are the API's own.
   */
  readonly tools?: readonly ToolInput[]
  /** Calls that run at the same time. Default 8. */
  readonly toolLimit?: number
  /**
   * What follows a reply that ended at `maxTokens`: nothing (default), or a turn that asks for the rest, up to three times
   * or as often as said.
   */
  readonly onTruncated?: 'stop' | 'continue' | { readonly continue: number }
  /** What follows when the context window is full: the turn fails (default), or the context is compacted first. */
  readonly onOverflow?: OnOverflow
  readonly compaction?: CompactionOptions
  /**
   * Models that the API itself goes on with after a refusal, within the same request (beta; Claude API only). It comes
   * before `onRefusal`, which then answers only what they refuse too. Default: none.
   */
  readonly serverFallbacks?: 'default' | readonly ServerFallback[]
  readonly returnToModel?: ReturnToModel
  /**
   * What becomes of words that were refused before and are sent again: sent, with an event (`warn`, default), or not. `block`
   * holds for messages that were queued before the same words were refused, too: they fail as their turn comes.
   */
  readonly resendRefused?: ResendRefused
  /** Limits that are checked before every request. Over one of them nothing is sent. */
  readonly budget?: Budget
  /** Prices by model, per million tokens: what `chat.cost` and `budget.cost` go by. */
  readonly prices?: Prices
  /** Names of the API's beta headers, where they have moved on. */
  readonly betas?: BetaNames
  /**
   * Who watches from the first step on: functions that are told of each record, inspectors that are attached, or several of
   * them. Text is redacted, unless an inspector asks for it. Forks are watched too.
   */
  readonly inspect?: Inspect | readonly Inspect[]
  /** Told of XState's own inspection events. They carry the texts of messages. */
  readonly inspectActors?: (event: InspectionEvent) => void
  readonly clock?: Clock
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** Makes ids of turns. Each must be new. Default `crypto.randomUUID`. */
  readonly generateId?: () => string
  /** Default `console`. */
  readonly logger?: Logger
  /** What end users are told of a refusal, by category. */
  readonly messagesForUsers?: MessagesForUsers
}
