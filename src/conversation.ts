import { type Actor, createActor } from 'xstate'
import { backoff, type ConversationEvent, conversationMachine, type RejectReason } from '../machines/index.ts'
import { decide } from './actors/decide.ts'
import { streamReply } from './actors/stream-reply.ts'
import { type MessageParam, toMessages } from './claude/sdk-types.ts'
import { systemClock } from './clock.ts'
import { DraftReader } from './conversation/draft-reader.ts'
import { type ConversationNotice, isFor, type NoticeFor, type NoticeType } from './conversation/events.ts'
import { type MessageInput, readInput } from './conversation/input.ts'
import { Listeners } from './conversation/listeners.ts'
import { checkOptions, type ConversationOptions, settingsOf } from './conversation/options.ts'
import { toError } from './conversation/outcome.ts'
import { Outbox } from './conversation/outbox.ts'
import {
  canSend,
  type ConversationStatus,
  createHistory,
  createMessages,
  statusOf,
} from './conversation/projections.ts'
import { replyTarget } from './conversation/request-target.ts'
import { watchStates } from './conversation/state-changes.ts'
import { Subscribers } from './conversation/subscribers.ts'
import { busyMessage, TurnTracker } from './conversation/turn-tracker.ts'
import type { Turn } from './conversation/turn.ts'
import { TurnstateError } from './errors.ts'
import {
  isTaken,
  type QueuedInput,
  type Repair,
  type ResetPolicy,
  seedFacts,
  type TranscriptItem,
  type Usage,
} from './journal/index.ts'
import { messageForUser, messagesForUsers } from './refusals/messages-for-users.ts'
import { readResetPolicy, type OnRefusal } from './refusals/policy.ts'

export interface SendOptions {
  /** Stops the turn, or takes the message out of the queue, when it aborts. */
  readonly signal?: AbortSignal
}

/** A conversation with Claude. What it shows is read off the chart's snapshot; what it does are events to the chart. */
export interface Conversation {
  readonly id: string
  readonly status: ConversationStatus
  /** A message that is sent now is taken: opened, or queued. */
  readonly canSend: boolean
  /** What people saw, in order, refused and stopped turns marked as such. The same array while nothing changes. */
  readonly messages: readonly TranscriptItem[]
  /** What the model builds on: the messages that the next request carries before its own. */
  readonly history: readonly MessageParam[]
  readonly usage: Usage
  /** Why the last turn did not complete, or why the journal can't store. */
  readonly error: TurnstateError | null
  readonly model: string
  /** Messages that wait for their turn. After a refusal or a failure they wait for `releaseQueue`. */
  readonly queue: readonly QueuedInput[]
  /** What had to be changed about the seeded history. */
  readonly repairs: readonly Repair[]
  /** The XState actor. */
  readonly actor: Actor<typeof conversationMachine>

  /**
   * Sends a message.
   *
   * @throws TurnstateError `message-empty`, `message-invalid`, `block-unknown`, `conversation-busy`, `conversation-closed`
   */
  sendMessage(input: MessageInput, options?: SendOptions): Turn
  /** Ends the turn that is under way. What was said of it stays. Does nothing when there is none. */
  stop(): void
  /** Asks the last input again, after a stopped or failed turn. @throws TurnstateError `nothing-to-retry`, `conversation-busy` */
  retry(): Turn
  /** Decides about a refusal that waits for a person. @throws TurnstateError `no-refusal`, `policy-invalid` */
  resolveRefusal(policy: ResetPolicy): void
  /** Puts the whole context aside. @throws TurnstateError `conversation-busy` */
  clear(): void
  /** The model of the next request. @throws TurnstateError `model-invalid` */
  setModel(model: string): void
  /** Takes a message out of the queue. @throws TurnstateError `item-unknown` */
  withdraw(turnId: string): void
  /** Lets a held queue go on. */
  releaseQueue(): void
  /** Ends the conversation: settles the open turn as stopped, stores, tells. Resolves when that is done. */
  close(): Promise<void>

  /** Told when anything that can be read here changed; at most once a frame while a reply grows. Returns how to end it. */
  subscribe(listener: () => void): () => void
  /** Told of one kind of event, or with `*` of all. Returns how to end it. */
  on<Type extends NoticeType | '*'>(type: Type, listener: (notice: NoticeFor<Type>) => void): () => void

  /** Not in this release: each throws TurnstateError `not-available`. */
  regenerate(turnId?: string): Turn
  editMessage(turnId: string, input: MessageInput): Turn
  switchTo(turnId: string, options?: { force?: boolean }): void
  branches(turnId: string): readonly string[]
  fork(turnId?: string): Conversation
  approveTool(callId: string): void
  denyTool(callId: string, reason?: string): void
  answerTool(callId: string, result: unknown): void
}

const defaultOnRefusal: OnRefusal = ['drop-turn', { rewind: 1 }, 'clear']

/**
 * A conversation that lives in memory.
 *
 * @throws TurnstateError `invalid-option`, `reserved-field`, `policy-invalid`, `not-available`
 */
export function createConversation(options: ConversationOptions): Conversation {
  checkOptions(options)
  const { request = {}, logger = console, clock = systemClock, now = Date.now } = options
  const generateId = options.generateId ?? (() => crypto.randomUUID())
  const report = (error: TurnstateError) => logger.error(error.message, error)
  const target = replyTarget(request)

  const id = options.id ?? generateId()
  const seeded = seedFacts({ messages: toMessages(options.messages ?? []), at: now(), nextId: generateId })
  if (seeded.repairs.length > 0)
    logger.warn(
      `The history given to conversation ${id} was repaired in ${seeded.repairs.length} places`,
      seeded.repairs,
    )

  const machine = conversationMachine.provide({
    actors: {
      streamReply: streamReply({
        source: options.source,
        target,
        clock,
        idleTimeout: options.idleTimeout ?? 60_000,
        maxTokens: options.maxTokens,
        fields: request,
      }),
      decide: decide({
        onRefusal: options.onRefusal ?? defaultOnRefusal,
        onError: (cause) => logger.error('The rephrase function failed; the refused turn was dropped.', cause),
      }),
    },
    // Jitter keeps clients that failed together from coming back together.
    delays: { retryBackoff: ({ context }) => context.retryAfter ?? backoff(context) * (1 - Math.random() / 4) },
  })
  const actor = createActor(machine, {
    clock,
    ...(options.inspect ? { inspect: options.inspect } : {}),
    input: {
      id,
      model: options.model,
      at: now(),
      seed: seeded.facts,
      settings: settingsOf(options),
    },
  })

  const view = () => actor.getSnapshot().context.view
  const tracker = new TurnTracker({
    view,
    messageForUser: (category) => messageForUser(category, options.messagesForUsers ?? messagesForUsers),
  })
  const listeners = new Listeners<ConversationNotice>(report)
  const subscribers = new Subscribers(clock, report)
  const outbox = new Outbox()
  const reader = new DraftReader(actor, {
    delta: (delta) => {
      outbox.flush()
      tracker.hear(delta)
      listeners.tell(delta)
      subscribers.tellNextFrame()
    },
    unknown: (event) => {
      outbox.flush()
      tracker.hear(event)
      listeners.tell(event)
    },
  })
  const messages = createMessages()
  const history = createHistory(target)
  const rejections = new Map<string, RejectReason>()
  let stopWatching: (() => void) | null = null

  actor.on('*', (emitted) => {
    if (emitted.type === 'send.rejected') rejections.set(emitted.turnId, emitted.reason)
    outbox.add(() => {
      if (emitted.type === 'send.rejected') rejections.delete(emitted.turnId)
      const notice = tracker.notice(emitted)
      if (notice) listeners.tell(notice)
    })
  })
  const closed = new Promise<void>((resolve) => {
    const end = (error: TurnstateError) => {
      tracker.settleAll(error, error.code === 'conversation-closed' ? 'stopped' : 'failed')
      subscribers.tell()
      subscribers.clear()
      listeners.clear()
      stopWatching?.()
      resolve()
    }
    let told = true
    actor.subscribe({
      next: () => {
        reader.look()
        if (!told) return
        told = false
        outbox.add(() => {
          told = true
          subscribers.tell()
        })
      },
      complete: () => outbox.add(() => end(closingError(actor.getSnapshot().context.unsaved.length, report))),
      error: (cause) => outbox.add(() => end(internalError(cause, report))),
    })
  })
  actor.start()

  const snapshot = () => actor.getSnapshot()
  const ensureOpen = () => {
    if (statusOf(snapshot()) === 'closed') throw closedError()
  }
  const partial = () => (reader.draft ? { partial: reader.draft.partial() } : {})
  const newId = () => {
    const turnId = generateId()
    if (isTaken(view(), turnId))
      throw new TurnstateError('invalid-option', `generateId gave the id ${turnId} a second time. Each id must be new.`)
    return turnId
  }
  /** Sends an event that opens or queues a turn, and follows it. */
  const sendFollowed = (turnId: string, event: ConversationEvent): Turn => {
    const handle = tracker.follow(turnId)
    actor.send(event)
    if (!rejections.delete(turnId)) return handle
    tracker.forget(turnId)
    throw statusOf(snapshot()) === 'closed' ? closedError() : new TurnstateError('conversation-busy', busyMessage)
  }

  const isQueued = (turnId: string) => view().queue.some((item) => item.turnId === turnId)
  const stop = () => {
    if (snapshot().status === 'active') actor.send({ type: 'user.stop', ...partial() })
  }

  const chat: Conversation = {
    id,
    actor,
    repairs: seeded.repairs,
    get status() {
      return statusOf(snapshot())
    },
    get canSend() {
      return canSend(snapshot())
    },
    get messages() {
      return messages(view(), reader.draft)
    },
    get history() {
      return history(snapshot().context)
    },
    get usage() {
      return view().usage
    },
    get error() {
      const { failure, journalFailure } = snapshot().context
      const shown = failure ?? journalFailure
      return shown ? toError(shown) : null
    },
    get model() {
      return view().model
    },
    get queue() {
      return view().queue
    },

    sendMessage(input, { signal } = {}) {
      const { content, metadata } = readInput(input)
      ensureOpen()
      const turnId = newId()
      if (signal?.aborted) {
        const handle = tracker.follow(turnId)
        tracker.settleUnsent(
          turnId,
          'stopped',
          new TurnstateError('aborted', 'The signal had aborted before the message was sent.'),
        )
        return handle
      }
      const turn = sendFollowed(turnId, {
        type: 'user.send',
        turnId,
        input: content,
        at: now(),
        ...(metadata ? { metadata } : {}),
        ...(options.whenBusy === 'interrupt' ? partial() : {}),
      })
      if (signal) {
        const abort = () => (isQueued(turnId) ? actor.send({ type: 'queue.withdraw', turnId }) : stop())
        signal.addEventListener('abort', abort, { once: true })
        void turn.outcome.then(() => signal.removeEventListener('abort', abort))
      }
      return turn
    },
    stop,
    retry() {
      ensureOpen()
      const event = { type: 'turn.retry', turnId: newId(), at: now() } as const
      if (snapshot().can(event)) return sendFollowed(event.turnId, event)
      if (!snapshot().hasTag('ready')) throw new TurnstateError('conversation-busy', busyMessage)
      throw new TurnstateError(
        'nothing-to-retry',
        'The last turn was neither stopped nor failed, so there is nothing to ask again. A refused message has to be sent again on purpose.',
      )
    },
    resolveRefusal(policy) {
      const checked = readResetPolicy(policy)
      ensureOpen()
      if (!snapshot().matches({ refused: 'awaitingDecision' }) && !snapshot().matches({ refused: 'deciding' }))
        throw new TurnstateError('no-refusal', 'No refusal waits for a decision.')
      actor.send({ type: 'refusal.resolve', policy: checked })
    },
    clear() {
      ensureOpen()
      if (snapshot().matches({ refused: 'awaitingDecision' })) actor.send({ type: 'refusal.resolve', policy: 'clear' })
      else if (snapshot().hasTag('ready')) actor.send({ type: 'context.clear' })
      else
        throw new TurnstateError(
          'conversation-busy',
          'A turn is under way. Await it or stop() it, then clear(). Nothing was cleared.',
        )
    },
    setModel(model) {
      ensureOpen()
      if (typeof model !== 'string' || model.trim() === '')
        throw new TurnstateError('model-invalid', 'setModel takes the name of a model. The model stays as it is.')
      actor.send({ type: 'model.switch', model })
    },
    withdraw(turnId) {
      ensureOpen()
      if (!isQueued(turnId))
        throw new TurnstateError(
          'item-unknown',
          `No message with the id ${turnId} waits in the queue; chat.queue lists those that do.`,
        )
      actor.send({ type: 'queue.withdraw', turnId })
    },
    releaseQueue() {
      ensureOpen()
      actor.send({ type: 'queue.release' })
    },
    close() {
      if (snapshot().status === 'active') actor.send({ type: 'conversation.close', ...partial() })
      return closed
    },

    subscribe: (listener) => subscribers.add(listener),
    on(type, listener) {
      if (type === 'state' || type === '*')
        stopWatching ??= watchStates(actor, (change) => outbox.add(() => listeners.tell(change)))
      return listeners.add(type, (notice) => {
        if (isFor(type, notice)) return listener(notice)
      })
    },

    regenerate: notAvailable('regenerate'),
    editMessage: notAvailable('editMessage'),
    switchTo: notAvailable('switchTo'),
    branches: notAvailable('branches'),
    fork: notAvailable('fork'),
    approveTool: notAvailable('approveTool'),
    denyTool: notAvailable('denyTool'),
    answerTool: notAvailable('answerTool'),
  }
  return chat
}

const notAvailable = (method: string) => (): never => {
  throw new TurnstateError('not-available', `${method}() is not available in this release.`)
}

const closedError = () =>
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
  const error = new TurnstateError(
    'internal-error',
    'The conversation ended by a fault of its own. Please report it.',
    { cause },
  )
  report(error)
  return error
}
