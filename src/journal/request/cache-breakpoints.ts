import type { Block, Message } from '../content.ts'
import { mapBlocks } from './messages.ts'

/** Markers kept in a stored history pile up; the API takes four. The newest are worth most, so the oldest go. */
export function limitCacheBreakpoints(messages: Message[], most: number, report: (why: string) => void): Message[] {
  let excess = messages.flatMap(blocksOf).flatMap(withNested).filter(isBreakpoint).length - Math.max(0, most)
  if (excess <= 0) return messages
  report(`${excess} more than the API takes; the oldest were left out`)
  const unmark = (block: Block): Block => {
    if (excess <= 0) return block
    const inner = nestedIn(block)
    const outer = inner.some(isBreakpoint) ? { ...block, content: inner.map(unmark) } : block
    if (excess <= 0 || !isBreakpoint(outer)) return outer
    excess--
    const { cache_control: _, ...rest } = outer
    return rest
  }
  return mapBlocks(messages, unmark)
}

const blocksOf = (message: Message): readonly Block[] => (typeof message.content === 'string' ? [] : message.content)

/** A tool's result may hold marked blocks, too. */
const nestedIn = (block: Block): readonly Block[] =>
  block.type === 'tool_result' && Array.isArray(block['content']) ? block['content'] : []

const withNested = (block: Block): readonly Block[] => [...nestedIn(block), block]

const isBreakpoint = (block: Block): boolean => block['cache_control'] !== undefined && block['cache_control'] !== null
