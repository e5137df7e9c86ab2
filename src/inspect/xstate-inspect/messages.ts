// The wire of @xstate/inspect 0.8.0 (its lib/types.d.ts). What is inside of a message is JSON in a string.

/** What an inspector sends. */
export type InspectorMessage =
  | {
      readonly type: 'service.register'
      /** The definition of the machine for XState 4, with the context. */
      readonly machine: string
      /** As in `service.state`. */
      readonly state: string
      readonly id: string
      readonly sessionId: string
      readonly parent?: string
      /** The actor slot that it fills. */
      readonly source?: string
    }
  /** `event`: an {@link ScxmlEvent}. */
  | { readonly type: 'service.event'; readonly event: string; readonly sessionId: string }
  /** `state`: what v4's `State.create` takes. */
  | { readonly type: 'service.state'; readonly state: string; readonly sessionId: string }
  | { readonly type: 'service.stop'; readonly sessionId: string }
  | { readonly type: 'xstate.disconnect' }

/** An event as XState 4 keeps them. */
export interface ScxmlEvent {
  readonly name: string
  readonly data: { readonly type: string } & Readonly<Record<string, unknown>>
  readonly $$type: 'scxml'
  readonly type: 'external' | 'platform'
  /** The session that sent it, where that is one that was registered. */
  readonly origin?: string
}
