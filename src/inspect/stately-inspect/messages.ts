// The part of @statelyai/inspect 0.7.2 that is used here. These are types of our own, so that apps that don't use the package
// need not install it.

/** A message to its receivers: plain JSON. */
export interface StatelyMessage {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot'
  readonly sessionId: string
  readonly rootId?: string | undefined
  /** Milliseconds since 1970, as digits. */
  readonly createdAt: string
  readonly _version: string
  /** The name of an actor. */
  readonly name?: string
  readonly parentId?: string | undefined
  /** The machine of an actor as JSON, for `createMachine`. */
  readonly definition?: string | undefined
  readonly snapshot?: StatelySnapshot
  readonly event?: StatelyEvent
  /** The session id of the actor that sent an event. */
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

/** The fields of an actor that its `createInspector` reads. */
export interface StatelyActor {
  readonly sessionId: string
  readonly logic?: { readonly config: { readonly id: string } }
  readonly _parent?: StatelyActor
  /** Never called. */
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
