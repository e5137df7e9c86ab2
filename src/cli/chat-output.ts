import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice } from '../conversation/turns/events.ts'
import type { TurnstateError } from '../errors.ts'
import type { Connection } from './connection.ts'

export interface Beginning {
  readonly model: string
  readonly connection: Connection
  /** What plays by itself, if anything does. */
  readonly plays: 'nothing' | 'demonstration' | 'tour'
  /** It was asked for, with --demo. */
  readonly isAskedFor: boolean
  /** A key is set, used or not. */
  readonly hasKey: boolean
  /** Paths of the files that go along with the first message. */
  readonly files: readonly string[]
}

export interface SceneHeading {
  readonly number: number
  readonly of: number
  readonly title: string
  /** What to look at. */
  readonly look: string
}

/** Whether the history that a scene ended with can be sent: what a request that carried it came to. */
export interface SceneCheck {
  readonly scene: number
  readonly ok: boolean
  /** Messages that the request carried, its own included. */
  readonly messages: number
  readonly model: string
  /** HTTP status of the answer; `null` when none came. */
  readonly status: number | null
  /** What went wrong, if anything did. */
  readonly problems: readonly string[]
}

export interface TourEnd {
  readonly scenes: number
  readonly failed: number
}

/** Where a chat shows itself. */
export interface ChatOutput {
  begin(beginning: Beginning): void
  /** A message that its reader did not just type. */
  message(text: string): void
  notice(notice: ConversationNotice, conversation: Conversation): void
  problem(error: TurnstateError): void
  /** Plain words from the command itself. */
  say(text: string): void
  scene(heading: SceneHeading): void
  check(check: SceneCheck): void
  endTour(end: TourEnd): void
}
