// The actions of the chart: what is recorded, what is sent to the journal, what people are told.
import { type ActorRefFrom, assign, enqueueActions, sendTo } from 'xstate'
import type { Failure } from '../../src/errors.ts'
import {
  type Block,
  type Decision,
  type Fact,
  findTurn,
  lastTurn,
  type Refusal,
  type ResetPolicy,
  suspects,
  type SwitchCause,
  type Turn,
  type Usage,
  type View,
} from '../../src/journal/index.ts'
import { conversationSetup } from './conversation.setup.ts'
import type {
  Budget,
  ConversationContext,
  ConversationEmitted,
  ConversationEvent,
  ConversationSettings,
  FinishedReply,
  PartialReply,
  RejectReason,
  ToolCallStatus,
  TurnBranch,
  UserSend,
} from './conversation.types.ts'
import { callNotice, resultFact } from './calls.ts'
import { cutShort, interrupted, recorded, replyFact } from './recording.ts'
import { resetByPolicy } from './resets.ts'
import {
  askedAgain,
  branchFacts,
  compactionFact,
  continuationFacts,
  overflowFact,
  resumptionFacts,
  retryableTurn,
  summaryFact,
  turnFor,
} from './turns.ts'
import type { runToolsSlot } from './slots.ts'
import { isOverBudget, overBudget } from './budget.ts'
import { nextOutageModel } from './outages.ts'

/** An action that changes the context, with the parameters that the arrow binds. */
const change = <Params extends object | undefined>(
  next: (context: ConversationContext, params: Params) => Partial<ConversationContext>,
) =>
  assign<ConversationContext, ConversationEvent, Params, ConversationEvent, never>(({ context }, params) =>
    next(context, params),
  )

/** An action that records facts. */
const record = <Params extends object | undefined>(
  facts: (context: ConversationContext, params: Params) => readonly Fact[],
  also: (context: ConversationContext) => Partial<ConversationContext> = () => ({}),
) => change<Params>((context, params) => ({ ...recorded(context, facts(context, params)), ...also(context) }))

/** An action that tells people something, at once. */
const tell = <Params extends object | undefined = undefined>(
  announcements: (context: ConversationContext, params: Params) => readonly ConversationEmitted[],
) =>
  enqueueActions<
    ConversationContext,
    ConversationEvent,
    Params,
    ConversationEvent,
    never,
    never,
    never,
    never,
    ConversationEmitted
  >(({ context, enqueue }, params) => {
    for (const announcement of announcements(context, params)) enqueue.emit(announcement)
  })

function refusalAnnouncement(view: View, policy: Decision | null): readonly ConversationEmitted[] {
  const turn = view.undecided === null ? undefined : findTurn(view, view.undecided)
  if (!turn?.refusal) return []
  const { id: turnId, refusal, usage } = turn
  return [
    {
      type: 'turn.refused',
      turnId,
      refusal,
      usage,
      policy,
      nothingLeft: view.head === null,
      suspects: suspects(view, turnId),
      compaction: turn.kind === 'compaction',
    },
  ]
}

const journalSilent: Failure = {
  code: 'journal-write-failed',
  message: 'The journal has not answered in time. What happened is kept and will be stored when it does.',
}

const firstAttempt = () => ({ attempt: 1, tries: 1, failure: null, retryAfter: null })

const attemptFailed = (
  { view, attempt }: ConversationContext,
  failure: Failure,
  partial: PartialReply | undefined,
): readonly Fact[] =>
  view.open
    ? [
        {
          type: 'attempt.failed',
          turnId: view.open.id,
          attempt,
          model: partial?.model ?? view.model,
          failure,
          ...(partial && partial.usage.inputTokens + partial.usage.outputTokens > 0 ? { usage: partial.usage } : {}),
        },
      ]
    : []

const noRoom: Failure = {
  code: 'context-window-exceeded',
  message: 'The context window has no room for the turn. compact() or clear() the conversation to go on.',
}

/** Settles the open turn, and opens another in its place: nothing has come of it for those who wait yet. */
function inItsPlace(
  context: ConversationContext,
  failure: Failure,
  opening: (view: View, settled: Turn, settings: ConversationSettings) => Fact,
): Partial<ConversationContext> {
  const settled = cutShort(context, { status: 'failed', failure, isReplaced: true })
  const turn = lastTurn(settled.view)
  return turn ? { ...recorded(settled, [opening(settled.view, turn, context.settings)]), ...firstAttempt() } : {}
}

const aborted: Failure = {
  code: 'aborted',
  message: 'The signal that came with the message aborted, so its turn was stopped. What was said of it stays.',
}

/** The model of the next request, told once it is stored. */
const switched = (context: ConversationContext, to: string, cause: SwitchCause): ConversationContext => {
  const from = context.view.model
  return recorded(context, [{ type: 'model.switched', from, to, cause }], { type: 'model.switched', from, to, cause })
}

export const words = conversationSetup.extend({
  actions: {
    openTurn: record<UserSend>((context, event) => [turnFor(context.view, event)], firstAttempt),
    openQueued: record<undefined>(
      ({ view }) => view.queue.slice(0, 1).map((item) => turnFor(view, item)),
      firstAttempt,
    ),
    reopenTurn: record<{ turnId: string; at: number }>(({ view }, { turnId, at }) => {
      const turn = retryableTurn(view)
      return turn ? [{ ...askedAgain(turn, { turnId, at, parent: turn.parent }), replaces: turn.id }] : []
    }, firstAttempt),
    openBranch: record<TurnBranch>(({ view }, event) => branchFacts(view, event), firstAttempt),
    openContinuation: record<undefined>(({ view, settings }) => continuationFacts(view, settings), firstAttempt),
    openCompaction: record<{ turnId: string; at: number }>(
      ({ view, settings }, { turnId, at }) => [compactionFact({ turnId, at, parent: view.head }, settings)],
      firstAttempt,
    ),
    openCompactionForOverflow: change<undefined>((context) =>
      inItsPlace(context, context.failure ?? noRoom, overflowFact),
    ),
    openSummary: change<{ failure: Failure }>((context, { failure }) => inItsPlace(context, failure, summaryFact)),
    openResumption: record<undefined>(({ view, settings }) => resumptionFacts(view, settings), firstAttempt),

    recordReply: record<FinishedReply>(({ view, attempt }, reply) =>
      view.open ? [replyFact(view.open.id, attempt, reply)] : [],
    ),
    /** Another request of the same turn: after tools, or after a pause of the API's. */
    nextReply: change<undefined>(({ attempt }) => ({
      attempt: attempt + 1,
      tries: 1,
      failure: null,
      retryAfter: null,
    })),

    recordCall: change<{ callId: string; needs: 'approval' | 'answer' }>((context, { callId, needs }) => {
      const { open } = context.view
      if (!open) return {}
      const notice = callNotice(context.view, callId)
      return needs === 'approval'
        ? recorded(context, [{ type: 'approval.requested', turnId: open.id, callId }], {
            type: 'toolCall.approvalRequested',
            ...notice,
          })
        : recorded(context, [{ type: 'answer.requested', turnId: open.id, callId }], {
            type: 'toolCall.answerRequested',
            ...notice,
          })
    }),
    recordDecision: record<{ callId: string; approved: boolean; reason?: string | undefined }>(
      ({ view }, { callId, approved, reason }) =>
        view.open
          ? [
              {
                type: 'approval.decided',
                turnId: view.open.id,
                callId,
                approved,
                ...(reason === undefined ? {} : { reason }),
              },
            ]
          : [],
    ),
    recordResult: change<{ callId: string; status: ToolCallStatus; result: Block }>(
      (context, { callId, status, result }) => {
        const { input: _, ...notice } = callNotice(context.view, callId)
        return recorded(context, resultFact(context.view, result), {
          type: 'toolCall.settled',
          ...notice,
          status,
          result,
        })
      },
    ),
    settleCompleted: change<undefined>((context) => {
      const { open } = context.view
      if (!open) return {}
      const fact: Fact = { type: 'turn.settled', turnId: open.id, status: 'completed', kept: true }
      const told: readonly ConversationEmitted[] = [
        ...(open.kind === 'compaction' ? [{ type: 'context.compacted', turnId: open.id } as const] : []),
        { type: 'turn.completed', turnId: open.id },
      ]
      return { ...recorded(context, [fact], ...told), failure: null }
    }),
    settleStopped: change<{ partial?: PartialReply | undefined; cause?: 'aborted' | undefined }>(
      (context, { partial, cause }) =>
        cutShort(context, { status: 'stopped', partial, ...(cause === 'aborted' ? { failure: aborted } : {}) }),
    ),
    /** The turn is over for now: what makes room for it takes its place. */
    noteOverflow: change<{ failure: Failure }>((_, { failure }) => ({ failure })),
    settleOverflowed: change<undefined>((context) =>
      cutShort(context, { status: 'failed', failure: context.failure ?? noRoom }),
    ),
    settleOverBudget: change<undefined>((context) =>
      cutShort(context, { status: 'failed', failure: overBudget(context) }),
    ),
    settleFailed: change<{ failure: Failure; partial?: PartialReply | undefined }>((context, { failure, partial }) =>
      cutShort(context, { status: 'failed', failure, partial }),
    ),
    settleInterrupted: change<undefined>((context) =>
      cutShort(context, { status: 'interrupted', failure: interrupted }),
    ),

    /** Settles the open turn as refused. Nothing of its last reply is recorded, here or anywhere. */
    quarantine: record<{ refusal: Refusal; usage: Usage }>(({ view }, { refusal, usage }) =>
      view.open ? [{ type: 'turn.settled', turnId: view.open.id, status: 'refused', kept: false, refusal, usage }] : [],
    ),
    resetContext: change<{ policy: ResetPolicy }>((context, { policy }) => resetByPolicy(context, policy, 'refusal')),
    clearContext: change<undefined>((context) => ({ ...resetByPolicy(context, 'clear', 'clear'), failure: null })),

    noteFailure: change<{ failure: Failure; partial?: PartialReply | undefined }>((context, { failure, partial }) => ({
      ...recorded(context, attemptFailed(context, failure, partial)),
      failure,
      retryAfter: failure.retryAfter ?? null,
    })),
    /** What failed before is over; only the last attempt's failure is the turn's. */
    countAttempt: change<undefined>(({ attempt, tries }) => ({
      attempt: attempt + 1,
      tries: tries + 1,
      failure: null,
      retryAfter: null,
    })),
    stripThinking: record<undefined>(({ view }) =>
      view.open ? [{ type: 'thinking.stripped', turnId: view.open.id }] : [],
    ),
    goToNextModel: change<undefined>((context) => {
      const { view, settings } = context
      const to = nextOutageModel(view.model, settings.outageModels)
      return to === undefined ? {} : switched(context, to, 'outage')
    }),
    returnToModel: change<undefined>((context) => {
      const { away } = context.view
      return away ? switched(context, away.from, 'return') : {}
    }),
    switchHead: change<{ to: string; force?: boolean | undefined }>((context, { to, force }) => {
      const from = context.view.head
      return recorded(
        context,
        [{ type: 'head.moved', from, to, cause: 'switch', withdrawn: [], ...(force ? { force } : {}) }],
        { type: 'head.switched', from, to },
      )
    }),
    setBudget: change<{ budget: Budget }>(({ settings }, { budget }) => ({ settings: { ...settings, budget } })),

    enqueue: record<UserSend>((_, { turnId, input, at, metadata }) => [
      { type: 'input.queued', turnId, input, at, ...(metadata ? { metadata } : {}) },
    ]),
    withdraw: record<{ turnId: string }>((_, { turnId }) => [{ type: 'input.withdrawn', turnId }]),
    releaseQueue: record<undefined>(() => [{ type: 'queue.released' }]),
    switchModel: change<{ model: string }>((context, { model }) => switched(context, model, 'user')),

    /** Sends the journal everything that it has not acknowledged. */
    save: conversationSetup.enqueueActions(({ context, enqueue }) => {
      if (context.unsaved.length === 0) return
      enqueue.sendTo('journal', {
        type: 'journal.append',
        facts: context.unsaved,
        expected: context.view.revision - context.unsaved.length,
      })
    }),
    markSaved: change<{ revision: number }>(({ view, unsaved }, { revision }) => ({
      unsaved: unsaved.slice(Math.max(0, unsaved.length - Math.max(0, view.revision - revision))),
      journalFailure: null,
    })),
    noteJournalFailure: change<{ failure: Failure }>((_, { failure }) => ({ journalFailure: failure })),

    noteUnsaved: change<undefined>(({ journalFailure }) => ({ journalFailure: journalFailure ?? journalSilent })),

    announceUnsaved: tell(({ journalFailure }) =>
      journalFailure ? [{ type: 'journal.unsaved', failure: journalFailure }] : [],
    ),
    /** Tells what is stored by now. */
    announce: conversationSetup.enqueueActions(({ context, enqueue, check }) => {
      if (!check('isSaved')) return
      for (const announcement of context.unannounced) enqueue.emit(announcement)
      enqueue.assign({ unannounced: [] })
    }),
    /** Tells the tools what people decided, once it is stored. They know what they were told before. */
    forwardDecisions: conversationSetup.enqueueActions(({ context, enqueue }) => {
      if (context.unsaved.length > 0) return
      for (const { callId, approved, reason } of context.view.decisions)
        enqueue.sendTo(
          'tools',
          approved
            ? { type: 'call.approve', callId }
            : { type: 'call.deny', callId, ...(reason === undefined ? {} : { reason }) },
        )
    }),
    forwardAnswer: sendTo<
      ConversationContext,
      ConversationEvent,
      { callId: string; result: Block },
      ActorRefFrom<typeof runToolsSlot>,
      ConversationEvent
    >('tools', (_, { callId, result }) => ({ type: 'call.answer', callId, result })),
    saveLater: conversationSetup.raise({ type: 'journal.retry' }, { delay: 'saveRetry', id: 'saveLater' }),
    checkBudget: conversationSetup.enqueueActions(({ enqueue, check }) => {
      if (check('isOverBudget')) enqueue.raise({ type: 'budget.exceeded' })
    }),
    announceAttempt: tell((context) => {
      const { view, attempt } = context
      // Over budget, nothing is asked.
      return view.open && !isOverBudget(context)
        ? [{ type: 'attempt.started', turnId: view.open.id, attempt, model: view.model }]
        : []
    }),
    announceCall: tell<{ callId: string }>(({ view }, { callId }) => [
      { type: 'toolCall.started', ...callNotice(view, callId) },
    ]),
    announceStripped: tell(({ view: { open } }) => (open ? [{ type: 'thinking.stripped', turnId: open.id }] : [])),
    announceRetraction: tell<{ shown: boolean; cause: 'refusal' | 'retry' }>(
      ({ view: { open }, attempt }, { shown, cause }) =>
        open && shown ? [{ type: 'retracted', turnId: open.id, attempt, cause }] : [],
    ),
    announceRetry: tell(({ view: { open }, attempt, failure, retryAfter }) =>
      open && failure ? [{ type: 'retry.scheduled', turnId: open.id, attempt: attempt + 1, failure, retryAfter }] : [],
    ),
    announceRefusal: tell<{ policy: Decision | null }>(({ view }, { policy }) => refusalAnnouncement(view, policy)),
    /** A conversation that closes tells of the refusal that nobody decided. */
    noteUndecided: change<undefined>(({ view, unannounced }) => ({
      unannounced: [...unannounced, ...refusalAnnouncement(view, null)],
    })),
    announceQueued: tell<{ turnId: string }>((_, { turnId }) => [{ type: 'input.queued', turnId }]),
    announceWithdrawn: tell<{ turnId: string }>((_, { turnId }) => [{ type: 'input.withdrawn', turnId }]),
    reject: tell<{ turnId: string; reason: RejectReason }>((_, { turnId, reason }) => [
      { type: 'send.rejected', turnId, reason },
    ]),
  },
})
