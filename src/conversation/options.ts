import * as v from 'valibot'
import type { InspectionEvent } from 'xstate'
import type { ConversationSettings, OnStop, WhenBusy } from '../../machines/index.ts'
import type { MessageSource } from '../actors/message-source.ts'
import { checkRequestFields, type RequestFields } from '../claude/request-fields.ts'
import type { MessageParam } from '../claude/sdk-types.ts'
import type { Clock } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { MessagesForUsers } from '../refusals/messages-for-users.ts'
import { checkOnRefusal, type OnRefusal } from '../refusals/policy.ts'

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
  /** Replies that one turn may take before it fails. Default 32. */
  readonly maxSteps?: number
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
const notYet = ['tools', 'budget', 'resendRefused', 'returnToModel', 'store'] as const

const isFunction = v.custom<unknown>((value) => typeof value === 'function', 'a function')
const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least))
const ms = v.pipe(v.number(), v.minValue(0))
const loggerMethods = v.looseObject({ warn: isFunction, error: isFunction })

const schema = v.strictObject({
  source: isFunction,
  model: v.pipe(v.string(), v.trim(), v.minLength(1)),
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
    }),
  ),
  idleTimeout: v.optional(v.pipe(v.number(), v.minValue(1))),
  maxSteps: v.optional(count(1)),
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

/** @throws TurnstateError `invalid-option`, `reserved-field`, `policy-invalid`, `not-available` */
export function checkOptions(options: ConversationOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('createConversation takes an object of options.')
  const early = notYet.find((name) => name in options)
  if (early !== undefined)
    throw new TurnstateError('not-available', `The option "${early}" is not available in this release. Leave it out.`)
  const { success, issues } = v.safeParse(schema, options)
  if (!success) {
    const at = v.getDotPath(issues[0])
    throw invalid(at === null ? issues[0].message : `The option "${at}" does not fit: ${issues[0].message}.`)
  }
  if (options.request) checkRequestFields(options.request)
  if (options.onRefusal !== undefined) checkOnRefusal(options.onRefusal)
}

/** The options that the chart itself goes by. */
export function settingsOf({ onStop, whenBusy, maxSteps, retry }: ConversationOptions): Partial<ConversationSettings> {
  const given = { onStop, whenBusy, maxSteps, ...retry }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const invalid = (message: string) => new TurnstateError('invalid-option', message)
