// The running actor of a conversation, and what the methods of the façade do with it.
import { type Actor, createActor } from 'xstate'
import type { ConversationEvent, conversationMachine } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { type Fact, isTaken, type View } from '../journal/index.ts'
import type { OpenConversation } from '../stores/index.ts'
import { messageForUser, messagesForUsers } from '../refusals/messages-for-users.ts'
import { RefusedRequests } from '../refusals/refused-requests.ts'
import { AdaptedRequests } from './adapted-requests.ts'
import { goOnEntries, settingsOf } from './check-options.ts'
import { Delivery } from './delivery/delivery.ts'
import type { SendOptions } from './conversation-interface.ts'
import type { Environment } from './environment.ts'
import { fillSlots } from './fill-slots.ts'
import { guardedObserver } from './guarded-callbacks.ts'
import type { Loaded } from './keeping.ts'
import { storedJournal } from './stored-journal.ts'
import { type ModelRequest, modelRequests } from './model-requests.ts'
import { Observation } from './observation.ts'
import type { ConversationOptions, StoreOptions } from './options.ts'
import { type ConversationSnapshot, statusOf } from './projections.ts'
import type { Prompt } from './prompt.ts'
import { readTurnId } from './turn-ids.ts'
import { busyError, closedError, undecidedError } from './turns/send-errors.ts'
import type { Turn } from './turns/turn.ts'
import { TurnTracker } from './turns/turn-tracker.ts'

/** What is done instead of a decision that did not come in time. */
const decidedInstead = {
  refusal: 'The rephrase function took longer than decideTimeout, so the refused turn was dropped.',
  rejection: 'The onRejection function took longer than decideTimeout, so what is to blame is left out, as by default.',
  overflow: 'The onOverflow function took longer than decideTimeout, so the turn is not compacted for.',
} as const

export interface RunningOptions extends ConversationOptions, Pick<Partial<StoreOptions>, 'onInterrupted'> {
  readonly id: string
  readonly prompt: Prompt
  readonly environment: Environment
  /** Facts that the conversation begins with, after its creation. */
  readonly seed: readonly Fact[]
  /** The conversation in its store; a promise while it is being opened. */
  readonly opened: OpenConversation | Promise<OpenConversation>
  /** Whether another process may want its lease. */
  readonly isLeased: boolean
  /** What was loaded. Default: the conversation is a new one. */
  readonly loaded?: Loaded
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
    const { opened, isLeased, loaded } = options
    const journal = storedJournal({
      opened,
      isLeased,
      loaded,
      clock,
      view: () => this.view,
    })
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
      input: {
        id,
        model: options.model,
        at: now(),
        seed: options.seed,
        settings: settingsOf(options),
        ...(loaded ? { loaded: loaded.view } : {}),
      },
    })
    this.tracker = new TurnTracker({
      messageForUser: (category) => messageForUser(category, options.messagesForUsers ?? messagesForUsers),
      parse: (text) => prompt.parse(text),
    })
    this.delivery = new Delivery({ actor: this.actor, tracker: this.tracker, clock, report })
    this.closed = this.delivery.closed.then(() => journal.release())
    this.actor.on('decision.timedOut', ({ about, turnId }) => reporter.warn(decidedInstead[about], { turnId }))
    void this.closed.then(() => refusedRequests.clear())
    const { maxTokens } = options
    this.observation = new Observation({
      id,
      actor: this.actor,
      stored: () => journal.facts(),
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

  /** Everything that is recorded, stored or not: what is done next follows from it. */
  get view(): View {
    return this.snapshot.context.view
  }

  /** What is stored: people and apps are shown this. */
  get shown(): View {
    return this.snapshot.context.stored
  }

  get isClosed(): boolean {
    return statusOf(this.snapshot) === 'closed'
  }

  /** Resolves when the conversation is over, everything is delivered, and its lease is given up. Never rejects. */
  readonly closed: Promise<void>

  /** Milliseconds since 1970. */
  now(): number {
    return this.#environment.now()
  }

  /** Resolves once all that is recorded by now is stored, or the conversation is over; `null` if that is so already. Never rejects. */
  stored(): Promise<void> | null {
    const { revision } = this.view
    const isStored = ({ context: { stored } }: ConversationSnapshot) => stored.revision >= revision
    return this.snapshot.status !== 'active' || isStored(this.snapshot) ? null : this.#once(isStored)
  }

  /** Resolves once a snapshot is like this, or the conversation is over. */
  #once(isSo: (snapshot: ConversationSnapshot) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const subscription = this.actor.subscribe({
        next: (snapshot) => {
          if (!isSo(snapshot)) return
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

  /**
   * Permits what needs a conversation at rest, also while what a method has just changed is still being stored.
   *
   * @throws TurnstateError `conversation-closed`, `conversation-busy` while a turn is in progress or a refusal waits for a decision
   */
  ensureReady(error: () => TurnstateError = busyError): void {
    this.ensureOpen()
    const { snapshot, view } = this
    const isAtRest = view.open === null && view.undecided === null && !snapshot.matches('loading')
    if (!isAtRest) throw error()
  }

  /**
   * The id of the turn that a call opens: the one that its options give, or a new one.
   *
   * @throws TurnstateError `turn-exists`; `invalid-option` when `generateId` repeats an id
   */
  idFor(options: SendOptions | undefined): string {
    const given = readTurnId(options)
    if (given === undefined) return this.#newId()
    if (this.#isTaken(given))
      throw new TurnstateError(
        'turn-exists',
        'The conversation has this turn already, so nothing was sent. Read its outcome, or give another turnId to ask again.',
        { turnId: given },
      )
    return given
  }

  #isTaken = (turnId: string): boolean => isTaken(this.view, turnId) || this.tracker.followed(turnId) !== undefined

  #newId(): string {
    const turnId = this.#environment.newId()
    if (this.#isTaken(turnId))
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
