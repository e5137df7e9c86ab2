import * as v from 'valibot'
import type { InspectionEvent } from 'xstate'
import type { Budget, CompactBy, ConversationSettings, OnStop, WhenBusy } from '../../machines/index.ts'
import type { OnOverflow } from '../actors/decide-overflow.ts'
import type { MessageSource, ServerFallback } from '../actors/message-source.ts'
import type { BetaNames } from '../actors/stream-reply.ts'
import { checkRequestFields, type RequestFields } from '../claude/request-fields.ts'
import type { ApiTool, MessageParam } from '../claude/sdk-types.ts'
import type { Clock } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { Prices } from '../journal/index.ts'
import type { MessagesForUsers } from '../refusals/messages-for-users.ts'
import { checkOnRefusal, type OnRefusal } from '../refusals/policy.ts'
import type { AnyTool } from '../tools/tool.ts'

/** A tool of the app's own, made with `tool()`, or a definition of the API. */
export type ToolInput = AnyTool | ApiTool

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
  readonly models?: readonly string[]
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
  /** By the API (`compaction`), by a summary in words, or by the API where it can (`auto`). Default `auto`. */
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
  /** The most tokens that one reply may have. */
  readonly maxTokens: number
  /** Id of the conversation. Default: a new one. */
  readonly id?: string
  /** A history to begin with. It is repaired where it could not be sent; see `repairs`. */
  readonly messages?: readonly MessageParam[]
  /** Any further request fields: `system`, `thinking`, `output_config`, `metadata`, `betas` … */
  readonly request?: RequestFields
  /** What follows a refusal. Default: the ladder `drop-turn`, `{ rewind: 1 }`, `clear`. */
  readonly onRefusal?: OnRefusal
  /** Whether a stopped or failed turn that says something stays in the history. Default `keep`. */
  readonly onStop?: OnStop
  /** What becomes of a message sent while a turn is under way. Default `reject`. */
  readonly whenBusy?: WhenBusy
  readonly retry?: RetryOptions
  /** Milliseconds without a byte after which a stream is given up. Default 60,000. */
  readonly idleTimeout?: number
  /** Milliseconds that a whole reply may take. Default 3,600,000, an hour. */
  readonly replyTimeout?: number
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
  /** What becomes of words that were refused before and are sent again: sent, with an event (`warn`, default), or not. */
  readonly resendRefused?: 'allow' | 'warn' | 'block'
  /** Limits that are checked before every request. Over one of them nothing is sent. */
  readonly budget?: Budget
  /** Prices by model, per million tokens: what `chat.cost` and `budget.cost` go by. */
  readonly prices?: Prices
  /** Names of the API's beta headers, where they have moved on. */
  readonly betas?: BetaNames
  /** Told of XState's inspection events. They carry the texts of messages. */
  readonly inspect?: (event: InspectionEvent) => void
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

/** Options that later releases bring. Naming them beats ignoring them. */
const notYet = ['store'] as const

const isFunction = v.custom<unknown>((value) => typeof value === 'function', 'a function')
const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least))
const ms = v.pipe(v.number(), v.minValue(0))
const name = v.pipe(v.string(), v.trim(), v.minLength(1))
const amount = v.pipe(v.number(), v.minValue(0))
const loggerMethods = v.looseObject({ warn: isFunction, error: isFunction })

const schema = v.strictObject({
  source: isFunction,
  model: name,
  maxTokens: count(1),
  id: v.optional(v.pipe(v.string(), v.minLength(1))),
  messages: v.optional(
    v.array(
      v.looseObject({
        role: v.picklist(['user', 'assistant']),
        content: v.union([v.string(), v.array(v.looseObject({ type: v.string() }))]),
      }),
    ),
  ),
  request: v.optional(v.record(v.string(), v.unknown())),
  onRefusal: v.optional(v.unknown()),
  onStop: v.optional(v.picklist(['keep', 'drop'])),
  whenBusy: v.optional(v.picklist(['reject', 'queue', 'interrupt'])),
  retry: v.optional(
    v.strictObject({
      maxAttempts: v.optional(count(1)),
      baseDelay: v.optional(ms),
      maxDelay: v.optional(ms),
      maxRetryAfter: v.optional(ms),
      models: v.optional(v.array(name)),
    }),
  ),
  idleTimeout: v.optional(v.pipe(v.number(), v.minValue(1))),
  replyTimeout: v.optional(v.pipe(v.number(), v.minValue(1))),
  maxSteps: v.optional(count(1)),
  tools: v.optional(v.array(v.unknown())),
  toolLimit: v.optional(count(1)),
  onTruncated: v.optional(v.union([v.picklist(['stop', 'continue']), v.strictObject({ continue: count(1) })])),
  onOverflow: v.optional(v.union([v.picklist(['fail', 'compact']), isFunction])),
  compaction: v.optional(
    v.strictObject({ by: v.optional(v.picklist(['auto', 'api', 'summary'])), instructions: v.optional(name) }),
  ),
  serverFallbacks: v.optional(
    v.union([
      v.literal('default'),
      v.pipe(
        v.array(
          v.strictObject({
            model: name,
            maxTokens: v.optional(count(1)),
            thinking: v.optional(v.record(v.string(), v.unknown())),
            outputConfig: v.optional(v.record(v.string(), v.unknown())),
            speed: v.optional(v.string()),
          }),
        ),
        v.maxLength(3),
      ),
    ]),
  ),
  returnToModel: v.optional(v.union([v.literal('never'), count(1), isFunction])),
  resendRefused: v.optional(v.picklist(['allow', 'warn', 'block'])),
  budget: v.optional(v.unknown()),
  prices: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        input: amount,
        output: amount,
        cacheRead: v.optional(amount),
        cacheWrite: v.optional(amount),
      }),
    ),
  ),
  betas: v.optional(
    v.strictObject({
      fallbackCredit: v.optional(v.union([v.literal(false), name])),
      serverSideFallback: v.optional(name),
      compaction: v.optional(name),
    }),
  ),
  inspect: v.optional(isFunction),
  clock: v.optional(v.custom<Clock>((value) => typeof value === 'object' && value !== null && 'setTimeout' in value)),
  now: v.optional(isFunction),
  generateId: v.optional(isFunction),
  logger: v.optional(v.union([loggerMethods, v.custom<Logger>((value) => value === console)])),
  messagesForUsers: v.optional(
    v.pipe(
      v.record(v.string(), v.string()),
      v.check((record) => 'default' in record, 'needs a `default`'),
    ),
  ),
})

/**
 * @throws TurnstateError `invalid-option`, `reserved-field`, `policy-invalid`, `fallback-empty`, `fallback-same-model`,
 * `budget-invalid`, `not-available`
 */
export function checkOptions(options: ConversationOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('createConversation takes an object of options.')
  const early = notYet.find((option) => option in options)
  if (early !== undefined)
    throw new TurnstateError('not-available', `The option "${early}" is not available in this release. Leave it out.`)
  const { success, issues } = v.safeParse(schema, options)
  if (!success) {
    const at = v.getDotPath(issues[0])
    throw invalid(at === null ? issues[0].message : `The option "${at}" does not fit: ${issues[0].message}.`)
  }
  if (options.request) checkRequestFields(options.request)
  if (options.request?.tools && options.tools)
    throw invalid('The tools are given twice: by the option "tools" and as "request.tools". Keep the first.')
  if (options.onRefusal !== undefined) checkOnRefusal(options.onRefusal, options.model)
  checkModelsOnce(
    'serverFallbacks',
    options.model,
    listOf(options.serverFallbacks).map((entry) => entry.model),
  )
  checkModelsOnce('retry.models', options.model, options.retry?.models ?? [])
  if (options.budget !== undefined) checkBudget(options.budget, options.prices)
}

const listOf = <T>(value: 'default' | readonly T[] | undefined): readonly T[] =>
  value === undefined || typeof value === 'string' ? [] : value

function checkModelsOnce(option: string, model: string, others: readonly string[]): void {
  const twice = others.find((other, index) => other === model || others.indexOf(other) < index)
  if (twice !== undefined)
    throw new TurnstateError(
      'fallback-same-model',
      `The option "${option}" names ${twice} again: going on with the same model changes nothing.`,
    )
}

const limit = v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)))
const budgetSchema = v.strictObject({
  tokens: limit,
  cost: limit,
  refusalsInARow: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
})

/** @throws TurnstateError `budget-invalid` */
export function checkBudget(budget: Budget, prices: Prices | undefined): void {
  if (!v.is(budgetSchema, budget))
    throw new TurnstateError(
      'budget-invalid',
      'A budget is { tokens, cost, refusalsInARow }, each a number above zero: with a budget of nothing, nothing could be sent. Leave out what has no limit.',
    )
  if (budget.cost !== undefined && prices === undefined)
    throw new TurnstateError(
      'budget-invalid',
      'A budget of cost needs the option "prices": nothing else tells what is spent.',
    )
}

/** The options that the chart itself goes by. */
export function settingsOf(options: ConversationOptions): Partial<ConversationSettings> {
  const { onStop, whenBusy, maxSteps, onTruncated, compaction, returnToModel, budget, prices } = options
  const { models: outageModels, ...retry } = options.retry ?? {}
  const given = {
    onStop,
    whenBusy,
    maxSteps,
    ...retry,
    outageModels: outageModels === undefined ? undefined : [options.model, ...outageModels],
    onTruncated: typeof onTruncated === 'object' ? 'continue' : onTruncated,
    maxContinuations: typeof onTruncated === 'object' ? onTruncated.continue : undefined,
    compactBy: compaction?.by,
    summariseWith: compaction?.instructions,
    returnAfter: typeof returnToModel === 'number' ? returnToModel : undefined,
    budget,
    prices,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const invalid = (message: string) => new TurnstateError('invalid-option', message)
