import type { Block, Message } from '../content.ts'
import { mapBlocks } from './messages.ts'

/** Markers kept in a stored history pile up; the API takes four. The newest are worth most, so the oldest go. */
export function limitCacheBreakpoints(messages: Message[], most: number, report: (why: string) => void): Message[] {
  let excess = messages.flatMap(blocksOf).filter(isBreakpoint).length - Math.max(0, most)
  if (excess <= 0) return messages
  report(`${excess} more than the API takes; the oldest were left out`)
  return mapBlocks(messages, (block) => {
    if (excess <= 0 || !isBreakpoint(block)) return block
    excess--
    const { cache_control: _, ...rest } = block
    return rest
  })
}

const blocksOf = (message: Message): readonly Block[] => (typeof message.content === 'string' ? [] : message.content)

const isBreakpoint = (block: Block): boolean => block['cache_control'] !== undefined && block['cache_control'] !== null
