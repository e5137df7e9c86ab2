// Who runs the turns of a server's conversations. `localHost()` is this process alone; `dbosHost()` of `turnstate/dbos` is any number
// of processes on one Postgres. The chart, the journal, the actors and the routes are the same. A host does three things:
//   submit   A request that belongs to a conversation is answered in the process that has the conversation open, wherever it came in.
//   follow   What happens there is shown to viewers of every other process: facts by the store, deltas by a feed.
//   run      A turn that nobody runs, because its process ended, is taken up.
import type { Conversation, Store } from '../index.ts'
import type { Admission, Principal, Rooms } from './context.ts'
import type { ServerLimits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { Opening, ServedOptions } from './served-options.ts'
import type { Feed } from './streams/feed.ts'
import type { Waited } from './waited.ts'

/** What a server gives its host. */
export interface HostGiven {
  readonly store: Store
  readonly optionsFor: (opening: Opening) => Promise<ServedOptions>
  readonly limits: ServerLimits
  readonly metrics: Metrics
  readonly report: (message: string, cause: unknown) => void
  /** Called with each conversation that is in memory from now on, and with the id of each that is not any more. */
  readonly opened: (chat: Conversation) => void
  readonly closed: (id: string) => void
  /** Answers a request here that another process has admitted. Never rejects. */
  readonly answer: (request: Request, admitted: Admission) => Promise<Response>
}

/** The conversations of a server, whichever process has them open. */
export interface HostedRooms extends Rooms {
  /** Conversations that are open in this process. */
  readonly size: number
  /** Messages that wait for their turn in this process. */
  readonly queued: number
  /** Whether there is a conversation with this id, of this principal. @throws TurnstateError as the store */
  has(id: string, principal: Principal): Promise<boolean>
  /** @throws TurnstateError `conversation-unknown` unless there is one with this id, of this principal */
  mustHave(id: string, principal: Principal): Promise<void>
  /**
   * Takes in a conversation that another one begins: a fork. Returns false, and begins nothing, if one with this id is open here.
   *
   * @throws TurnstateError `server-closing`, `server-overloaded`, and as `begin`
   */
  takeIn(id: string, owner: string, begin: () => Conversation): boolean
  /** Releases a conversation, so that it can be deleted or opened elsewhere. */
  release(id: string): Promise<void>
}

/** A request as it is passed on. */
export interface PassedOn {
  readonly request: Request
  readonly principal: Principal
  /** Its body, which is read already; `null`: it has none. */
  readonly body: Uint8Array<ArrayBuffer> | null
}

/** A host at work. */
export interface RunningHost {
  readonly rooms: HostedRooms
  /** Shows what happens in one process to viewers of the others. `null`: there are no others. */
  readonly feed: Feed | null
  /** Resolves once it takes requests. @throws TurnstateError why it can't */
  ready(): Promise<void>
  /** Answers a request in the process that has the conversation. `null`: this process has every conversation that it can enter. */
  readonly submit: ((to: Elsewhere, passed: PassedOn) => Promise<Response>) | null
  /** Somebody waits for a turn that is not run here: its process may be gone. */
  takeUp(waited: Waited): void
  /** Lets no more in, and waits at most so many milliseconds for turns in progress. */
  close(milliseconds: number): Promise<void>
}

/** Runs the conversations of a server. */
export interface Host {
  /** What it is, for logs: `local`, `dbos`. */
  readonly name: string
  /** Called once, by `conversationServer()`. */
  start(given: HostGiven): RunningHost
}

/** What entering a conversation rejects with where another process has it, or may get it: the request is answered there. */
export class Elsewhere extends Error {
  readonly id: string
  readonly opens: string | undefined

  constructor(id: string, opens: string | undefined) {
    super(`The conversation ${id} is answered by another process.`)
    this.id = id
    this.opens = opens
  }
}
