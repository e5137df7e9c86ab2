// The running actor of a conversation, and what the methods of the façade do with it.
import { type Actor, createActor } from 'xstate'
import type { ConversationEvent, conversationMachine } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { type Fact, isTaken, type View } from '../journal/index.ts'
import { messageForUser, messagesForUsers } from '../refusals/messages-for-users.ts'
import { RefusedRequests } from '../refusals/refused-requests.ts'
import { AdaptedRequests } from './adapted-requests.ts'
import { goOnEntries, settingsOf } from './check-options.ts'
import { Delivery } from './delivery/delivery.ts'
import type { Environment } from './environment.ts'
import { fillSlots } from './fill-slots.ts'
import { guardedObserver } from './guarded-callbacks.ts'
import { type Journal, memoryJournal } from './memory-journal.ts'
import { type ModelRequest, modelRequests } from './model-requests.ts'
import { Observation } from './observation.ts'
import type { ConversationOptions } from './options.ts'
import { type ConversationSnapshot, statusOf } from './projections.ts'
import type { Prompt } from './prompt.ts'
import { busyError, closedError, undecidedError } from './turns/send-errors.ts'
import type { Turn } from './turns/turn.ts'
import { TurnTracker } from './turns/turn-tracker.ts'

/** What is done instead of a decision that did not come in time. */
const decidedInstead = {
  refusal: 'The rephrase function took longer than decideTimeout, so the refused turn was dropped.',
  rejection: 'The onRejection function took longer than decideTimeout, so what is to blame is left out, as by default.',
  overflow: 'The onOverflow function took longer than decideTimeout, so the turn is not compacted for.',
} as const

export interface RunningOptions extends ConversationOptions {
  readonly id: string
  readonly prompt: Prompt
  readonly environment: Environment
  /** Facts that the conversation begins with, after its creation. */
  readonly seed: readonly Fact[]
  /** Where facts are stored. Default: in memory. */
  readonly journal?: Journal
}

/** Starts the actor of a conversation; holds what delivers, follows and observes it. */
export class Running {
  readonly actor: Actor<typeof conversationMachine>
  readonly prompt: Prompt
  readonly tracker: TurnTracker
  readonly delivery: Delivery
  readonly observation: Observation
  /** What requests to a model carry. */
  readonly requestTo: (model: string) => ModelRequest
  readonly #environment: Environment

  constructor(options: RunningOptions) {
    const { id, prompt, environment } = options
    const { reporter, clock, now } = environment
    const { report } = reporter
    this.prompt = prompt
    this.#environment = environment
    this.requestTo = modelRequests({ ...options, entries: goOnEntries(options) })
    const { journal = memoryJournal() } = options
    const refusedRequests = new RefusedRequests(clock)
    const adapted = new AdaptedRequests(this.requestTo)
    const machine = fillSlots(options, {
      prompt,
      environment,
      journal: journal.actor,
      refusedRequests,
      requestTo: this.requestTo,
      onRequest: (requested) => {
        this.observation.requested(requested)
        const notice = adapted.noticeFor(requested)
        if (notice) this.delivery.deliverToTurnAtRest(notice)
      },
      view: () => this.view,
    })
    this.actor = createActor(machine, {
      clock,
      ...(options.inspectActors ? { inspect: guardedObserver(options.inspectActors, report) } : {}),
      input: { id, model: options.model, at: now(), seed: options.seed, settings: settingsOf(options) },
    })
    this.tracker = new TurnTracker({
      messageForUser: (category) => messageForUser(category, options.messagesForUsers ?? messagesForUsers),
      parse: (text) => prompt.parse(text),
    })
    this.delivery = new Delivery({ actor: this.actor, tracker: this.tracker, clock, report })
    this.actor.on('decision.timedOut', ({ about, turnId }) => reporter.warn(decidedInstead[about], { turnId }))
    void this.closed.then(() => refusedRequests.clear())
    const { maxTokens } = options
    this.observation = new Observation({
      id,
      actor: this.actor,
      stored: journal.facts,
      prompt,
      maxTokens,
      now,
      report,
    })
    this.observation.attach(options.inspect)
    this.actor.start()
  }

  get snapshot(): ConversationSnapshot {
    return this.actor.getSnapshot()
  }

  get view(): View {
    return this.snapshot.context.view
  }

  get isClosed(): boolean {
    return statusOf(this.snapshot) === 'closed'
  }

  /** Resolves when the conversation is over and everything is delivered. */
  get closed(): Promise<void> {
    return this.delivery.closed
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#environment.now()
  }

  /** Resolves once all that is recorded by now is stored, or the conversation is over; `null` if that is so already. Never rejects. */
  stored(): Promise<void> | null {
    const { revision } = this.view
    const isStored = ({ status, context: { view, unsaved } }: ConversationSnapshot) =>
      status !== 'active' || view.revision - unsaved.length >= revision
    if (isStored(this.snapshot)) return null
    return new Promise((resolve) => {
      const subscription = this.actor.subscribe({
        next: (snapshot) => {
          if (!isStored(snapshot)) return
          subscription.unsubscribe()
          resolve()
        },
        complete: resolve,
        error: () => resolve(),
      })
    })
  }

  /** @throws TurnstateError `conversation-closed` */
  ensureOpen(): void {
    if (this.isClosed) throw closedError()
  }

  /** @throws TurnstateError `conversation-closed`, `conversation-busy` while a turn is in progress */
  ensureReady(error: () => TurnstateError = busyError): void {
    this.ensureOpen()
    if (!this.snapshot.hasTag('ready')) throw error()
  }

  /** A new id for a turn. @throws TurnstateError `invalid-option` when `generateId` repeats one */
  newId(): string {
    const turnId = this.#environment.newId()
    if (isTaken(this.view, turnId) || this.tracker.followed(turnId))
      throw new TurnstateError(
        'invalid-option',
        `generateId returned the id ${turnId} a second time. Each id must be new.`,
      )
    return turnId
  }

  /** Sends an event that opens or queues a turn, and follows it. @throws TurnstateError when it is not taken */
  sendFollowed(turnId: string, event: ConversationEvent): Turn {
    const known = this.tracker.followed(turnId)
    const handle = known ?? this.tracker.follow(turnId)
    this.actor.send(event)
    if (!this.delivery.takeDeclined(turnId)) return handle
    // Who holds a handle from before gets its outcome instead.
    if (!known) this.tracker.forget(turnId)
    if (this.isClosed) throw closedError()
    throw this.snapshot.hasTag('awaitingDecision') ? undecidedError() : busyError()
  }
}
