import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice } from '../conversation/turns/events.ts'
import type { TurnstateError } from '../errors.ts'
import type { ConversationListing } from '../stores/index.ts'
import type { Connection } from './connection.ts'

export interface Beginning {
  readonly model: string
  readonly connection: Connection
  /** What is played automatically. */
  readonly plays: 'nothing' | 'demonstration' | 'tour'
  /** Whether --demo was given. */
  readonly isAskedFor: boolean
  /** Whether an API key is set, used or not. */
  readonly hasKey: boolean
  /** Paths of the files that are sent with the first message. */
  readonly files: readonly string[]
  /** The id of the conversation, and where it is kept. Missing: it is not. */
  readonly kept?: { readonly id: string; readonly where: string }
  /** Show no heading. */
  readonly isQuiet?: boolean
}

export interface SceneHeading {
  readonly number: number
  readonly of: number
  readonly title: string
  /** What to look at. */
  readonly look: string
}

/** Whether the final history of a scene can be sent: the result of a request with it. */
export interface SceneCheck {
  readonly scene: number
  readonly ok: boolean
  /** Number of messages in the request, including its own. */
  readonly messages: number
  readonly model: string
  /** HTTP status of the answer; `null` when none came. */
  readonly status: number | null
  /** What went wrong; empty if nothing did. */
  readonly problems: readonly string[]
}

export interface TourEnd {
  readonly scenes: number
  readonly failed: number
}

/** Shows a chat: as text, or as JSON. */
export interface ChatOutput {
  begin(beginning: Beginning): void
  /** Shows a conversation of the store that was opened: its last messages, and what waits for the user. */
  opened(conversation: Conversation, listing: ConversationListing): void
  /** Shows a message that the reader did not just type. */
  message(text: string): void
  notice(notice: ConversationNotice, conversation: Conversation): void
  problem(error: TurnstateError): void
  /** Shows a text of the command itself. */
  say(text: string): void
  /** Shows what the whole chat used. */
  end(conversation: Conversation): void
  /** Shows the messages that the model is sent, as JSON. */
  history(messages: Conversation['history']): void
  scene(heading: SceneHeading): void
  check(check: SceneCheck): void
  endTour(end: TourEnd): void
}
