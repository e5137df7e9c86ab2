// A conversation's actor at work, and those who are told of it.
import { createActor } from 'xstate'
import { backoff, type ConversationEvent, conversationMachine, type DeclineReason } from '../../machines/index.ts'
import { decideOverflow } from '../rejections/decide-overflow.ts'
import { decideRejection } from '../rejections/decide-rejection.ts'
import { decide } from '../refusals/decide-refusal.ts'
import { memoryJournal } from './memory-journal.ts'
import type { Requested } from '../source/message-source.ts'
import { RefusedRequests } from '../refusals/refused-requests.ts'
import { streamReply } from '../reply/stream-reply.ts'
import { TurnstateError } from '../errors.ts'
import { attach, inspectorsOf } from '../observe/inspector.ts'
import { registerInternals, type ConversationInternals, Observers } from '../observe/internals.ts'
import { defaultLadder, type Fact, isTaken, present } from '../journal/index.ts'
import { messageForUser, messagesForUsers } from '../refusals/messages-for-users.ts'
import { usesFallback } from '../refusals/policy.ts'
import { stateName } from '../state-name.ts'
import { runTools } from '../tools/run-tools.ts'
import type { Conversation } from './conversation-interface.ts'
import { DraftReader } from './draft-reader.ts'
import type { Environment } from './environment.ts'
import type { ConversationNotice } from './events.ts'
import { guardedObserver, guardOf } from './guarded-callbacks.ts'
import { Listeners } from './listeners.ts'
import { goOnEntries, settingsOf } from './check-options.ts'
import { modelRequests } from './model-requests.ts'
import type { ConversationOptions } from './options.ts'
import { Outbox } from './outbox.ts'
import { type ConversationSnapshot, statusOf } from './projections.ts'
import type { Prompt } from './prompt.ts'
import { watchStates } from './state-changes.ts'
import { Subscribers } from './subscribers.ts'
import { busyMessage, TurnTracker, undecidedMessage } from './turn-tracker.ts'
import type { Turn } from './turn.ts'

/** What was given up, by what it was to decide. */
const givenUp = {
  refusal: 'The rephrase function took longer than decideTimeout, so the refused turn was dropped.',
  rejection: 'The onRejection function took longer than decideTimeout, so what is to blame is left out, as by default.',
  overflow: 'The onOverflow function took longer than decideTimeout, so the turn is not compacted for.',
} as const

/** A timer that is set to more fires at once. */
const longestTimer = 2 ** 31 - 1

export interface RunningOptions extends ConversationOptions {
  readonly id: string
  readonly prompt: Prompt
  readonly environment: Environment
  /** Facts that the conversation begins with, after its creation. */
  readonly seed: readonly Fact[]
}

export type Running = ReturnType<typeof runConversation>

/** Fills the chart's slots with what the options say, starts it, and follows it. */
export function runConversation(options: RunningOptions) {
  const { prompt, environment, onRefusal = defaultLadder } = options
  const { reporter, clock, now } = environment
  const { report } = reporter
  const replyTimeout = Math.min(options.replyTimeout ?? 3_600_000, longestTimer - 60_000)
  const refusedRequests = new RefusedRequests(clock)
  const requestTo = modelRequests({ ...options, entries: goOnEntries(options) })
  const adapted = new Set<string>()
  const journal = memoryJournal()
  const observers = new Observers()

  const machine = conversationMachine.provide({
    actors: {
      journal: journal.actor,
      streamReply: streamReply({
        source: options.source,
        onRequest: (requested) => {
          observers.requested(requested)
          tellAdapted(requested)
        },
        clock,
        idleTimeout: options.idleTimeout ?? 60_000,
        silenceTimeout: options.silenceTimeout ?? 600_000,
        replyTimeout,
        maxTokens: options.maxTokens,
        forModel: requestTo,
        get target() {
          return prompt.target
        },
        get fields() {
          return prompt.fields
        },
        betas: options.betas ?? {},
        refusedRequests: usesFallback(onRefusal) ? refusedRequests : undefined,
        // A list is for the model that it was given with: the API permits each model others.
        get fallbacks() {
          const { serverFallbacks } = options
          return serverFallbacks === 'default' || view().model === options.model ? serverFallbacks : undefined
        },
      }),
      runTools: runTools({ tools: () => prompt.tools, limit: options.toolLimit ?? 8, onError: report }),
      decide: decide({
        onRefusal,
        onError: (cause) => reporter.error('The rephrase function failed; the refused turn was dropped.', cause),
      }),
      decideRejection: decideRejection({
        onRejection: options.onRejection ?? 'repair',
        onError: (cause) =>
          reporter.error('The onRejection function failed; what is to blame is left out, as by default.', cause),
      }),
      decideOverflow: decideOverflow({
        onOverflow: options.onOverflow ?? 'fail',
        onError: (cause) => reporter.error('The onOverflow function failed; so did the turn.', cause),
      }),
    },
    delays: {
      // Jitter keeps clients that failed together from coming back together.
      retryBackoff: ({ context }) => context.retryAfter ?? backoff(context) * (1 - Math.random() / 4),
      // The stream actor gives up first, with what there is of the reply; this is for one that hangs.
      replyTimeout: replyTimeout + 60_000,
      ...present('decideTimeout', options.decideTimeout),
      ...present('openTimeout', options.openTimeout),
      ...present('loadTimeout', options.loadTimeout),
      ...present('saveTimeout', options.saveTimeout),
      ...present('saveRetry', options.saveRetry),
      ...present('closeTimeout', options.closeTimeout),
      // Each call has a time of its own; this is for what hangs in spite of it, with all of them one after the other.
      toolTimeout: ({ context }) =>
        Math.min(
          (prompt.tools.longestTimeout + 10_000) * (context.view.open?.steps.at(-1)?.content.length ?? 1),
          longestTimer,
        ),
    },
    ...(typeof options.returnToModel === 'function'
      ? { guards: { isDueToReturn: guardOf(options.returnToModel, report) } }
      : {}),
  })
  const actor = createActor(machine, {
    clock,
    ...(options.inspectActors ? { inspect: guardedObserver(options.inspectActors, report) } : {}),
    input: { id: options.id, model: options.model, at: now(), seed: options.seed, settings: settingsOf(options) },
  })

  const snapshot = () => actor.getSnapshot()
  const view = () => snapshot().context.view
  const tracker = new TurnTracker({
    view,
    messageForUser: (category) => messageForUser(category, options.messagesForUsers ?? messagesForUsers),
    parse: (text) => prompt.parse(text),
  })
  const listeners = new Listeners<ConversationNotice>(report)
  const subscribers = new Subscribers(clock, report)
  const outbox = new Outbox((cause) => report(internalFault(cause)))
  const reader = new DraftReader(actor, {
    delta: (delta) => {
      outbox.flush()
      tracker.hear(delta)
      listeners.tell(delta)
      subscribers.tellNextFrame()
    },
    citation: (citation) => {
      outbox.flush()
      tracker.hear(citation)
      listeners.tell(citation)
      subscribers.tellNextFrame()
    },
    unknown: (event) => {
      outbox.flush()
      tracker.hear(event)
      listeners.tell(event)
    },
  })
  /** Tells, once for each model, what requests to it leave out of what the app set. */
  const tellAdapted = ({ turnId, request: { model } }: Requested) => {
    const { left, maxTokens } = requestTo(model)
    const what = [model, ...left].join(' ')
    if (left.length === 0 || adapted.has(what)) return
    adapted.add(what)
    outbox.add(() => {
      const notice = { type: 'request.adapted', turnId, model, left, maxTokens } as const
      tracker.followed(tracker.origin(turnId) ?? turnId)?.push(notice)
      listeners.tell(notice)
    })
  }
  const declined = new Map<string, DeclineReason>()
  let stopWatching: (() => void) | null = null

  actor.on('*', (emitted) => {
    if (emitted.type === 'send.declined') declined.set(emitted.turnId, emitted.reason)
    if (emitted.type === 'decision.timedOut') reporter.warn(givenUp[emitted.about], { turnId: emitted.turnId })
    outbox.add(() => {
      if (emitted.type === 'send.declined') declined.delete(emitted.turnId)
      for (const notice of tracker.notices(emitted)) listeners.tell(notice)
    })
  })
  const closed = new Promise<void>((resolve) => {
    const end = (error: TurnstateError) => {
      const status = error.code === 'conversation-closed' ? 'stopped' : 'failed'
      for (const notice of tracker.settleAll(error, status)) listeners.tell(notice)
      refusedRequests.clear()
      subscribers.tell()
      subscribers.clear()
      listeners.clear()
      stopWatching?.()
      resolve()
    }
    let told = true
    let shown = visible(snapshot())
    actor.subscribe({
      next: (next) => {
        reader.look()
        const shownNow = visible(next)
        if (shownNow.every((value, index) => value === shown[index])) return
        shown = shownNow
        if (!told) return
        told = false
        outbox.add(() => {
          told = true
          subscribers.tell()
        })
      },
      complete: () => outbox.add(() => end(closingError(snapshot().context.unsaved.length, report))),
      error: (cause) => outbox.add(() => end(internalError(cause, report))),
    })
  })
  let made: Conversation | null = null
  const internals: ConversationInternals = {
    actor,
    now,
    facts: () => {
      const { unsaved, view: current } = snapshot().context
      return [...journal.facts.slice(0, current.revision - unsaved.length), ...unsaved]
    },
    prompt: () => ({
      target: prompt.target,
      maxTokens: options.maxTokens,
      fields: prompt.fields,
      tools: prompt.tools.names,
    }),
    conversation: () => {
      if (made) return made
      throw new TurnstateError('conversation-busy', 'The conversation is being made. Ask it once that is done.')
    },
    observe: (callbacks) => observers.add(callbacks),
  }
  const observed = Object.freeze({ id: options.id })
  registerInternals(observed, internals)
  for (const inspector of inspectorsOf(options.inspect)) attach(inspector, observed, internals, report)
  actor.start()

  /** What there is of the reply in progress, for events that cut it short. A source may have handed over what can't be read. */
  const partial = () => {
    try {
      return reader.draft ? { partial: reader.draft.partial() } : {}
    } catch (cause) {
      report(internalFault(cause))
      return {}
    }
  }
  const isClosed = () => statusOf(snapshot()) === 'closed'

  return {
    actor,
    prompt,
    requestTo,
    tracker,
    listeners,
    subscribers,
    now,
    closed,
    snapshot,
    view,
    isClosed,
    get draft() {
      return reader.draft
    },
    partial,
    ensureOpen: () => {
      if (isClosed()) throw closedError()
    },
    newId() {
      const turnId = environment.newId()
      if (isTaken(view(), turnId) || tracker.followed(turnId))
        throw new TurnstateError(
          'invalid-option',
          `generateId gave the id ${turnId} a second time. Each id must be new.`,
        )
      return turnId
    },
    /** Sends an event that opens or queues a turn, and follows it. @throws TurnstateError when it is not taken. */
    sendFollowed(turnId: string, event: ConversationEvent): Turn {
      const known = tracker.followed(turnId)
      const handle = known ?? tracker.follow(turnId)
      actor.send(event)
      if (!declined.delete(turnId)) return handle
      // Somebody may hold a handle from before: that one has to settle.
      if (!known) tracker.forget(turnId)
      if (isClosed()) throw closedError()
      throw new TurnstateError(
        'conversation-busy',
        snapshot().hasTag('awaitingDecision') ? undecidedMessage : busyMessage,
      )
    },
    /** Gives a message that was never sent its outcome, and tells it. */
    settleUnsent(turnId: string, status: 'stopped' | 'failed', error: TurnstateError) {
      outbox.add(() => {
        for (const notice of tracker.settleUnsent(turnId, status, error)) listeners.tell(notice)
        // `chat.error` may be another one.
        subscribers.tell()
      })
    },
    /** Tells something that is not the chart's to tell, after what the chart told before. */
    tell(notice: ConversationNotice) {
      if (notice.type === 'prompt.changed') observers.promptChanged()
      outbox.add(() => {
        listeners.tell(notice)
        // The history that the next request carries may be another one.
        if (notice.type === 'prompt.changed') subscribers.tell()
      })
    },
    /** The conversation that this is the inside of: observers find it by that. */
    isInsideOf(conversation: Conversation): Conversation {
      made = conversation
      registerInternals(conversation, internals)
      return conversation
    },
    watchStates() {
      stopWatching ??= watchStates(actor, (change) => outbox.add(() => listeners.tell(change)))
    },
  }
}

/**
 * What of a snapshot shows anywhere. An event that changes nothing of it, such as a declined message, is no news. A reply in
 * progress comes and goes with one of these, and grows by its deltas.
 */
const visible = ({ status, value, context }: ConversationSnapshot): readonly unknown[] => [
  status,
  stateName(value),
  context.view,
  context.failure,
  context.journalFailure,
]

export const closedError = () =>
  new TurnstateError('conversation-closed', 'The conversation is closed. Create another one to go on.')

function closingError(unsaved: number, report: (error: TurnstateError) => void): TurnstateError {
  if (unsaved === 0) return closedError()
  const error = new TurnstateError(
    'journal-write-failed',
    `The conversation closed with ${unsaved} facts that its journal could not store.`,
  )
  report(error)
  return error
}

function internalError(cause: unknown, report: (error: TurnstateError) => void): TurnstateError {
  const error = internalFault(cause)
  report(error)
  return error
}

const internalFault = (cause: unknown) =>
  new TurnstateError('internal-error', 'The conversation has a fault of its own. Please report it.', { cause })
