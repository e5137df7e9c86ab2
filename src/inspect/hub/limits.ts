// How much an inspector keeps, and how much it does for others at once. It may live in the app that it watches, so all of it
// is bounded: whoever goes over a limit is cut off alone, and the page says so.

import { processLimits } from '../wire/messages.ts'

export interface HubLimits {
  /** Conversations that are kept. To make room, the oldest of those that are over goes; a live one never does. */
  readonly conversations: number
  /** Live conversations of one connection. */
  readonly conversationsOfProcess: number
  /** Facts of one conversation. */
  readonly facts: number
  /** Bytes of one conversation that are never dropped: its facts, its chart and its offers. */
  readonly bytesOfConversation: number
  /** Bytes of all conversations. What they are as a file, an inspector can read again. */
  readonly bytes: number
  /** Commands of one page, and commands to one process, that wait for an answer. */
  readonly commands: number
  /** Records that a page is behind before it is sent its conversation anew. */
  readonly news: number
}

export const hubLimits: HubLimits = {
  conversations: 500,
  conversationsOfProcess: processLimits.conversations,
  facts: processLimits.facts,
  bytesOfConversation: processLimits.bytesOfConversation,
  bytes: 128 * 1024 * 1024,
  commands: 32,
  news: 5_000,
}

/** Characters of a state, a name or an id in the list of conversations, which is sent again and again. */
export const listedText = 200

/** Bytes and records of one piece of a conversation that is sent to a page. */
export const pieceBytes = 512 * 1024
export const pieceRecords = 500
