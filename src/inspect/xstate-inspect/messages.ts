// The protocol of @xstate/inspect 0.8.0 (its lib/types.d.ts). Machines, states and events in a message are JSON strings.

/** A message that an inspector sends. */
export type InspectorMessage =
  | {
      readonly type: 'service.register'
      /** The machine's definition for XState 4, with the context. */
      readonly machine: string
      /** As in `service.state`. */
      readonly state: string
      readonly id: string
      readonly sessionId: string
      readonly parent?: string
      /** The name of the actor slot that the actor fills. */
      readonly source?: string
    }
  /** `event`: an {@link ScxmlEvent}. */
  | { readonly type: 'service.event'; readonly event: string; readonly sessionId: string }
  /** `state`: the argument of v4's `State.create`. */
  | { readonly type: 'service.state'; readonly state: string; readonly sessionId: string }
  | { readonly type: 'service.stop'; readonly sessionId: string }
  | { readonly type: 'xstate.disconnect' }

/** An event in the format of XState 4. */
export interface ScxmlEvent {
  readonly name: string
  readonly data: { readonly type: string } & Readonly<Record<string, unknown>>
  readonly $$type: 'scxml'
  readonly type: 'external' | 'platform'
  /** The session that sent it, if that is registered. */
  readonly origin?: string
}
