import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice } from '../conversation/events.ts'
import type { TurnstateError } from '../errors.ts'
import type { Connection } from './connection.ts'

export interface Beginning {
  readonly model: string
  readonly connection: Connection
  readonly isDemo: boolean
  /** A key is set, used or not. */
  readonly hasKey: boolean
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
}
