import type { AnyActor, AnyMachineSnapshot, AnyTransitionDefinition } from 'xstate'
import type { ConversationContext } from '../../machines/index.ts'
import { stateName } from '../state-name.ts'
import { type Fact, type Refusal, rejectionOf, suspects, type View } from '../journal/index.ts'
import { guardName, transitionId } from './transition-names.ts'
import { type ActorName, actorNames } from './actor-names.ts'
import { eventFields, turnOf } from './event-fields.ts'
import { type InspectionRecord, recordVersion } from './records.ts'
import { type Showing, showing } from './showing.ts'
import { promptFields, requestFields } from './request-fields.ts'
import { isMachineActor, parentOf, watchActors } from './watch-actors.ts'
import type { Watched } from './watched.ts'

/** A record without what each has. */
type News = InspectionRecord extends infer Record
  ? Record extends InspectionRecord
    ? Omit<Record, 'v' | 'seq' | 'at' | 'conversation'>
    : never
  : never

/** A machine that is watched, and where it is. */
interface MachineState {
  state: string
  /** Whether the event that it works on has led to a step. */
  hasStepped: boolean
}

/** Watches one conversation and makes records. */
export class Recorder {
  readonly #watched: Watched
  readonly #includeText: boolean
  readonly #showing: Showing
  readonly #tell: (record: InspectionRecord) => void
  readonly #onError: (cause: unknown) => void
  readonly #nameOf: (actor: AnyActor) => ActorName
  readonly #machines = new WeakMap<AnyActor, MachineState>()
  readonly #shownFacts = new WeakMap<Fact, Fact>()
  readonly #id: string
  #seq = 0
  #revision = 0
  #ends: (() => void)[] = []

  /** @param onError Told of a fault of the recorder's own: it stops then, and the conversation goes on. */
  constructor(
    watched: Watched,
    includeText: boolean,
    tell: (record: InspectionRecord) => void,
    onError: (cause: unknown) => void,
  ) {
    this.#onError = onError
    this.#watched = watched
    this.#includeText = includeText
    this.#showing = showing(includeText)
    this.#tell = tell
    this.#nameOf = actorNames(watched.actor)
    this.#id = watched.actor.getSnapshot().context.view.id
  }

  start(): void {
    const { actor, watch, facts } = this.#watched
    const { context, value, status } = actor.getSnapshot()
    const { id, version = '' } = actor.logic
    const { model, revision } = context.view
    const includesText = this.#includeText
    this.#record({ type: 'observed', model, machine: { id, version }, state: stateName(value), revision, includesText })
    this.#promptChanged()
    const unfollow = this.#follow()
    // How it stands now is how it stood after the last of them.
    for (const [index, fact] of facts().entries()) {
      const state = index === revision - 1 ? stateName(value) : null
      this.#record({ type: 'fact', index, fact: this.#shown(fact), state })
    }
    this.#revision = revision
    if (status !== 'active') {
      unfollow()
      return this.#record({ type: 'ended', status })
    }
    const unwatch = watch({
      requested: (requested) => this.#record({ type: 'request', ...requestFields(requested, this.#watched.prompt()) }),
      promptChanged: () => this.#promptChanged(),
    })
    this.#ends = [unfollow, unwatch]
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  /** Every fact that was told of. */
  facts(): readonly Fact[] {
    return this.#watched
      .facts()
      .slice(0, this.#revision)
      .map((fact) => this.#shown(fact))
  }

  #follow(): () => void {
    const { actor: root } = this.#watched
    return watchActors(root, () => true, {
      started: (actor) => this.#started(actor),
      received: (actor, event, source) =>
        this.#record({
          type: 'event',
          ...this.#nameOf(actor),
          event: event.type,
          source: source ? this.#nameOf(source).actor : null,
          ...this.#place(event),
          ...this.#showing.eventFields(eventFields(event)),
        }),
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
    // XState tells of a step without a transition too: when a machine starts, and when it takes nothing.
    const isTaken = transitions.length > 0
    machine.hasStepped ||= isTaken
    const from = machine.state
    const to = stateName(snapshot.value)
    machine.state = to
    if (isTaken)
      this.#record({
        type: 'transition',
        ...this.#nameOf(actor),
        from,
        to,
        event,
        guard: guardsOf(transitions),
        transitions: transitions.map(transitionId),
        ...this.#place(null, actor === this.#watched.actor ? contextOf(snapshot) : undefined),
      })
    if (actor === this.#watched.actor) this.#news(contextOf(snapshot), to)
  }

  /** What was recorded in a step: the newest facts are the last that are not stored yet. */
  #news({ view, unsaved }: ConversationContext, state: string): void {
    const count = view.revision - this.#revision
    if (count <= 0) return
    const first = this.#revision
    this.#revision = view.revision
    for (const [index, fact] of unsaved.slice(-count).entries()) {
      this.#record({ type: 'fact', index: first + index, fact: this.#shown(fact), state })
      if (fact.type === 'turn.settled' && fact.refusal) this.#refusal(view, fact.turnId, fact.refusal)
      if (fact.type === 'request.rejected') this.#rejection(view, fact)
    }
  }

  #rejection(view: View, { turnId, failure }: Extract<Fact, { type: 'request.rejected' }>): void {
    const { suspects: found, ...rejection } = rejectionOf(view, failure)
    const { pointer, suspect } = this.#showing
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
      category: this.#showing.name(category),
      model: this.#showing.name(model ?? null),
      textShown,
      nothingLeft: view.head === null,
      suspects: suspects(view, turnId).map(this.#showing.suspect),
    })
  }

  #settled(actor: AnyActor, event: string, status: string): void {
    const machine = this.#machines.get(actor)
    if (!machine) return
    const { hasStepped, state } = machine
    machine.hasStepped = false
    if (!hasStepped && status === 'active' && !event.startsWith('xstate.'))
      this.#record({ type: 'ignored', ...this.#nameOf(actor), event, state, ...this.#place(null) })
  }

  #promptChanged(): void {
    const { promptHash, ...fields } = promptFields(this.#watched.prompt())
    this.#record({ type: 'prompt', promptHash: this.#showing.hash(promptHash), ...fields })
  }

  /** A step that settles the turn is of that turn still: it was open before. */
  #place(event: { readonly type: string } | null, after?: ConversationContext) {
    const context = after?.view.open ? after : this.#watched.actor.getSnapshot().context
    const turnId = (event === null ? undefined : turnOf(event)) ?? context.view.open?.id ?? null
    return { turnId, attempt: turnId === context.view.open?.id ? context.attempt : null }
  }

  #shown(fact: Fact): Fact {
    const known = this.#shownFacts.get(fact)
    if (known) return known
    const shown = this.#showing.fact(fact)
    this.#shownFacts.set(fact, shown)
    return shown
  }

  #record(news: News): void {
    this.#tell({
      v: recordVersion,
      seq: this.#seq++,
      at: this.#watched.now(),
      conversation: this.#id,
      ...news,
    } as InspectionRecord)
  }
}

const guardsOf = (transitions: readonly AnyTransitionDefinition[]): string | null =>
  transitions.flatMap(({ guard }) => guardName(guard) ?? []).join(', ') || null

const contextOf = (snapshot: AnyMachineSnapshot): ConversationContext => snapshot.context as ConversationContext
