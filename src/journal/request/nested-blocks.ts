// Blocks inside blocks: in results of tools, in search results, and in documents that are made of blocks.
import type { Block } from '../content.ts'
import { isRecord } from '../../objects.ts'

export const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

/** The list of items inside a block, not validated; `undefined` if there is none. */
export function innerList({ type, content, source }: Block): readonly unknown[] | undefined {
  const list = type === 'document' && isRecord(source) ? source['content'] : content
  return (type === 'document' || type === 'search_result' || type === 'tool_result') && Array.isArray(list)
    ? list
    : undefined
}

/** The blocks nested in a block. */
export const innerBlocks = (block: Block): readonly Block[] => innerList(block)?.filter(isBlock) ?? []

/** The block with its list of nested items replaced. */
export const withInner = (block: Block, list: readonly Block[]): Block =>
  block.type === 'document' && isRecord(block['source'])
    ? { ...block, source: { ...block['source'], content: list } }
    : { ...block, content: list }
