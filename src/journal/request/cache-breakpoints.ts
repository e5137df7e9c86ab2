// Cache breakpoints. A request may have four in all: on blocks, on nested blocks, on the system prompt, on tools, and on the
// request itself (the API's documentation of prompt caching).
import type { Block, Message } from '../content.ts'
import { innerBlocks, withInner } from './nested-blocks.ts'
import { mapBlocks } from './messages.ts'

const isMarked = (value: object): boolean =>
  'cache_control' in value && value.cache_control !== undefined && value.cache_control !== null

/** The breakpoints of a block and of the blocks nested in it. */
const countIn = (block: Block): number =>
  innerBlocks(block).reduce((count, inner) => count + countIn(inner), isMarked(block) ? 1 : 0)

/** The number of cache breakpoints in messages, nested blocks included. */
export const countBreakpoints = (messages: readonly Message[]): number =>
  messages.reduce(
    (sum, { content }) =>
      typeof content === 'string' ? sum : content.reduce((count, block) => count + countIn(block), sum),
    0,
  )

/**
 * The number of cache breakpoints outside of the messages. A `cache_control` within a tool's input schema is a property of that
 * schema, not a breakpoint.
 */
export function breakpointsBeside(fields: {
  readonly system?: unknown
  readonly tools?: unknown
  readonly cache_control?: unknown
}): number {
  const listed = [fields.system, fields.tools].flatMap((list): readonly unknown[] => (Array.isArray(list) ? list : []))
  const marked = listed.filter((each) => typeof each === 'object' && each !== null && isMarked(each))
  return marked.length + (isMarked(fields) ? 1 : 0)
}

/** Removes the oldest breakpoints until `most` are left: those of a stored history add up, and the newest are worth most. */
export function limitBreakpoints(messages: readonly Message[], most: number): readonly Message[] {
  let excess = countBreakpoints(messages) - Math.max(0, most)
  if (excess <= 0) return messages
  const unmark = (block: Block): Block => {
    if (excess <= 0) return block
    const inner = innerBlocks(block)
    const outer = inner.some((each) => countIn(each) > 0) ? withInner(block, inner.map(unmark)) : block
    if (excess <= 0 || !isMarked(outer)) return outer
    excess--
    return withoutBreakpoint(outer)
  }
  return mapBlocks(messages, unmark)
}

/** The block without its own breakpoint; those of nested blocks stay. */
export function withoutBreakpoint(block: Block): Block {
  if (!('cache_control' in block)) return block
  const { cache_control: _, ...rest } = block
  return rest
}
