// The actions of the chart: what is recorded, what is sent to the journal, what people are told.
import { assign, enqueueActions } from 'xstate'
import type { Failure } from '../../src/errors.ts'
import {
  type Block,
  type Decision,
  type Fact,
  findTurn,
  type Refusal,
  type ResetPolicy,
  type Usage,
  type View,
} from '../../src/journal/index.ts'
import { conversationSetup } from './conversation.setup.ts'
import type {
  ConversationContext,
  ConversationEmitted,
  ConversationEvent,
  FinishedReply,
  PartialReply,
  RejectReason,
  UserSend,
} from './conversation.types.ts'
import { cutShort, interrupted, recorded, replyFact, resetByPolicy, retryableTurn, turnFor } from './recording.ts'

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
  return [{ type: 'turn.refused', turnId, refusal, usage, policy, nothingLeft: view.head === null }]
}

const journalSilent: Failure = {
  code: 'journal-write-failed',
  message: 'The journal has not answered in time. What happened is kept and will be stored when it does.',
}

const firstAttempt = () => ({ attempt: 1, failure: null, retryAfter: null })

export const words = conversationSetup.extend({
  actions: {
    openTurn: record<UserSend>((context, event) => [turnFor(context.view, event)], firstAttempt),
    openQueued: record<undefined>(
      ({ view }) => view.queue.slice(0, 1).map((item) => turnFor(view, item)),
      firstAttempt,
    ),
    reopenTurn: record<{ turnId: string; at: number }>(({ view }, { turnId, at }) => {
      const turn = retryableTurn(view)
      return turn
        ? [{ type: 'turn.opened', turnId, parent: turn.parent, input: turn.input, at, replaces: turn.id }]
        : []
    }, firstAttempt),

    recordReply: record<FinishedReply>(({ view, attempt }, reply) =>
      view.open ? [replyFact(view.open.id, attempt, reply)] : [],
    ),
    recordResults: record<{ results: readonly Block[] }>(
      ({ view }, { results }) => (view.open ? [{ type: 'toolResults.recorded', turnId: view.open.id, results }] : []),
      firstAttempt,
    ),
    settleCompleted: change<undefined>((context) => {
      const { open } = context.view
      if (!open) return {}
      const fact: Fact = { type: 'turn.settled', turnId: open.id, status: 'completed', kept: true }
      return { ...recorded(context, [fact], { type: 'turn.completed', turnId: open.id }), failure: null }
    }),
    settleStopped: change<{ partial?: PartialReply | undefined }>((context, { partial }) =>
      cutShort(context, { status: 'stopped', partial }),
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

    noteFailure: change<{ failure: Failure }>((_, { failure }) => ({
      failure,
      retryAfter: failure.retryAfter ?? null,
    })),
    /** What failed before is over; only the last attempt's failure is the turn's. */
    countAttempt: change<undefined>(({ attempt }) => ({ attempt: attempt + 1, failure: null, retryAfter: null })),

    enqueue: record<UserSend>((_, { turnId, input, at, metadata }) => [
      { type: 'input.queued', turnId, input, at, ...(metadata ? { metadata } : {}) },
    ]),
    withdraw: record<{ turnId: string }>((_, { turnId }) => [{ type: 'input.withdrawn', turnId }]),
    releaseQueue: record<undefined>(() => [{ type: 'queue.released' }]),
    switchModel: record<{ model: string }>(({ view }, { model }) => [
      { type: 'model.switched', from: view.model, to: model, cause: 'user' },
    ]),

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

    /** Tells what is stored by now. */
    announce: conversationSetup.enqueueActions(({ context, enqueue }) => {
      for (const announcement of context.unannounced) enqueue.emit(announcement)
      enqueue.assign({ unannounced: [] })
    }),
    announceUnsaved: tell(({ journalFailure }) =>
      journalFailure ? [{ type: 'journal.unsaved', failure: journalFailure }] : [],
    ),
    announceAttempt: tell(({ view: { open, model }, attempt }) =>
      open ? [{ type: 'attempt.started', turnId: open.id, attempt, model }] : [],
    ),
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
    announceModel: tell<{ model: string }>(({ view }, { model }) => [
      { type: 'model.switched', from: view.model, to: model, cause: 'user' },
    ]),
    reject: tell<{ turnId: string; reason: RejectReason }>((_, { turnId, reason }) => [
      { type: 'send.rejected', turnId, reason },
    ]),
  },
})
