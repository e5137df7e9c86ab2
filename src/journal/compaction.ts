// What a compaction came to.
import { type Block, hasText } from './content.ts'
import type { Turn } from './turn.ts'

/**
 * The API's own block, with a summary in it. Without one, the compaction failed, and the API takes the block for nothing
 * (`BetaCompactionBlock` of its SDK: `content` is null then; it takes no empty one back).
 */
export const isSummary = ({ type, content }: Block): boolean =>
  type === 'compaction' && typeof content === 'string' && content.trim() !== ''

/** Whether the reply to a compaction can stand for what came before: the API's block, or words where words were asked for. */
export const standsForBefore = ({ input }: Pick<Turn, 'input'>, content: readonly Block[]): boolean =>
  input.length === 0 ? content.some(isSummary) : hasText(content)

/** Whether a turn stands for everything before it: a summary was made, of either kind. */
export const isCompacted = ({ kind, status, steps }: Turn): boolean =>
  kind === 'compaction' &&
  status === 'completed' &&
  steps.some(({ content }) => content.some(isSummary) || hasText(content))
