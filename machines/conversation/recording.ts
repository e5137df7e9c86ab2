// How the chart writes: an action names facts, they are folded into the view at once and wait in `unsaved` until
// the journal has them. What people are to be told about them waits in `unannounced`.
import { type Failure, isRejection, isTurnedDown } from '../../src/errors.ts'
import {
  evidenceIn,
  evidenceNames,
  type Fact,
  appendFacts,
  step,
  toolCallId,
  type Turn,
  type TurnStatus,
  unansweredCalls,
  type View,
} from '../../src/journal/index.ts'
import { callNotice, cancelledResult } from './calls.ts'
import type { ConversationContext, ConversationEmitted, FinishedReply, PartialReply } from './conversation.types.ts'
import { afterCompaction } from './compactions.ts'
import { compactionFailed, interrupted } from './failures.ts'
import { asBefore } from './rejections.ts'
import { hasRunTools, saysSomething } from './worth-keeping.ts'

/** The context with these facts recorded. */
export function recorded(
  context: ConversationContext,
  facts: readonly Fact[],
  ...announcements: readonly ConversationEmitted[]
): ConversationContext {
  const { view, stored } = appendFacts(context.view, facts)
  return {
    ...context,
    view,
    unsaved: [...context.unsaved, ...stored],
    unannounced: announcements.length > 0 ? [...context.unannounced, ...announcements] : context.unannounced,
  }
}

/** What is recorded of a reply, whole or cut. */
export const replyFact = (
  turnId: string,
  attempt: number,
  { model, promptHash, content, stopReason, usage, ...rest }: RecordedReply,
): Fact => ({
  type: 'reply.recorded',
  turnId,
  attempt,
  model,
  promptHash,
  content,
  stopReason,
  usage,
  ...pick(rest, optionalOfReply),
})

const optionalOfReply = [
  'requestedModel',
  'structured',
  'container',
  'servedAfterRefusal',
  'iterations',
  'fallbackCredit',
  ...evidenceNames,
] as const

/** Those of the fields that are there: facts are JSON, and know no `undefined`. */
function pick<T extends object, Key extends keyof T>(from: T, keys: readonly Key[]): Partial<Pick<T, Key>> {
  const picked: Partial<Pick<T, Key>> = {}
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key]
  return picked
}

type RecordedReply = Omit<FinishedReply, 'stopReason'> & { readonly stopReason: string | null }

/** How a tool call ended, and its result. */
export interface Ending {
  readonly status: Exclude<TurnStatus, 'completed' | 'refused'>
  readonly failure?: Failure
  readonly partial?: PartialReply | undefined
  /** Another turn takes its place at once. */
  readonly isReplaced?: boolean
}

/** Settles the open turn short of its goal, with what there is of its last reply. */
export function cutShort(context: ConversationContext, given: Ending): ConversationContext {
  const { open } = context.view
  if (!open) return context
  const ending = open.kind === 'compaction' ? ofCompaction(context, open, given) : given
  const { partial } = ending
  const replies: readonly Fact[] =
    partial && partial.content.length > 0 ? [replyFact(open.id, context.attempt, { ...partial, stopReason: null })] : []
  // The last request was not taken: what was said before it would not be, either.
  const isRejected = context.view.rejections.rejected.at(-1)?.lossless === false
  const settled: Fact = {
    type: 'turn.settled',
    turnId: open.id,
    status: ending.status,
    kept:
      context.settings.onStop === 'keep' &&
      open.kind !== 'compaction' &&
      (isRejected || isUnsendable(ending.failure)
        ? hasRunTools(context.view)
        : saysSomething(replies.reduce(step, context.view))),
    ...(ending.failure ? { failure: ending.failure } : {}),
    ...(ending.isReplaced ? { isReplaced: true } : {}),
    ...(partial && replies.length === 0
      ? {
          ...evidenceIn(partial),
          usage: partial.usage,
          ...(partial.model === context.view.model ? {} : { model: partial.model }),
          ...(partial.iterations ? { iterations: partial.iterations } : {}),
        }
      : {}),
  }
  const announcement: ConversationEmitted =
    ending.status === 'stopped'
      ? { type: 'turn.stopped', turnId: open.id }
      : { type: 'turn.failed', turnId: open.id, failure: ending.failure ?? interrupted }
  const cancelled = unansweredCalls(context.view)
    .filter((call) => isUnderWay(context.view, toolCallId(call) ?? ''))
    .map((call): ConversationEmitted => {
      const { input: _, ...notice } = callNotice(context.view, toolCallId(call) ?? '')
      return { type: 'toolCall.settled', ...notice, status: 'cancelled', result: cancelledResult(notice.callId) }
    })
  const back = isRejected || (ending.failure && isTurnedDown(ending.failure)) ? wayBack(context.view) : []
  const fields = partial ? fieldsFacts(context.view, partial) : []
  // What the tools did stands, and a line says so until it is known whether more can be sent.
  const aside: readonly Fact[] =
    isRejected && settled.kept ? [{ type: 'context.setAside', turnId: open.id, parts: [`turn:${open.id}`] }] : []
  return {
    ...recorded(
      context,
      [...fields, ...replies, ...asBefore(context.view), settled, ...aside, ...back],
      ...cancelled,
      announcement,
      ...back,
    ),
    failure: ending.failure ?? null,
  }
}

/** A compaction that came to nothing says so, and is over for now as long as something follows it. */
function ofCompaction({ view, settings }: ConversationContext, open: Turn, ending: Ending): Ending {
  const { status, failure } = ending
  if (status !== 'failed' || !failure) return ending
  const isReplaced = afterCompaction(view, open, settings, failure.code).length > 0
  return { ...ending, failure: compactionFailed(failure), isReplaced }
}

/** The API did not take the request as it is: with the turn in the history, it might take none any more. */
const isUnsendable = (failure: Failure | undefined): boolean => failure !== undefined && isRejection(failure)

/** A model that was gone to and that takes nothing would fail every message from now on. */
function wayBack({ away, model }: View): readonly ModelSwitch[] {
  return away?.turns === 0 ? [{ type: 'model.switched', from: model, to: away.from, cause: 'return' }] : []
}

/** What the model took, where that is news: later, it tells what changed since. */
export function fieldsFacts(
  { open, model, rejections }: View,
  { fields = {} }: Pick<FinishedReply, 'fields'>,
): readonly Fact[] {
  const known = Object.hasOwn(rejections.accepted, model) ? rejections.accepted[model] : undefined
  const names = Object.keys(fields)
  const isNews = known
    ? names.length !== Object.keys(known).length || names.some((name) => known[name] !== fields[name])
    : names.length > 0
  return open && isNews ? [{ type: 'fields.accepted', turnId: open.id, model, fields }] : []
}

type ModelSwitch = Extract<Fact, { type: 'model.switched' }>

/** People know of the call. */
const isUnderWay = (view: View, callId: string): boolean =>
  view.startedCalls.includes(callId) || view.awaitingApproval.includes(callId) || view.awaitingAnswer.includes(callId)
