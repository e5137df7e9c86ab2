import * as v from 'valibot'
import type { Budget, ConversationSettings } from '../../machines/index.ts'
import { checkRequestFields } from '../claude/request-fields.ts'
import { type Clock, longestTimer } from '../clock.ts'
import { closestName, didYouMean } from '../did-you-mean.ts'
import type { InspectorOrListener } from '../observe/inspector.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import { overflowPolicies, type Prices } from '../journal/index.ts'
import {
  asksInstead,
  checkOnRefusal,
  entryOf,
  fallbackEntries,
  type ModelEntry,
  modelEntry,
} from '../refusals/policy.ts'
import { checkOnRejection } from '../rejections/policy.ts'
import { entriesByModel } from './model-entries.ts'
import type { ConversationOptions, Logger, StoreOptions } from './options.ts'

const isFunction = v.custom<unknown>((value) => typeof value === 'function', 'a function')
const isInspect = v.custom<InspectorOrListener>(
  (value) =>
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null && 'attach' in value && typeof value.attach === 'function'),
  'a function, or an inspector: await startInspector() first',
)
const isClock = v.custom<Clock>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'setTimeout' in value &&
    typeof value.setTimeout === 'function' &&
    'clearTimeout' in value &&
    typeof value.clearTimeout === 'function',
  'a clock, with setTimeout and clearTimeout',
)
const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least))
const ms = v.pipe(v.number(), v.minValue(0), v.maxValue(longestTimer))
const timeout = v.pipe(v.number(), v.minValue(1), v.maxValue(longestTimer))
const name = v.pipe(v.string(), v.trim(), v.minLength(1))
const amount = v.pipe(v.number(), v.finite(), v.minValue(0))
const amounts = v.optional(v.record(v.string(), amount))
const loggerMethods = v.looseObject({ warn: isFunction, error: isFunction })

const schema = v.strictObject({
  source: isFunction,
  model: name,
  // 0 is allowed: it only fills the cache.
  maxTokens: count(0),
  id: v.optional(v.pipe(v.string(), v.minLength(1))),
  // Their content is not checked here: it is repaired, and each repair is reported.
  messages: v.optional(v.array(v.unknown())),
  request: v.optional(v.record(v.string(), v.unknown())),
  onRefusal: v.optional(v.unknown()),
  onRejection: v.optional(v.unknown()),
  onStop: v.optional(v.picklist(['keep', 'drop'])),
  whenBusy: v.optional(v.picklist(['reject', 'queue', 'interrupt'])),
  retry: v.optional(
    v.strictObject({
      maxAttempts: v.optional(count(1)),
      baseDelay: v.optional(ms),
      maxDelay: v.optional(ms),
      maxRetryAfter: v.optional(ms),
      models: v.optional(v.array(modelEntry)),
    }),
  ),
  idleTimeout: v.optional(timeout),
  silenceTimeout: v.optional(timeout),
  replyTimeout: v.optional(timeout),
  decideTimeout: v.optional(timeout),
  openTimeout: v.optional(timeout),
  loadTimeout: v.optional(timeout),
  saveTimeout: v.optional(timeout),
  saveRetry: v.optional(timeout),
  closeTimeout: v.optional(timeout),
  maxSteps: v.optional(count(1)),
  tools: v.optional(v.array(v.unknown())),
  toolLimit: v.optional(count(1)),
  onTruncated: v.optional(v.union([v.picklist(['stop', 'continue']), v.strictObject({ continue: count(1) })])),
  onOverflow: v.optional(v.union([v.picklist(overflowPolicies), isFunction])),
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
        cacheWrite1h: v.optional(amount),
        webSearch: v.optional(amount),
        tools: amounts,
        factors: v.optional(v.strictObject({ serviceTier: amounts, speed: amounts, inferenceGeo: amounts })),
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
  inspect: v.optional(v.union([isInspect, v.array(isInspect)])),
  inspectActors: v.optional(isFunction),
  clock: v.optional(isClock),
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
  try {
    checkEach(options)
  } catch (cause) {
    if (TurnstateError.is(cause)) throw cause
    throw invalid(`The options can't be read: ${messageOf(cause)}.`, cause)
  }
}

function checkEach(options: ConversationOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('createConversation needs an object of options.')
  if ('store' in options)
    throw invalid('createConversation() keeps a conversation in memory. Use `await openConversation({ store, … })`.')
  const { success, issues } = v.safeParse(schema, options)
  if (!success) {
    const at = v.getDotPath(issues[0])
    if (issues[0].type === 'strict_object' && issues[0].expected === 'never' && at !== null)
      throw invalid(
        `There is no option "${at}".${meant(at)} Fields of the API, such as "system" or "thinking", go into the option "request".`,
      )
    if (at === 'source')
      throw invalid('The option "source" must be a message source: claude(new Anthropic()), or a function of your own.')
    throw invalid(at === null ? issues[0].message : `The option "${at}" does not fit: ${issues[0].message}.`)
  }
  if (options.request) checkRequestFields(options.request)
  if (options.request?.tools && options.tools)
    throw invalid('The tools are given twice: by the option "tools" and as "request.tools". Keep the first.')
  if (options.onRefusal !== undefined) checkOnRefusal(options.onRefusal, options.model)
  if (options.onRejection !== undefined) checkOnRejection(options.onRejection)
  checkModelsOnce(
    'serverFallbacks',
    options.model,
    listOf(options.serverFallbacks).map((entry) => entry.model),
  )
  checkModelsOnce(
    'retry.models',
    options.model,
    (options.retry?.models ?? []).map((entry) => entryOf(entry).model),
  )
  entriesByModel(goOnEntries(options))
  if (options.budget !== undefined) checkBudget(options.budget, options.prices)
}

/** Suggests the option with the most similar name. Empty if none is similar. */
function meant(at: string): string {
  const [outer = '', inner] = at.split('.')
  if (inner === undefined) return didYouMean(outer, Object.keys(schema.entries))
  const group = Object.entries(schema.entries).find(([option]) => option === outer)?.[1]
  const names = group && 'wrapped' in group && 'entries' in group.wrapped ? Object.keys(group.wrapped.entries) : []
  const closest = closestName(inner, names)
  return closest === null ? '' : ` Did you mean "${outer}.${closest}"?`
}

const listOf = <T>(value: 'default' | readonly T[] | undefined): readonly T[] =>
  value === undefined || typeof value === 'string' ? [] : value

function checkModelsOnce(option: string, model: string, others: readonly string[]): void {
  const twice = others.find((other, index) => other === model || others.indexOf(other) < index)
  if (twice !== undefined)
    throw new TurnstateError(
      'fallback-same-model',
      `The option "${option}" names ${twice} twice, or it is the conversation's own model. Name each other model once.`,
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
      'A budget must be { tokens, cost, refusalsInARow }, each a number above zero. Leave out what has no limit.',
    )
  if (budget.cost !== undefined && prices === undefined)
    throw new TurnstateError('budget-invalid', 'A budget with `cost` needs the option "prices".')
}

/** The models that a conversation may switch to: those for refusals first, then those for outages. */
export const goOnEntries = ({
  onRefusal,
  retry,
}: Pick<ConversationOptions, 'onRefusal' | 'retry'>): readonly ModelEntry[] => [
  ...fallbackEntries(onRefusal),
  ...(retry?.models ?? []).map(entryOf),
]

/** The most milliseconds of a whole reply. The chart waits for a minute longer. */
export const replyTimeoutOf = ({ replyTimeout = 3_600_000 }: Pick<ConversationOptions, 'replyTimeout'>): number =>
  Math.min(replyTimeout, longestTimer - 60_000)

/** The options that the chart uses. */
export function settingsOf(
  options: ConversationOptions & Pick<Partial<StoreOptions>, 'onInterrupted'> & { readonly isLeased: boolean },
): Partial<ConversationSettings> {
  const { onStop, whenBusy, maxSteps, onTruncated, compaction, returnToModel, budget, prices } = options
  const { models, ...retry } = options.retry ?? {}
  const outageModels = models?.map((entry) => entryOf(entry).model)
  const given = {
    onStop,
    whenBusy,
    maxSteps,
    ...retry,
    outageModels: outageModels === undefined ? undefined : [options.model, ...outageModels],
    onTruncated: typeof onTruncated === 'object' ? 'continue' : onTruncated,
    maxContinuations: typeof onTruncated === 'object' ? onTruncated.continue : undefined,
    compactBy: compaction?.by,
    compactionModels: [...new Set(goOnEntries(options).map((entry) => entry.model))],
    summariseWith: compaction?.instructions,
    resendRefused: options.resendRefused,
    onInterrupted: options.onInterrupted,
    // Another process may open it then.
    onClose: options.isLeased ? ('keep' as const) : undefined,
    asksInstead: options.onRefusal === undefined ? undefined : asksInstead(options.onRefusal),
    returnAfter: typeof returnToModel === 'number' ? returnToModel : undefined,
    // Copies, so that later changes to the app's objects have no effect.
    budget: budget && { ...budget },
    prices: prices && structuredClone(prices),
    toolLimit: options.toolLimit,
    openTimeout: options.openTimeout,
    // The stream actor gives up first, and hands over what it has of the reply; this delay is for one that hangs.
    replyTimeout: replyTimeoutOf(options) + 60_000,
    decideTimeout: options.decideTimeout,
    loadTimeout: options.loadTimeout,
    saveTimeout: options.saveTimeout,
    saveRetry: options.saveRetry,
    closeTimeout: options.closeTimeout,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const storeMethods = ['open', 'list', 'delete', 'follow', 'close'] as const

/** Checks what a conversation in a store takes beyond the other options. @throws TurnstateError `invalid-option` */
export function checkStoreOptions({ store, onInterrupted, lease, owner, takeOver }: StoreOptions): void {
  const methods: unknown = store
  if (
    typeof methods !== 'object' ||
    methods === null ||
    storeMethods.some((method) => typeof Reflect.get(methods, method) !== 'function')
  )
    throw invalid('The option "store" must be a store: memoryStore(), sqliteStore(path), or postgresStore(url).')
  const interrupted: unknown = onInterrupted
  if (interrupted !== undefined && interrupted !== 'settle' && interrupted !== 'resume')
    throw invalid('The option "onInterrupted" must be "settle" or "resume".')
  const tag: unknown = owner
  if (tag !== undefined && (typeof tag !== 'string' || tag === ''))
    throw invalid('The option "owner" must be a text that is not empty.')
  const time: unknown = lease
  if (time !== undefined && !(typeof time === 'number' && time >= 100 && time <= longestTimer))
    throw invalid(`The option "lease" must be a number of milliseconds from 100 to ${longestTimer}.`)
  const writer: unknown = takeOver
  if (writer !== undefined && !(Number.isSafeInteger(writer) && Number(writer) >= 0))
    throw invalid('The option "takeOver" must be the writer of a listing: a whole number.')
}

const invalid = (message: string, cause?: unknown) => new TurnstateError('invalid-option', message, { cause })
