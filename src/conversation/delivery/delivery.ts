// Delivers what happens in a conversation: to listeners (`chat.on`), to the turns that apps await and iterate, and to
// subscribers (`chat.subscribe`). The order of delivery:
//   D1  What the chart emits, and a change of state, is delivered in a microtask, once the actor rests: whatever a listener
//       calls finds the conversation in the state that it was told about.
//   D2  Deliveries come in the order in which things happened. What arrives of a reply (delta, citation, unknown) is delivered
//       at once, after everything that waits.
//   D3  A listener sees an event with what was stored at the time of the event, whatever has happened since. Nothing is delivered
//       that is not stored, but what arrives of a reply.
//   D4  Listeners to the type of an event are called before those to `*`, each in the order in which they were added.
//   D5  A listener or subscriber that throws, or whose promise rejects, is reported to the logger. It stops nobody.
//   D6  An awaited turn resumes after the listeners to its last event were called.
//   D7  Subscribers are called once for the changes of one tick, in the place of the first of them; events that wait to be stored
//       come after it. While a reply grows they are called at most once in 33 ms. What changes nothing that can be read calls none.
//   D8  At the end, turns without an outcome settle and their listeners are called, then subscribers once; then all of them are
//       removed and `closed` resolves. Nothing is delivered after that.
//   D9  A message that is not taken is reported by what sendMessage throws, and by no event.
import type { Actor, SnapshotFrom } from 'xstate'
import {
  type Arriving,
  type conversationMachine,
  type ConversationEmitted,
  unsavedFacts,
} from '../../../machines/index.ts'
import type { Clock } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import type { View } from '../../journal/index.ts'
import { stateName } from '../../state-name.ts'
import {
  type ConversationNotice,
  isFor,
  type NoticeFor,
  type NoticeType,
  type StateChange,
  type TurnEvent,
} from '../turns/events.ts'
import { closedError } from '../turns/send-errors.ts'
import type { TurnTracker } from '../turns/turn-tracker.ts'
import { DraftReader } from './draft-reader.ts'
import { Listeners } from './listeners.ts'
import { Outbox } from './outbox.ts'
import { watchStates } from './state-changes.ts'
import { Subscribers } from './subscribers.ts'

type ConversationActor = Actor<typeof conversationMachine>
type ConversationSnapshot = SnapshotFrom<typeof conversationMachine>

/** What is done instead of a decision that did not come in time. */
const decidedInstead = {
  refusal: 'The rephrase function took longer than decideTimeout, so the refused turn was dropped.',
  rejection: 'The onRejection function took longer than decideTimeout, so what is to blame is left out, as by default.',
  overflow: 'The onOverflow function took longer than decideTimeout, so the turn is not compacted for.',
} as const

/** Where reports go that do not concern a listener. */
export interface DeliveryReporter {
  readonly warn: (message: string, details?: unknown) => void
  readonly report: (error: TurnstateError) => void
}

/** What delivery needs of a conversation. */
export interface DeliveryOptions {
  /** Not started yet, so that nothing is missed. */
  readonly actor: ConversationActor
  readonly tracker: TurnTracker
  readonly clock: Clock
  /** Reports what an app's function threw, and faults of this package. */
  readonly reporter: DeliveryReporter
}

/** Delivers what a conversation's actor and its app bring about. One for each conversation. */
export class Delivery {
  /** Resolves when everything is delivered and the conversation is over. Never rejects. */
  readonly closed: Promise<void>
  readonly #actor: ConversationActor
  readonly #tracker: TurnTracker
  readonly #reporter: DeliveryReporter
  readonly #listeners: Listeners<ConversationNotice>
  readonly #subscribers: Subscribers
  readonly #outbox: Outbox
  readonly #reader: DraftReader
  /** Messages that the chart did not take, until their sender asks or the microtask comes. */
  #declined: Set<string> | null = null
  #shown: readonly unknown[]
  #isSubscribersCallDue = false
  #stopWatchingStates: (() => void) | null = null

  constructor({ actor, tracker, clock, reporter }: DeliveryOptions) {
    const { report } = reporter
    this.#reporter = reporter
    this.#actor = actor
    this.#tracker = tracker
    this.#listeners = new Listeners(report)
    this.#subscribers = new Subscribers(clock, report)
    this.#outbox = new Outbox((cause) => report(internalFault(cause)))
    this.#reader = new DraftReader(actor, (event) => this.#arrived(event))
    this.#shown = visible(actor)
    actor.on('*', (emitted) => this.#emitted(emitted))
    this.closed = new Promise((resolve) => {
      const end = (errorOf: () => TurnstateError | null) =>
        this.#outbox.add(() => {
          this.#end(errorOf())
          resolve()
        })
      actor.subscribe({
        next: () => this.#changed(),
        complete: () => end(() => endingError(actor.getSnapshot(), report)),
        error: (cause) => end(() => reported(internalFault(cause), report)),
      })
    })
  }

  /** The reply in progress. */
  get draft() {
    return this.#reader.draft
  }

  /** Adds a listener to one type of event, or to all. Returns a function that removes it. */
  on<Type extends NoticeType | '*'>(type: Type, listener: (notice: NoticeFor<Type>) => unknown): () => void {
    // Watching every microstep costs something, so it begins with the first listener that asks for it.
    if (type === 'state' || type === '*')
      this.#stopWatchingStates ??= watchStates(this.#actor, (change) => this.deliverAtRest(change))
    return this.#listeners.add(type, (notice) => {
      if (isFor(type, notice)) return listener(notice)
    })
  }

  /** Adds a listener to everything but changes of state. Returns a function that removes it. */
  onEvents(listener: (notice: Exclude<ConversationNotice, StateChange>) => unknown): () => void {
    return this.#listeners.add('*', (notice) => {
      if (notice.type !== 'state') return listener(notice)
    })
  }

  /** Adds a subscriber. Returns a function that removes it. */
  subscribe(subscriber: () => unknown): () => void {
    return this.#subscribers.add(subscriber)
  }

  /** The same, for a subscriber that the growing of a reply does not matter to: it costs nothing for a delta. */
  onChanges(subscriber: () => unknown): () => void {
    return this.#subscribers.add(subscriber, { whenGrowing: false })
  }

  /** Delivers an event that is not the chart's own, in its place among those of the chart. */
  deliverAtRest(notice: ConversationNotice): void {
    this.#outbox.add(() => {
      this.#listeners.call(notice)
      // The history that the next request carries may be another one.
      if (notice.type === 'prompt.changed') this.#subscribers.call()
    })
  }

  /** The same for an event of a turn, which its iterators see too. */
  deliverToTurnAtRest(notice: TurnEvent & { readonly turnId: string }): void {
    const view = this.#view
    this.#outbox.add(() => {
      this.#tracker.push(view, notice)
      this.#listeners.call(notice)
    })
  }

  /** Gives a message that never became a turn its outcome, and delivers that. */
  settleUnsentAtRest(turnId: string, status: 'stopped' | 'failed', error: TurnstateError): void {
    const { revision } = this.#view
    this.#outbox.add(() => {
      this.#callAll(this.#tracker.settleUnsent(revision, turnId, status, error))
      // `chat.error` may be another one.
      this.#subscribers.call()
    })
  }

  /** Whether the chart did not take this message. Whoever asks reports it: no event does then. */
  takeDeclined(turnId: string): boolean {
    return this.#declined?.delete(turnId) ?? false
  }

  #emitted(emitted: ConversationEmitted): void {
    const view = this.#view
    if (emitted.type === 'send.declined') {
      this.#declined ??= new Set()
      this.#declined.add(emitted.turnId)
    }
    if (emitted.type === 'decision.timedOut')
      this.#reporter.warn(decidedInstead[emitted.about], { turnId: emitted.turnId })
    this.#outbox.add(() => {
      if (emitted.type === 'send.declined') this.#declined?.delete(emitted.turnId)
      this.#callAll(this.#tracker.notices(emitted, view))
    })
  }

  #arrived(event: Arriving): void {
    this.#outbox.flush()
    this.#tracker.hear(this.#view, event)
    this.#listeners.call(event)
    if (event.type !== 'unknown') this.#subscribers.callInNextFrame()
  }

  #changed(): void {
    this.#reader.look()
    const shown = visible(this.#actor)
    if (shown.every((value, index) => value === this.#shown[index])) return
    this.#shown = shown
    if (this.#isSubscribersCallDue) return
    this.#isSubscribersCallDue = true
    this.#outbox.add(() => {
      this.#isSubscribersCallDue = false
      this.#subscribers.call()
    })
  }

  /** @param error `null` where the conversation was closed, and all of it is stored */
  #end(error: TurnstateError | null): void {
    this.#callAll(this.#tracker.settleAll(this.#view, () => error ?? closedError(), error ? 'failed' : 'stopped'))
    this.#subscribers.call()
    this.#subscribers.clear()
    this.#listeners.clear()
    this.#stopWatchingStates?.()
  }

  #callAll(notices: readonly ConversationNotice[]): void {
    for (const notice of notices) this.#listeners.call(notice)
  }

  /** What is stored: an event says nothing that is not. */
  get #view(): View {
    return this.#actor.getSnapshot().context.stored
  }
}

/**
 * What of a snapshot can be read anywhere. An event that changes nothing of it, such as a message that is not taken, is no news. A
 * reply in progress comes and goes with one of these, and grows by what is delivered at once.
 */
function visible(actor: ConversationActor): readonly unknown[] {
  const { status, value, context } = actor.getSnapshot()
  return [status, stateName(value), context.view, context.stored, context.journalFailure]
}

function endingError(snapshot: ConversationSnapshot, report: (error: TurnstateError) => void): TurnstateError | null {
  const { pending, journalFailure } = snapshot.context
  if (snapshot.matches('lost'))
    return reported(
      new TurnstateError('conversation-lost', journalFailure?.message ?? 'Another process writes this conversation.'),
      report,
    )
  const unsaved = unsavedFacts(pending).length
  if (unsaved === 0) return null
  return reported(
    new TurnstateError(
      'journal-write-failed',
      `The conversation closed before its journal had confirmed ${unsaved} facts: they may be stored or not. Open it again to see.`,
    ),
    report,
  )
}

function reported(error: TurnstateError, report: (error: TurnstateError) => void): TurnstateError {
  report(error)
  return error
}

/** A fault of this package. */
const internalFault = (cause: unknown): TurnstateError =>
  new TurnstateError('internal-error', 'turnstate has a bug. Please report it.', { cause })
