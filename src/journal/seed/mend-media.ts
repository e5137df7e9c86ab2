import { type Block, toBlocks } from '../content.ts'
import { mediaLine } from '../request/lines.ts'
import type { SeedMessage } from './read-messages.ts'
import type { Repair } from './repair.ts'

/** An image or file repaired so that it can be sent, or `null` if it can't be, and what was wrong with it. */
interface MendedMedia {
  readonly block: Block | null
  readonly why: string
}

/** Repairs an image or file; `null` if it needs no repair. Injected, because the journal does not read bytes. */
export type MendMedia = (block: Block) => MendedMedia | null

/** Repairs the images and files in messages, tool results included. */
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
        what: `${found.why}${found.block === null ? ' A line replaces it' : ''}`,
      })
      return found.block ?? mediaLine(block)
    }
    return { ...message, content: message.content.map(mended) }
  })
}
