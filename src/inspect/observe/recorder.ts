// The order of XState's inspection events in one step: the event, then actors that it starts, then microsteps, then the
// snapshot. The transitions of a microstep stand in `_transitions`, which is no public field: a test pins it.
import type { AnyActorRef, AnyMachineSnapshot, AnyTransitionDefinition, InspectionEvent, StateValue } from 'xstate'
import type { ConversationContext } from '../../../machines/index.ts'
import { stateName } from '../../conversation/state-changes.ts'
import { type Fact, type Refusal, type Suspect, suspects, type View } from '../../journal/index.ts'
import { guardName, transitionId } from '../chart/definition.ts'
import { ActorNames } from './actor-names.ts'
import { eventFields, turnOf } from './event-fields.ts'
import { type InspectionRecord, recordVersion } from './records.ts'
import { placeholder, redactFact } from './redact.ts'
import { promptFields, requestFields } from './request-fields.ts'
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
  readonly #tell: (record: InspectionRecord) => void
  readonly #onError: (cause: unknown) => void
  readonly #names: ActorNames
  readonly #machines = new Map<AnyActorRef, MachineState>()
  readonly #redacted = new WeakMap<Fact, Fact>()
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
    this.#tell = tell
    this.#names = new ActorNames(watched.actor)
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
    this.#addActors(actor)
    for (const [index, fact] of facts().entries())
      this.#record({ type: 'fact', index, fact: this.#shown(fact), state: null })
    this.#revision = revision
    if (status !== 'active') return this.#record({ type: 'ended', status })
    const inspection = actor.system.inspect((event) => this.#inspect(event))
    const whole = actor.subscribe({ complete: () => this.#end(), error: () => this.#end() })
    const unwatch = watch({
      requested: (requested) => this.#record({ type: 'request', ...requestFields(requested, this.#watched.prompt()) }),
      promptChanged: () => this.#promptChanged(),
    })
    this.#ends = [() => inspection.unsubscribe(), () => whole.unsubscribe(), unwatch]
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  /** Every fact so far, as it is told. */
  facts(): readonly Fact[] {
    return this.#watched.facts().map((fact) => this.#shown(fact))
  }

  /** XState runs this in the middle of a step, which nothing may break. */
  #inspect(inspection: InspectionEvent): void {
    try {
      this.#follow(inspection)
    } catch (cause) {
      this.stop()
      this.#onError(cause)
    }
  }

  #follow(inspection: InspectionEvent): void {
    // Types only: what XState tells of are actors.
    const actor = inspection.actorRef as AnyActorRef
    switch (inspection.type) {
      case '@xstate.event':
        return this.#event(actor, inspection.event, inspection.sourceRef as AnyActorRef | undefined)
      case '@xstate.microstep':
        return this.#step(
          actor,
          inspection.event.type,
          inspection.snapshot as AnyMachineSnapshot,
          inspection._transitions,
        )
      case '@xstate.snapshot':
        return this.#settled(actor, inspection.event.type, inspection.snapshot.status)
    }
  }

  #event(actor: AnyActorRef, event: { readonly type: string }, source: AnyActorRef | undefined): void {
    this.#addActor(actor)
    this.#record({
      type: 'event',
      ...this.#names.of(actor),
      event: event.type,
      source: source ? this.#names.of(source).actor : null,
      ...this.#place(event),
      ...eventFields(event),
    })
  }

  #step(
    actor: AnyActorRef,
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
        ...this.#names.of(actor),
        from,
        to,
        event,
        guard: guardsOf(transitions),
        transitions: transitions.map(transitionId),
        ...this.#place(null, actor === this.#watched.actor ? contextOf(snapshot) : undefined),
      })
    if (actor === this.#watched.actor) this.#news(contextOf(snapshot), to)
    this.#removeActors(actor, snapshot)
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
    }
  }

  #refusal(view: View, turnId: string, { category, model, textShown }: Refusal): void {
    const named = this.#includeText ? suspects(view, turnId) : suspects(view, turnId).map(withoutTitle)
    this.#record({
      type: 'refusal',
      turnId,
      category,
      model: model ?? null,
      textShown,
      nothingLeft: view.head === null,
      suspects: named,
    })
  }

  #settled(actor: AnyActorRef, event: string, status: string): void {
    const machine = this.#machines.get(actor)
    if (machine) {
      const { hasStepped, state } = machine
      machine.hasStepped = false
      if (!hasStepped && status === 'active' && !event.startsWith('xstate.'))
        this.#record({ type: 'ignored', ...this.#names.of(actor), event, state, ...this.#place(null) })
    }
    if (status !== 'active' && actor !== this.#watched.actor)
      this.#removeActor(actor, status === 'error' ? 'error' : status === 'done' ? 'done' : 'stopped')
  }

  #end(): void {
    this.stop()
    const { status } = this.#watched.actor.getSnapshot()
    if (status !== 'active') this.#record({ type: 'ended', status })
  }

  #promptChanged(): void {
    this.#record({ type: 'prompt', ...promptFields(this.#watched.prompt()) })
  }

  #addActors(actor: AnyActorRef): void {
    this.#addActor(actor)
    for (const child of childrenOf(actor)) this.#addActors(child)
  }

  #addActor(actor: AnyActorRef): void {
    if (!this.#names.add(actor)) return
    const { value } = snapshotOf(actor)
    if (value !== undefined) this.#machines.set(actor, { state: stateName(value), hasStepped: false })
    const { src, _parent: parent } = actor
    this.#record({
      type: 'actor.started',
      ...this.#names.of(actor),
      src: typeof src === 'string' ? src : null,
      parent: parent ? this.#names.of(parent).actor : null,
    })
  }

  /** An actor that is stopped tells nothing: it is gone from the children of its parent. */
  #removeActors(parent: AnyActorRef, { children }: AnyMachineSnapshot): void {
    for (const child of this.#names.childrenOf(parent))
      if (children[child.id] !== child) this.#removeActor(child, 'stopped')
  }

  #removeActor(actor: AnyActorRef, status: 'done' | 'error' | 'stopped'): void {
    for (const child of this.#names.childrenOf(actor)) this.#removeActor(child, 'stopped')
    const name = this.#names.of(actor)
    if (!this.#names.remove(actor)) return
    this.#machines.delete(actor)
    this.#record({ type: 'actor.stopped', ...name, status })
  }

  /** A step that settles the turn is of that turn still: it was open before. */
  #place(event: { readonly type: string } | null, after?: ConversationContext) {
    const context = after?.view.open ? after : this.#watched.actor.getSnapshot().context
    const turnId = (event === null ? undefined : turnOf(event)) ?? context.view.open?.id ?? null
    return { turnId, attempt: turnId === context.view.open?.id ? context.attempt : null }
  }

  #shown(fact: Fact): Fact {
    if (this.#includeText) return fact
    let shown = this.#redacted.get(fact)
    if (!shown) this.#redacted.set(fact, (shown = redactFact(fact)))
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

/** The title of a file is somebody's words. */
const withoutTitle = (suspect: Suspect): Suspect =>
  suspect.kind === 'file' && suspect.title !== undefined ? { ...suspect, title: placeholder(suspect.title) } : suspect

const snapshotOf = (actor: AnyActorRef): { readonly value?: StateValue; readonly children?: object } =>
  actor.getSnapshot() ?? {}

const childrenOf = (actor: AnyActorRef): readonly AnyActorRef[] =>
  Object.values(snapshotOf(actor).children ?? {}).filter((child): child is AnyActorRef => child !== undefined)

const contextOf = (snapshot: AnyMachineSnapshot): ConversationContext => snapshot.context as ConversationContext
