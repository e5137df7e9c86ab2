// The interface of a conversation that a server has.
import type { Clock } from '../clock.ts'
import type { Branch, Conversation, ForceOptions, Logger, RejectionPolicy, ResetPolicy } from '../index.ts'
import type { Connection } from './link.ts'
import type { RequestHeaders } from './requests.ts'

/** The options of {@link connectConversation}. */
export interface ConnectOptions {
  /** The address of the server, without `/v1`: `https://chat.example.com/api`, or in a browser `/api`. */
  readonly url: string
  /** The conversation. Default: a new one, which is created. */
  readonly id?: string
  /** Creates the conversation if the server has none with this id. Default: only without `id`. */
  readonly create?: boolean
  /** Headers of every request, or a function that gives them anew for each one: `authorization`, say. */
  readonly headers?: RequestHeaders
  /** Default: the platform's. */
  readonly fetch?: typeof fetch
  /**
   * Milliseconds in which the server has to send something, a heartbeat at least; the connection is taken for dead after that.
   * Default 45,000.
   */
  readonly idleTimeout?: number
  /** Milliseconds in which a request has to be answered; it is sent again after that. Default 60,000. */
  readonly timeout?: number
  /** Where faults of the app's listeners are logged. Default: `console`. */
  readonly logger?: Logger
  /** Default: the platform's timers. */
  readonly clock?: Clock
}

/** What both kinds of conversation have in common, word for word. */
type Shared = Pick<
  Conversation,
  | 'id'
  | 'title'
  | 'status'
  | 'revision'
  | 'canSend'
  | 'messages'
  | 'usage'
  | 'cost'
  | 'refusal'
  | 'rejection'
  | 'error'
  | 'model'
  | 'queue'
  | 'held'
  | 'pendingCalls'
  | 'sendMessage'
  | 'retry'
  | 'regenerate'
  | 'editMessage'
  | 'compact'
  | 'subscribe'
  | 'on'
>

/**
 * A conversation that a server has, with the names of {@link Conversation}. Its properties are what the server said last.
 *
 * A turn never rejects: a message that the server does not take has the outcome `failed`, with the server's error. The id of a turn is
 * the key of its request (`turnId`, or a new one) until the server has taken it, and then the one that the server gave it. The promises of
 * other methods resolve once it is done and shown here, and reject with the server's error; `error` shows it too, so that nobody has
 * to await them. While the server can't be reached all of them wait, in order, and are sent once it can.
 */
export interface ClientConversation extends Shared {
  /** Whether the server can be reached. */
  readonly connection: Connection
  /**
   * Resolves once the server has said what the conversation is. Rejects if the connection ends before, for instance with
   * `conversation-unknown`, `not-authenticated` or `wire-version-unsupported`.
   */
  connected(): Promise<void>
  stop(): Promise<void>
  /** A turn and its siblings. Rejects with `turn-unknown`. */
  branches(turnId: string): Promise<readonly Branch[]>
  switchTo(turnId: string | null, options?: ForceOptions): Promise<void>
  /** Creates another conversation that begins with the path to a turn, and connects to it with the same options. */
  fork(turnId?: string, options?: ForceOptions & { readonly id?: string }): Promise<ClientConversation>
  approveTool(callId: string): Promise<void>
  denyTool(callId: string, reason?: string): Promise<void>
  answerTool(callId: string, result: unknown, options?: { readonly isError?: boolean }): Promise<void>
  resolveRefusal(policy: ResetPolicy): Promise<void>
  resolveRejection(policy: RejectionPolicy): Promise<void>
  clear(): Promise<void>
  setModel(model: string): Promise<void>
  setTitle(title: string | null): Promise<void>
  withdraw(turnId: string): Promise<void>
  releaseQueue(): Promise<void>
  /**
   * Ends the connection, and nothing else: a turn in progress continues on the server. Its handle here has the outcome `failed`, with
   * `conversation-closed`; messages that were not sent `stopped`.
   */
  close(): Promise<void>
}
