/** A content block of the Messages API. Blocks are data for the model: they are kept and sent back unchanged. */
export interface Block {
  readonly type: string
  readonly [field: string]: unknown
}

/** The content of a message: plain text or blocks. */
export type Content = string | readonly Block[]

/** One message of a request. `system`: the app's instructions for one turn, after the user's message. */
export interface Message {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: Content
}

export const toBlocks = (content: Content): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

/** The text of a text block; empty for any other block. */
export const textOf = (block: Block): string =>
  block.type === 'text' && typeof block['text'] === 'string' ? block['text'] : ''

/** The text of a content: its text blocks, joined without a separator. */
export const plainText = (content: Content): string =>
  typeof content === 'string' ? content : content.map(textOf).join('')

export const hasText = (blocks: readonly Block[]): boolean => blocks.some((block) => textOf(block).trim() !== '')

/** The id of a client tool call; `undefined` for any other block. Only client calls are answered by the app. */
export const toolCallId = (block: Block): string | undefined =>
  block.type === 'tool_use' && typeof block['id'] === 'string' ? block['id'] : undefined

export const isThinking = ({ type }: Block): boolean => type === 'thinking' || type === 'redacted_thinking'

/** Whether a block is the result of a server tool. */
export const isServerToolResult = (block: Block): boolean =>
  typeof block['tool_use_id'] === 'string' && block.type !== 'tool_result'

const lostType = 'lost_block'

/**
 * Recorded in place of a block that could not be kept, if thinking follows it: the thinking is bound to that place. `of` is the
 * block's type. It is never sent and never shown.
 */
export const lostBlock = ({ type }: Block): Block => ({ type: lostType, of: type })

export const isLost = ({ type }: Block): boolean => type === lostType

/** Freezes plain data at every level, so that it can be shared instead of copied. */
export function deepFreeze<T>(value: T): T {
  // A list instead of recursion: facts from other releases and writers may be nested to any depth.
  const found: unknown[] = [value]
  while (found.length > 0) {
    const next = found.pop()
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue
    Object.freeze(next)
    for (const inner of Object.values(next)) found.push(inner)
  }
  return value
}
