// The result of a compaction.
import { type Block, hasText } from './content.ts'
import type { Turn } from './turn.ts'

/**
 * The API's compaction block with a summary in it. If the compaction failed, the block has no content and the API ignores it
 * (`BetaCompactionBlock` of the SDK: `content` is `null`; the API does not accept an empty string).
 */
export const isSummary = ({ type, content }: Block): boolean =>
  type === 'compaction' && typeof content === 'string' && content.trim() !== ''

/** Whether the reply to a compaction can replace the earlier history: it has the API's block, or text if a summary in words was requested. */
export const standsForBefore = ({ input }: Pick<Turn, 'input'>, content: readonly Block[]): boolean =>
  input.length === 0 ? content.some(isSummary) : hasText(content)

/** Whether a turn replaces everything before it: it holds a summary of either kind. */
export const isCompacted = ({ kind, status, steps }: Turn): boolean =>
  kind === 'compaction' &&
  status === 'completed' &&
  steps.some(({ content }) => content.some(isSummary) || hasText(content))
