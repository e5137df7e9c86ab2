// Compactions that the API makes by itself stand in the middle of replies. To the API the last one stands for everything before
// it, and more than one is ambiguous (error code `compaction_block_ambiguous`): those before it leave, and so does the thinking
// there, which nobody reads any more.
import { type Block, isThinking, type Message } from '../content.ts'

/** A compaction that failed has no content, and to the API it is nothing. */
const isCompaction = ({ type, content }: Block): boolean => type === 'compaction' && content !== null

const isIn = ({ content }: Message): boolean => typeof content !== 'string' && content.some(isCompaction)

export const countCompactions = (messages: readonly Message[]): number =>
  messages.reduce(
    (sum, { content }) => (typeof content === 'string' ? sum : sum + content.filter(isCompaction).length),
    0,
  )

/** The messages of each turn, with the last compaction alone. */
export function withLastCompaction(turns: readonly (readonly Message[])[]): (readonly Message[])[] {
  const lastTurn = turns.findLastIndex((messages) => messages.some(isIn))
  return turns.map((messages, turn) => {
    if (turn > lastTurn) return messages
    const lastMessage = turn < lastTurn ? messages.length : messages.findLastIndex(isIn)
    const made = messages.map((message, index): Message | null => {
      if (index > lastMessage || typeof message.content === 'string') return message
      const { content } = message
      const end = index < lastMessage ? content.length : content.findLastIndex(isCompaction)
      const kept = content.filter((block, at) => at >= end || !(isCompaction(block) || isThinking(block)))
      return kept.length > 0 ? { role: message.role, content: kept } : null
    })
    // Without a reply behind it a system message has no place: its words are the user's.
    return made.flatMap((message, index): readonly Message[] => {
      if (message === null) return []
      return message.role === 'system' && made[index + 1] === null ? [{ ...message, role: 'user' }] : [message]
    })
  })
}
