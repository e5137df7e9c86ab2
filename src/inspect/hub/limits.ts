// How much a hub keeps, and how much it does for others at once. It may run inside the app that it inspects, so everything is
// bounded. A peer that exceeds a limit is disconnected, no other one, and pages show it.

import { processLimits } from '../wire/messages.ts'

export interface HubLimits {
  /** Conversations. To make room, the oldest that is over is forgotten, a live one never. */
  readonly conversations: number
  /** Live conversations of one connection. */
  readonly conversationsOfProcess: number
  /** Facts of one conversation. */
  readonly facts: number
  /** Bytes of one conversation that are never dropped: its facts, its chart and its offers. */
  readonly bytesOfConversation: number
  /** Bytes of all conversations. An export of so many can be imported again. */
  readonly bytes: number
  /** Commands of one page, and to one process, that may wait for an answer. */
  readonly commands: number
  /** Records that may wait for a page before it is sent its conversation anew. */
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

/** Maximum characters of a state, a name or an id in the list, which is sent again and again. */
export const listedText = 200

/** Maximum bytes and records of one piece of a conversation for a page. */
export const pieceBytes = 512 * 1024
export const pieceRecords = 500
