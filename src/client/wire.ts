// What a server says of a conversation: JSON, and the events of its streams. Types only, so that both ends share them.
import type {
  ConversationNotice,
  ConversationStatus,
  ErrorDetails,
  PendingCall,
  QueuedInput,
  RefusalReport,
  Rejection,
  TranscriptItem,
  TurnOutcome,
  Usage,
} from '../index.ts'

/** The version of this wire. A client and a server of different versions do not understand each other. */
export const wireVersion = 1

/** The header that carries {@link wireVersion}, in every answer of a server. */
export const versionHeader = 'turnstate-version'

/** An error, as RFC 9457 has it. `code` is one of `TurnstateErrorCode`. */
export interface Problem {
  readonly type: string
  readonly title: string
  /** The HTTP status. */
  readonly status: number
  /** What happened, and what to do. */
  readonly detail: string
  readonly code: string
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number
  /** What became of each field of a `PATCH` that failed on the way. Without it, nothing was changed. */
  readonly changes?: NonNullable<ErrorDetails['changes']>
}

/** A conversation, as people see it: what `GET /v1/conversations/:id` answers. */
export interface ConversationState {
  readonly id: string
  readonly title: string | null
  readonly status: ConversationStatus
  /** The number of facts that are stored, and that this shows. */
  readonly revision: number
  readonly canSend: boolean
  readonly model: string
  readonly messages: readonly TranscriptItem[]
  readonly queue: readonly QueuedInput[]
  readonly held: boolean
  readonly pendingCalls: readonly PendingCall[]
  readonly usage: Usage
  readonly cost: number | null
  readonly error: Problem | null
  /** The refusal that the last message ended with, decided or not. */
  readonly refusal: RefusalReport | null
  /** The rejection that waits for a decision, or that the last message failed with. */
  readonly rejection: Rejection | null
}

/** What has changed since the last `conversation` or `change` of the same stream. */
export interface ConversationChange extends Partial<Omit<ConversationState, 'messages'>> {
  /** The first `keep` messages are as they were; `items` follow them, and nothing else does. */
  readonly messages?: { readonly keep: number; readonly items: readonly TranscriptItem[] }
}

/** An outcome on the wire. */
export type WireOutcome = Omit<TurnOutcome, 'error'> & { readonly error?: Problem }

/** Replaces errors by problems, and outcomes by those of the wire. */
type OnWire<Notice> = Notice extends unknown
  ? {
      readonly [Key in keyof Notice]: Key extends 'outcome' ? WireOutcome : Key extends 'error' ? Problem : Notice[Key]
    }
  : never

/**
 * An event of `chat.on`, on the wire. Texts of refused replies are in none of them. `message` is the id of the first turn of the message
 * that the event's turn belongs to: the id that its sender knows.
 */
export type WireNotice = OnWire<ConversationNotice> & { readonly message?: string }

/**
 * The events of a stream, by the name of the SSE event; `data` is the JSON of the rest.
 *
 * `conversation` comes first, unless the stream resumes where another one ended, and replaces everything that the client has. `change`
 * follows when something else than the text of the reply in progress changes. `delta` adds to that text: to the item of the turn with
 * the status `streaming`. `resume` is the last event before the server ends the stream: connect again, here or elsewhere. The other
 * events are those of `chat.on`.
 */
export type WireEvent =
  | ({ readonly type: 'conversation' } & ConversationState)
  | ({ readonly type: 'change' } & ConversationChange)
  | { readonly type: 'resume'; readonly why: 'shutdown' | 'slow' | 'deleted' }
  | WireNotice
