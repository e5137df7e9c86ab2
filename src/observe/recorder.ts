import type { AnyActor, AnyEventObject, AnyMachineSnapshot, AnyTransitionDefinition } from 'xstate'
import { type ConversationContext, unsavedFacts } from '../../machines/index.ts'
import { stateName } from '../state-name.ts'
import { type Fact, type Refusal, rejectionOf, suspects, type View } from '../journal/index.ts'
import { guardName, transitionId } from './transition-names.ts'
import { waitingOf } from './waiting.ts'
import { type ActorName, actorNames } from './actor-names.ts'
import { eventFields, turnOf } from './event-fields.ts'
import { type InspectionRecord, recordVersion } from './records.ts'
import { type Redaction, redactionFor } from './redaction.ts'
import { promptFields, requestFields } from './request-fields.ts'
import { isMachineActor, parentOf, observeActors } from './observe-actors.ts'
import type { ConversationInternals } from './internals.ts'

/** A record without the fields that all records have. */
type RecordBody = InspectionRecord extends infer Record
  ? Record extends InspectionRecord
    ? Omit<Record, 'v' | 'seq' | 'at' | 'conversation'>
    : never
  : never

/** What is known of an observed machine. */
interface MachineState {
  state: string
  /** Whether the event that it handles now has enabled a transition. */
  hasStepped: boolean
}

/** Observes one conversation and makes records. */
export class Recorder {
  readonly #internals: ConversationInternals
  readonly #includeText: boolean
  readonly #redaction: Redaction
  readonly #emit: (record: InspectionRecord) => void
  readonly #onError: (cause: unknown) => void
  readonly #nameOf: (actor: AnyActor) => ActorName
  readonly #machines = new WeakMap<AnyActor, MachineState>()
  /** Facts as they are shown, by their index. A weak map of so many would take longer to collect than to make. */
  readonly #shownFacts: Fact[] = []
  readonly #id: string
  #seq = 0
  #revision = 0
  /** What it waits for, as recorded last. */
  #waiting: string | null = null
  #ends: (() => void)[] = []

  /** @param onError Called when the recorder itself fails. It stops recording then; the conversation goes on. */
  constructor(
    internals: ConversationInternals,
    includeText: boolean,
    emit: (record: InspectionRecord) => void,
    onError: (cause: unknown) => void,
  ) {
    this.#onError = onError
    this.#internals = internals
    this.#includeText = includeText
    this.#redaction = redactionFor(includeText)
    this.#emit = emit
    this.#nameOf = actorNames(internals.actor)
    this.#id = internals.actor.getSnapshot().context.view.id
  }

  start(): void {
    const { actor, observe, facts } = this.#internals
    const { context, value, status } = actor.getSnapshot()
    const { id, version = '' } = actor.logic
    const { model, revision } = context.view
    const includesText = this.#includeText
    this.#record({ type: 'observed', model, machine: { id, version }, state: stateName(value), revision, includesText })
    this.#promptChanged()
    const unfollow = this.#follow()
    // The present state is also the state after the last fact.
    for (const [index, fact] of facts().entries()) {
      const state = index === revision - 1 ? stateName(value) : null
      this.#record({ type: 'fact', index, fact: this.#shown(fact, index), state })
    }
    this.#revision = revision
    this.#waits()
    if (status !== 'active') {
      unfollow()
      return this.#record({ type: 'ended', status })
    }
    const unobserve = observe({
      requested: (requested) =>
        this.#record({ type: 'request', ...requestFields(requested, this.#internals.prompt()) }),
      promptChanged: () => this.#promptChanged(),
    })
    this.#ends = [unfollow, unobserve]
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  /** Every fact that was recorded. */
  facts(): readonly Fact[] {
    return this.#internals
      .facts()
      .slice(0, this.#revision)
      .map((fact, index) => this.#shown(fact, index))
  }

  #follow(): () => void {
    const { actor: root } = this.#internals
    return observeActors(root, () => true, {
      started: (actor) => this.#started(actor),
      received: (actor, event, source) => this.#received(actor, event, source),
      stepped: (actor, event, snapshot, transitions) => this.#step(actor, event.type, snapshot, transitions),
      changed: (actor, { status }, event) => this.#settled(actor, event.type, status),
      ended: (actor, status) => {
        if (actor !== root) return this.#record({ type: 'actor.stopped', ...this.#nameOf(actor), status })
        this.stop()
        this.#record({ type: 'ended', status })
      },
      failed: (cause) => {
        this.stop()
        this.#onError(cause)
      },
    })
  }

  // These two run for every event: a literal with all its fields takes a fraction of one that is spread together.
  #received(actor: AnyActor, event: AnyEventObject, source: AnyActor | undefined): void {
    const { actor: name, session } = this.#nameOf(actor)
    const { turnId, attempt } = this.#place(event)
    const from = source ? this.#nameOf(source).actor : null
    const body = { type: 'event', actor: name, session, event: event.type, source: from, turnId, attempt } as const
    const fields = eventFields(event)
    this.#record(isEmpty(fields) ? body : Object.assign(body, this.#redaction.eventFields(fields)))
  }

  #started(actor: AnyActor): void {
    if (isMachineActor(actor))
      this.#machines.set(actor, { state: stateName(actor.getSnapshot().value), hasStepped: false })
    const { src } = actor
    const parent = parentOf(actor)
    this.#record({
      type: 'actor.started',
      ...this.#nameOf(actor),
      src: typeof src === 'string' ? src : null,
      parent: parent ? this.#nameOf(parent).actor : null,
    })
  }

  #step(
    actor: AnyActor,
    event: string,
    snapshot: AnyMachineSnapshot,
    transitions: readonly AnyTransitionDefinition[],
  ): void {
    const machine = this.#machines.get(actor)
    if (!machine) return
    // XState also reports a microstep when a machine starts, and when no transition was enabled.
    const isTaken = transitions.length > 0
    machine.hasStepped ||= isTaken
    const from = machine.state
    const to = stateName(snapshot.value)
    machine.state = to
    if (isTaken) {
      const { actor: name, session } = this.#nameOf(actor)
      const { turnId, attempt } = this.#place(null, actor === this.#internals.actor ? contextOf(snapshot) : undefined)
      const guard = guardsOf(transitions)
      const ids = transitions.map(transitionId)
      this.#record({
        type: 'transition',
        actor: name,
        session,
        from,
        to,
        event,
        guard,
        transitions: ids,
        turnId,
        attempt,
      })
    }
    if (actor === this.#internals.actor) this.#newFacts(contextOf(snapshot), to)
  }

  /** Records the facts that a step appended: they are the last of those that are not stored yet. */
  #newFacts({ view, pending }: ConversationContext, state: string): void {
    const count = view.revision - this.#revision
    if (count <= 0) return
    const first = this.#revision
    this.#revision = view.revision
    for (const [nth, fact] of unsavedFacts(pending).slice(-count).entries()) {
      const index = first + nth
      this.#record({ type: 'fact', index, fact: this.#shown(fact, index), state })
      if (fact.type === 'turn.settled' && fact.refusal) this.#refusal(view, fact.turnId, fact.refusal)
      if (fact.type === 'request.rejected') this.#rejection(view, fact)
    }
  }

  #rejection(view: View, { turnId, failure }: Extract<Fact, { type: 'request.rejected' }>): void {
    const { suspects: found, ...rejection } = rejectionOf(view, failure)
    const { pointer, suspect } = this.#redaction
    this.#record({
      type: 'rejection',
      turnId,
      ...rejection,
      pointer: pointer(rejection.pointer),
      suspects: found.map(suspect),
    })
  }

  #refusal(view: View, turnId: string, { category, model, textShown }: Refusal): void {
    this.#record({
      type: 'refusal',
      turnId,
      category: this.#redaction.name(category),
      model: this.#redaction.name(model ?? null),
      textShown,
      nothingLeft: view.head === null,
      suspects: suspects(view, turnId).map(this.#redaction.suspect),
    })
  }

  #settled(actor: AnyActor, event: string, status: string): void {
    const machine = this.#machines.get(actor)
    if (!machine) return
    const { hasStepped, state } = machine
    machine.hasStepped = false
    if (hasStepped && actor === this.#internals.actor) this.#waits()
    if (!hasStepped && status === 'active' && !event.startsWith('xstate.'))
      this.#record({ type: 'ignored', ...this.#nameOf(actor), event, state, ...this.#place(null) })
  }

  /** Records what the conversation waits for now, if that is another wait than before. */
  #waits(): void {
    const { actor } = this.#internals
    const waiting = waitingOf(actor)
    const state = stateName(actor.getSnapshot().value)
    const key = waiting && `${state} ${waiting.next} ${actor.getSnapshot().context.view.revision}`
    if (waiting && key !== this.#waiting) this.#record({ type: 'waits', state, ...waiting })
    this.#waiting = key
  }

  #promptChanged(): void {
    const { promptHash, ...fields } = promptFields(this.#internals.prompt())
    this.#record({ type: 'prompt', promptHash: this.#redaction.hash(promptHash), ...fields })
  }

  /** A step that settles a turn belongs to that turn, which was open before it. */
  #place(event: { readonly type: string } | null, after?: ConversationContext) {
    const context = after?.view.open ? after : this.#internals.actor.getSnapshot().context
    const turnId = (event === null ? undefined : turnOf(event)) ?? context.view.open?.id ?? null
    return { turnId, attempt: turnId === context.view.open?.id ? context.view.attempt : null }
  }

  #shown(fact: Fact, index: number): Fact {
    return (this.#shownFacts[index] ??= this.#redaction.fact(fact))
  }

  #record(body: RecordBody): void {
    const head = { v: recordVersion, seq: this.#seq++, at: this.#internals.now(), conversation: this.#id }
    this.#emit(Object.assign(head, body) as InspectionRecord)
  }
}

function isEmpty(fields: object): boolean {
  for (const _ in fields) return false
  return true
}

const guardsOf = (transitions: readonly AnyTransitionDefinition[]): string | null =>
  transitions.flatMap(({ guard }) => guardName(guard) ?? []).join(', ') || null

const contextOf = (snapshot: AnyMachineSnapshot): ConversationContext => snapshot.context as ConversationContext
