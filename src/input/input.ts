import { messageOf, TurnstateError } from '../errors.ts'
import { checkFile, checkMediaBlock, type FileInput, type FileToRead, isFileInput, readFile } from '../files/index.ts'
import {
  type Block,
  type Content,
  jsonBytes,
  largestRequest,
  megabytes,
  plainText,
  wellFormed,
} from '../journal/index.ts'
import { jsonCopy } from '../journal/json-copy.ts'
import { isRecord } from '../objects.ts'

/** A message with files and metadata. */
export interface MessageWithFiles {
  readonly text?: string
  /**
   * Images, PDFs and texts: as `Blob` or `File`, by `{ path }`, or as content blocks. They are placed before the text.
   */
  readonly files?: readonly (Block | FileInput)[]
  /** The app's own data about the message, as JSON: stored with it, never sent. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What `sendMessage` accepts: text, content blocks, or text with files and metadata. */
export type MessageInput = string | readonly Block[] | MessageWithFiles

/** A checked message. A message with files has its content only once they are read. */
export interface ReadInput {
  readonly content: Content | ((options: { readonly signal?: AbortSignal }) => Promise<Content>)
  readonly metadata?: Readonly<Record<string, unknown>>
  /** The app's system message for the turn. */
  readonly system?: string
}

/** The blocks that the API accepts from a user. Tool results are excluded: they belong to their call. */
const userBlockTypes = new Set(['text', 'image', 'document', 'search_result', 'container_upload'])

/**
 * Checks a message and copies it, so that later changes to the app's objects do not change the history.
 *
 * @throws TurnstateError `message-empty`, `message-invalid`, `block-unknown`, `metadata-invalid`,
 * `input-too-large`, `file-too-large`, `file-type-unsupported`, `file-empty`, `file-unreadable`
 */
export function readInput(input: MessageInput): ReadInput {
  try {
    return readMessage(input)
  } catch (cause) {
    if (TurnstateError.is(cause)) throw cause
    throw new TurnstateError('message-invalid', `The message can't be read: ${messageOf(cause)}.`, { cause })
  }
}

function readMessage(input: MessageInput): ReadInput {
  if (typeof input === 'string' || Array.isArray(input)) return { content: readContent(input) }
  if (typeof input !== 'object' || input === null || !('text' in input || 'files' in input))
    throw new TurnstateError(
      'message-invalid',
      'A message is a text, an array of content blocks, or { text, files, metadata }.',
    )
  const unknown = Object.keys(input).find((key) => !['text', 'files', 'metadata'].includes(key))
  if (unknown !== undefined)
    throw new TurnstateError(
      'message-invalid',
      `A message has no "${unknown}": it is { text, files, metadata }. Nothing was sent.`,
    )
  const { text = '', files = [], metadata } = input
  if (typeof text !== 'string' || !Array.isArray(files))
    throw new TurnstateError(
      'message-invalid',
      'In { text, files, metadata }, text is a string and files an array of files and content blocks.',
    )
  return {
    content: withFiles(text, files),
    ...(metadata === undefined ? {} : { metadata: readMetadata(metadata) }),
  }
}

/** Text or blocks, checked and copied. @throws as `readInput` */
export const readContent = (content: Content): Content =>
  typeof content === 'string' ? checkText(content) : checkBlocks(copyOf(content))

/** The most blocks of a message: the API accepts 600 images or document pages. */
const mostFiles = 1_000

type Part = { readonly block: Block } | { readonly file: FileToRead }

function withFiles(text: string, files: readonly (Block | FileInput)[]): ReadInput['content'] {
  if (files.length === 0) return checkText(text)
  if (files.length > mostFiles)
    throw new TurnstateError(
      'message-invalid',
      `A message has ${mostFiles} files and blocks at most, not ${files.length}. Send some of them later. Nothing was sent.`,
    )
  const said: readonly Block[] = text.trim() === '' ? [] : [{ type: 'text', text: wellFormed(text) }]
  const parts = files.map((file, index): Part =>
    isFileInput(file) || file instanceof URL ? { file: checkFile(file) } : { block: checkBlock(copyOf(file), index) },
  )
  const blocks = parts.flatMap((part) => ('block' in part ? [part.block] : []))
  if (blocks.length === parts.length) return checkBlocks([...blocks, ...said])
  return async (options) => {
    const read = await Promise.all(
      parts.map(async (part) => ('block' in part ? part.block : readFile(part.file, options))),
    )
    return checkBlocks([...read, ...said])
  }
}

/** The app's system message for a turn. @throws TurnstateError `message-invalid`, `input-too-large` */
export function readSystem(options: unknown): Pick<ReadInput, 'system'> {
  const system: unknown =
    typeof options === 'object' && options !== null && 'system' in options ? options.system : undefined
  if (system === undefined) return {}
  if (typeof system !== 'string' || system.trim() === '')
    throw new TurnstateError(
      'message-invalid',
      'The value of `system` is a text that is not empty: your words for the turn, for the model to read behind the message. Nothing was sent.',
    )
  return { system: fitting(wellFormed(system)) }
}

function readMetadata(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!isRecord(metadata)) throw new TurnstateError('metadata-invalid', 'The metadata of a message is an object.')
  try {
    const copy = jsonCopy(metadata)
    if (isRecord(copy)) return copy
    throw new TypeError('its toJSON() gives no object')
  } catch (cause) {
    throw new TurnstateError(
      'metadata-invalid',
      `JSON can't hold the metadata of the message: ${messageOf(cause)}. Leave out what it can't hold.`,
      { cause },
    )
  }
}

function checkText(text: string): string {
  if (text.trim() === '') throw new TurnstateError('message-empty', 'The message is empty: there is nothing to send.')
  return fitting(wellFormed(text))
}

/** A message that fills a request by itself is never accepted. */
function fitting<T extends Content>(content: T): T {
  const bytes = jsonBytes(content)
  if (bytes <= largestRequest) return content
  throw new TurnstateError(
    'input-too-large',
    `The message has ${megabytes(bytes)} as it is sent, with its files in base64, and a whole request can have ${megabytes(largestRequest)}. Send less at once, or upload large files and send their ids.`,
  )
}

function checkBlocks(blocks: readonly unknown[]): readonly Block[] {
  const checked = blocks.map(checkBlock)
  const said = checked.filter((block) => block.type !== 'text' || plainText([block]).trim() !== '')
  if (said.length === 0) throw new TurnstateError('message-empty', 'The message is empty: there is nothing to send.')
  return fitting(said)
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
  const checked = block as Block
  checkMediaBlock(checked, index)
  return checked
}

function copyOf<T>(value: T): T {
  try {
    return jsonCopy(value) as T
  } catch (cause) {
    throw new TurnstateError(
      'message-invalid',
      `JSON can't hold the message: ${messageOf(cause)}. Give blocks of plain data.`,
      { cause },
    )
  }
}
