// Compactions that the API makes by itself are in the middle of replies. The last one replaces everything before it, and the API
// rejects more than one (`compaction_block_ambiguous`): earlier ones are left out, and so is the thinking before the last one,
// which the model does not read any more.
import { type Block, isThinking, type Message } from '../content.ts'

/** Whether this is a compaction with content. One that failed has none, and the API ignores it. */
const isCompaction = ({ type, content }: Block): boolean => type === 'compaction' && content !== null

const isIn = ({ content }: Message): boolean => typeof content !== 'string' && content.some(isCompaction)

export const countCompactions = (messages: readonly Message[]): number =>
  messages.reduce(
    (sum, { content }) => (typeof content === 'string' ? sum : sum + content.filter(isCompaction).length),
    0,
  )

/** The messages of each turn, with the last compaction only. */
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
    // A system message without a reply after it is sent as the user's words.
    return made.flatMap((message, index): readonly Message[] => {
      if (message === null) return []
      return message.role === 'system' && made[index + 1] === null ? [{ ...message, role: 'user' }] : [message]
    })
  })
}
