// What @statelyai/inspect 0.7.2 sends and has, as far as it is used here. Types of our own, so that those who do without
// it can.

/** What its receivers are given: plain JSON. */
export interface StatelyMessage {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot'
  readonly sessionId: string
  readonly rootId?: string | undefined
  /** Milliseconds since 1970, as digits. */
  readonly createdAt: string
  readonly _version: string
  /** Of an actor: what it is called. */
  readonly name?: string
  readonly parentId?: string | undefined
  /** Of an actor: its machine as JSON, for `createMachine`. */
  readonly definition?: string | undefined
  readonly snapshot?: StatelySnapshot
  readonly event?: StatelyEvent
  /** Of an event: the actor that sent it. */
  readonly sourceId?: string | undefined
}

/** A snapshot, as `@statelyai/inspect` sends it. */
export interface StatelySnapshot {
  readonly status?: 'active' | 'done' | 'error' | 'stopped'
  readonly value?: unknown
  readonly context?: unknown
  readonly output?: unknown
}

/** An event, as `@statelyai/inspect` sends it. */
export interface StatelyEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** An actor, as its `createInspector` reads one. */
export interface StatelyActor {
  readonly sessionId: string
  readonly logic?: { readonly config: { readonly id: string } }
  readonly _parent?: StatelyActor
  /** Not called. */
  send(): void
  getSnapshot(): undefined
}

interface StatelyInspector {
  actor(actor: StatelyActor, snapshot: StatelySnapshot): void
  event(sessionId: string, event: StatelyEvent, info: { readonly source?: string }): void
  snapshot(sessionId: string, snapshot: StatelySnapshot, info: { readonly event: StatelyEvent }): void
}

export interface StatelyModule {
  createInspector(
    this: void,
    adapter: { send(message: StatelyMessage): void },
    options: { readonly filter?: (message: StatelyMessage) => boolean; readonly serializationDepthLimit?: number },
  ): StatelyInspector
}
