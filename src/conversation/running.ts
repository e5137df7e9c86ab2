// The running actor of a conversation, and what the methods of the façade do with it.
import type { Actor } from 'xstate'
import type { ConversationEvent, conversationMachine } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { defaultLadder, type Fact, isTaken, type View } from '../journal/index.ts'
import type { OpenConversation } from '../stores/index.ts'
import { messageForUser, messagesForUsers } from '../refusals/messages-for-users.ts'
import { usesFallback } from '../refusals/policy.ts'
import { RefusedRequests } from '../refusals/refused-requests.ts'
import { AdaptedRequests } from './adapted-requests.ts'
import { goOnEntries, settingsOf } from './check-options.ts'
import { Delivery } from './delivery/delivery.ts'
import type { SendOptions } from './conversation-interface.ts'
import type { Environment } from './environment.ts'
import { createFilled, type SlotParts } from './fill-slots.ts'
import { guardedObserver } from './guarded-callbacks.ts'
import type { Keeping, Loaded } from './keeping.ts'
import { type Journal, storedJournal } from './stored-journal.ts'
import { type ModelRequest, modelRequests } from './model-requests.ts'
import { Observation } from './observation.ts'
import type { ConversationOptions, StoreOptions } from './options.ts'
import { type ConversationSnapshot, statusOf } from './projections.ts'
import type { Prompt } from './prompt.ts'
import type { Requested } from '../source/message-source.ts'
import { readTurnId } from './turn-ids.ts'
import { busyError, closedError, undecidedError } from './turns/send-errors.ts'
import type { Readers } from './turns/outcome.ts'
import type { Turn } from './turns/turn.ts'
import { TurnTracker } from './turns/turn-tracker.ts'

/** What a conversation is started with. */
export interface StartOptions extends ConversationOptions, Pick<Partial<StoreOptions>, 'onInterrupted'> {
  readonly id: string
  readonly prompt: Prompt
  readonly environment: Environment
  /** The conversation in its store; a promise while it is being opened. */
  readonly opened: OpenConversation | Promise<OpenConversation>
  /** Where it and its forks are kept. */
  readonly keeping: Keeping
  /** What was loaded. Default: the conversation is a new one. */
  readonly loaded?: Loaded
  /** The title that was set. Default: none. */
  readonly title?: string | null
}

/** Starts the actor of a conversation; holds what delivers, follows and observes it, and what fills its slots. */
export class Running implements SlotParts, Readers {
  readonly options: StartOptions
  readonly actor: Actor<typeof conversationMachine>
  readonly tracker: TurnTracker
  readonly delivery: Delivery
  readonly observation: Observation
  readonly journal: Journal
  readonly refusedRequests: RefusedRequests | undefined
  /** What requests to a model carry. */
  readonly requestTo: (model: string) => ModelRequest
  readonly #adapted: AdaptedRequests

  /** @param seed Facts that the conversation begins with, after its creation. */
  constructor(options: StartOptions, seed: readonly Fact[]) {
    const { id, model, prompt, environment, opened, keeping, loaded, maxTokens } = options
    const { reporter, clock, now } = environment
    const { report } = reporter
    const isLeased = keeping.isShared
    this.options = options
    this.requestTo = modelRequests({ model, maxTokens, prompt, entries: goOnEntries(options) })
    this.journal = storedJournal({ opened, isLeased, loaded, clock, view: () => this.view })
    this.refusedRequests = usesFallback(options.onRefusal ?? defaultLadder) ? new RefusedRequests(clock) : undefined
    this.#adapted = new AdaptedRequests(this.requestTo)
    this.actor = createFilled(this, {
      clock,
      ...(options.inspectActors ? { inspect: guardedObserver(options.inspectActors, report) } : {}),
      input: {
        id,
        model,
        at: now(),
        seed,
        settings: settingsOf({ ...options, isLeased }),
        ...(loaded ? { loaded: loaded.view } : {}),
      },
    })
    this.tracker = new TurnTracker(this)
    this.delivery = new Delivery({ actor: this.actor, tracker: this.tracker, clock, reporter })
    this.closed = this.delivery.closed.then(() => {
      this.refusedRequests?.clear()
      return this.journal.release()
    })
    this.observation = new Observation(this)
    this.observation.attach(options.inspect)
    this.actor.start()
  }

  get id(): string {
    return this.options.id
  }

  get prompt(): Prompt {
    return this.options.prompt
  }

  get environment(): Environment {
    return this.options.environment
  }

  /** A request is about to be made. */
  requested(requested: Requested): void {
    this.observation.requested(requested)
    const notice = this.#adapted.noticeFor(requested)
    if (notice) this.delivery.deliverToTurnAtRest(notice)
  }

  messageForUser(category: string | null): string {
    return messageForUser(category, this.options.messagesForUsers ?? messagesForUsers)
  }

  parse(text: string): unknown {
    return this.prompt.parse(text)
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
    return this.environment.now()
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

  #isTaken(turnId: string): boolean {
    return isTaken(this.view, turnId) || this.tracker.followed(turnId) !== undefined
  }

  #newId(): string {
    const turnId = this.environment.newId()
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
