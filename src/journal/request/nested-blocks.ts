// Blocks inside blocks: in results of tools, in search results, and in documents that are made of blocks.
import type { Block } from '../content.ts'
import { isRecord } from '../../objects.ts'

export const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

/** What stands inside a block as a list, whatever is in it; `undefined` when nothing does. */
export function innerList({ type, content, source }: Block): readonly unknown[] | undefined {
  const list = type === 'document' && isRecord(source) ? source['content'] : content
  return (type === 'document' || type === 'search_result' || type === 'tool_result') && Array.isArray(list)
    ? list
    : undefined
}

/** The blocks inside a block. */
export const innerBlocks = (block: Block): readonly Block[] => innerList(block)?.filter(isBlock) ?? []

/** The block with another list inside it. */
export const withInner = (block: Block, list: readonly Block[]): Block =>
  block.type === 'document' && isRecord(block['source'])
    ? { ...block, source: { ...block['source'], content: list } }
    : { ...block, content: list }
