/** A content block as the Messages API has it. Blocks are data for the model: kept and sent back as they came. */
export interface Block {
  readonly type: string
  readonly [field: string]: unknown
}

/** What a user says, or an assistant said: plain text or blocks. */
export type Content = string | readonly Block[]

/** One message of a request. `system`: the app's words for one turn, behind the user's. */
export interface Message {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: Content
}

export const toBlocks = (content: Content): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

/** The text of a text block, else nothing. */
export const textOf = (block: Block): string =>
  block.type === 'text' && typeof block['text'] === 'string' ? block['text'] : ''

/** The text of a content: that of its text blocks, joined without anything between them. */
export const plainText = (content: Content): string =>
  typeof content === 'string' ? content : content.map(textOf).join('')

export const hasText = (blocks: readonly Block[]): boolean => blocks.some((block) => textOf(block).trim() !== '')

/** The id of a client tool call, the only kind that the app answers. */
export const toolCallId = (block: Block): string | undefined =>
  block.type === 'tool_use' && typeof block['id'] === 'string' ? block['id'] : undefined

export const isThinking = ({ type }: Block): boolean => type === 'thinking' || type === 'redacted_thinking'

/** What a tool of the API's own gave back. */
export const isServerToolResult = (block: Block): boolean =>
  typeof block['tool_use_id'] === 'string' && block.type !== 'tool_result'

const lostType = 'lost_block'

/**
 * What is recorded in the place of a block of which nothing could be kept, where thinking came after it: the thinking is
 * bound to that place. `of` is the block's type. It is never sent, and nobody is shown it.
 */
export const lostBlock = ({ type }: Block): Block => ({ type: lostType, of: type })

export const isLost = ({ type }: Block): boolean => type === lostType

/** Freezes plain data through and through, so that it can be shared instead of copied. */
export function deepFreeze<T>(value: T): T {
  // A list in place of recursion: facts of other releases and of other writers can be nested at will.
  const found: unknown[] = [value]
  while (found.length > 0) {
    const next = found.pop()
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue
    Object.freeze(next)
    for (const inner of Object.values(next)) found.push(inner)
  }
  return value
}
