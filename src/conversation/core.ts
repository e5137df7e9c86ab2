import type { Repair } from '../journal/index.ts'
import type { Running } from './running.ts'
import type { Sender } from './sending.ts'

/** What the properties of a conversation are made of. */
export interface ConversationCore {
  readonly running: Running
  readonly sender: Sender
  readonly repairs: readonly Repair[]
}
