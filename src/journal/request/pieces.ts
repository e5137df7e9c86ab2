// The pieces that messages are made of, each with its origin: so that the API's pointer into a request can be traced to a turn.
import { type Content, type Message, toBlocks } from '../content.ts'
import type { Turn } from '../view.ts'
import { MessageList } from './messages.ts'

/** The blocks that one turn contributes to one message, in order. */
export interface Piece extends Message {
  readonly turn: Turn
  readonly from: 'input' | 'system' | 'reply' | 'results' | 'compaction' | 'line'
}

export function toMessages(pieces: readonly Piece[]): Message[] {
  const list = new MessageList()
  for (const { role, content } of pieces) list.add({ role, content })
  return list.messages
}

/** The piece that a block of a message came from, and the block's index in it; `undefined` if there is no such block. */
export function pieceAt(
  pieces: readonly Piece[],
  message: number,
  block: number,
): { readonly piece: Piece; readonly content: Content; readonly index: number } | undefined {
  let at = -1
  let role: Message['role'] | null = null
  let before = 0
  for (const piece of pieces) {
    if (piece.role !== role) {
      at++
      before = 0
      role = piece.role
    }
    const count = toBlocks(piece.content).length
    if (at === message && block < before + count) return { piece, content: piece.content, index: block - before }
    before += count
  }
  return undefined
}
