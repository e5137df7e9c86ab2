import { messageOf, TurnstateError } from '../errors.ts'
import { type Block, type Content, plainText } from '../journal/index.ts'

/** A message with what goes along with it. */
export interface MessageWithFiles {
  readonly text?: string
  /** Content blocks such as images and documents; they stand before the text. */
  readonly files?: readonly Block[]
  /** The app's own notes on the message: stored with it, never sent. JSON. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What can be sent: text, content blocks, or text with files and notes. */
export type MessageInput = string | readonly Block[] | MessageWithFiles

export interface ReadInput {
  readonly content: Content
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What the API takes from a user. Tool results are not among them: they belong to their call. */
const userBlockTypes = new Set(['text', 'image', 'document', 'search_result', 'container_upload'])

/**
 * Checks a message, and copies it: what the app does with its own objects later changes no history.
 *
 * @throws TurnstateError `message-empty`, `message-invalid`, `block-unknown`, `not-available`
 */
export function readInput(input: MessageInput): ReadInput {
  if (typeof input === 'string') return { content: checkText(input) }
  if (Array.isArray(input)) return { content: checkBlocks(copy(input, 'the message')) }
  if (typeof input !== 'object' || input === null || !('text' in input || 'files' in input))
    throw new TurnstateError(
      'message-invalid',
      'A message is a text, an array of content blocks, or { text, files, metadata }.',
    )
  const { text = '', files = [], metadata } = input
  if (typeof text !== 'string' || !Array.isArray(files))
    throw new TurnstateError(
      'message-invalid',
      'In { text, files, metadata }, text is a string and files an array of content blocks.',
    )
  if (files.some((file) => typeof Blob !== 'undefined' && file instanceof Blob))
    throw new TurnstateError(
      'not-available',
      'Files as Blob or File are not available in this release: give them as image or document content blocks.',
    )
  const blocks = [...files, ...(text.trim() === '' ? [] : [{ type: 'text', text }])]
  return {
    content: files.length === 0 ? checkText(text) : checkBlocks(copy(blocks, 'the message')),
    ...(metadata === undefined ? {} : { metadata: copy(checkMetadata(metadata), 'its metadata') }),
  }
}

function checkMetadata(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)) return metadata
  throw new TurnstateError('message-invalid', 'The metadata of a message is an object.')
}

function checkText(text: string): string {
  if (text.trim() === '') throw new TurnstateError('message-empty', 'The message is empty: there is nothing to send.')
  return text
}

function checkBlocks(blocks: readonly unknown[]): readonly Block[] {
  const checked = blocks.map(checkBlock)
  const said = checked.filter((block) => block.type !== 'text' || plainText([block]).trim() !== '')
  if (said.length === 0) throw new TurnstateError('message-empty', 'The message is empty: there is nothing to send.')
  return said
}

function checkBlock(block: unknown, index: number): Block {
  if (typeof block !== 'object' || block === null || !('type' in block) || typeof block.type !== 'string')
    throw new TurnstateError('message-invalid', `Block ${index} of the message is not a content block: it has no type.`)
  if (block.type === 'tool_result')
    throw new TurnstateError(
      'block-unknown',
      `Block ${index} is a tool_result: results belong to the turn that called the tool, not to a message.`,
    )
  if (!userBlockTypes.has(block.type))
    throw new TurnstateError(
      'block-unknown',
      `Block ${index} is of type "${block.type}", which a user can't send; known are ${[...userBlockTypes].join(', ')}.`,
    )
  if (block.type === 'text' && (!('text' in block) || typeof block.text !== 'string'))
    throw new TurnstateError('message-invalid', `Block ${index} of the message is a text block without a text.`)
  return block as Block
}

/** A copy through JSON, which is what the journal keeps and the API reads. */
function copy<T>(value: T, what: string): T {
  try {
    return JSON.parse(JSON.stringify(value)) as T
  } catch (cause) {
    throw new TurnstateError('message-invalid', `JSON can't hold ${what}: ${messageOf(cause)}.`, { cause })
  }
}
