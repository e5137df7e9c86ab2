import { type Block, toBlocks } from '../content.ts'
import { mediaLine } from '../request/lines.ts'
import type { SeedMessage } from './read-messages.ts'
import type { Repair } from './repair.ts'

/** A picture or file as it can be sent, or `null` where it can't be, and what was wrong with it. */
interface MendedMedia {
  readonly block: Block | null
  readonly why: string
}

/** What is to be done about a picture or file; `null` when nothing is. Bytes are not read here. */
export type MendMedia = (block: Block) => MendedMedia | null

/** The messages with their pictures and files as the API takes them, those in results of tools too. */
export function withMendedMedia(
  messages: readonly SeedMessage[],
  mend: MendMedia,
  repairs: Repair[],
): readonly SeedMessage[] {
  return messages.map((message) => {
    if (message.role === 'assistant' || typeof message.content === 'string') return message
    const mended = (block: Block): Block => {
      if (block.type === 'tool_result' && Array.isArray(block['content']))
        return { ...block, content: toBlocks(block['content']).map(mended) }
      const found = mend(block)
      if (found === null) return block
      repairs.push({
        message: message.index,
        what: `${found.why}${found.block === null ? ' A line stands in its place' : ''}`,
      })
      return found.block ?? mediaLine(block)
    }
    return { ...message, content: message.content.map(mended) }
  })
}
