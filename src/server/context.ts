// What the routes of every wire are given.
import type { Conversation, MessageParam } from '../index.ts'

/** Who asks. Conversations belong to the principal that created them. */
export interface Principal {
  /** The owner's tag in the store: the id of a user, say. */
  readonly id: string
}

/** An answer as Node has it: as much as is needed to end its connection. */
export interface Outgoing {
  destroy(): unknown
  readonly socket?: { setTimeout(milliseconds: number): unknown } | null
  once(event: string, listener: () => void): unknown
  prependOnceListener(event: string, listener: () => void): unknown
}

/** A request that another process of the same host has admitted. */
export interface Admission {
  readonly principal: Principal
  /** The id of the turn that the request opens, where the other process chose it. Default: none. */
  readonly opens?: string
}

/** The variables of a request, in Hono's terms. */
export interface ServerEnv {
  readonly Bindings: {
    /** The answer as Node has it, where Node answers. */
    readonly outgoing?: Outgoing
    /** Another process has admitted the request. */
    readonly admitted?: Admission
  }
  readonly Variables: {
    /** Set before any route but those of health. */
    readonly principal: Principal
    /** The content security policy of this answer, where it is a page. Every other answer may do nothing. */
    readonly contentPolicy?: string
  }
}

/** A conversation that is open in this process for as long as a request needs it. */
export interface Guest {
  readonly chat: Conversation
  /** Gives it up. Call it once, when the request no longer needs the conversation; a turn in progress continues. */
  leave(): void
}

/** The conversations that are open in this process: opened on use, released when idle. */
export interface Rooms {
  /**
   * Opens a conversation of this principal, or joins those who have it open.
   *
   * @param opens the id of the turn that the request opens, if it does. Default: none.
   * @throws TurnstateError `conversation-unknown` (also for that of another principal), `conversation-busy` while another process has
   * it, `server-overloaded`, `store-unavailable`, and what the store throws
   */
  enter(id: string, principal: Principal, opens?: string): Promise<Guest>
  /**
   * The same, and creates the conversation if there is none with this id. An id of another principal is `conversation-unknown`.
   *
   * @param messages a history that a new conversation begins with. Default: none.
   */
  enterOrCreate(id: string, principal: Principal, messages?: readonly MessageParam[]): Promise<Guest>
}
