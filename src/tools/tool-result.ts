import { messageOf, TurnstateError } from '../errors.ts'
import { checkMediaBlock } from '../files/index.ts'
import { type Block, jsonBytes, largestResults, megabytes, wellFormed } from '../journal/index.ts'
import { describeThrown } from './describe-thrown.ts'
import { plainValue } from './plain-value.ts'
import { isErrorValue } from './value-kinds.ts'

/**
 * The `tool_result` block for a value that a tool returned: a text unchanged, content blocks as blocks, `undefined` as no content,
 * an error as an error result, and anything else as JSON.
 *
 * @throws TurnstateError `tool-result-invalid` if JSON can't hold the value, or if it has more than 16 MB
 */
export function toToolResult(callId: string, value: unknown, isError = false): Block {
  const failed = isErrorValue(value)
  const content = wellFormed(failed ? describeThrown(value) : contentOf(callId, value))
  return {
    type: 'tool_result',
    tool_use_id: callId,
    // The API rejects an error without a text.
    ...(content === undefined ? (isError ? { content: 'The tool failed without saying why.' } : {}) : { content }),
    ...(isError || failed ? { is_error: true } : {}),
  }
}

function contentOf(callId: string, value: unknown): string | readonly Block[] | undefined {
  const plain = plainOf(callId, value)
  if (plain === undefined || plain === null || plain === '') return undefined
  const content = typeof plain === 'string' || isContent(plain) ? plain : JSON.stringify(plain)
  checkSize(callId, content)
  if (typeof content !== 'string') for (const [index, block] of content.entries()) checkMedia(callId, block, index)
  return content
}

function plainOf(callId: string, value: unknown): unknown {
  try {
    return plainValue(value)
  } catch (cause) {
    throw invalid(
      `JSON can't hold the result of call ${callId}: ${messageOf(cause)}. Give a text, content blocks or plain data.`,
      cause,
    )
  }
}

function checkSize(callId: string, content: string | readonly Block[]): void {
  const bytes = jsonBytes(content)
  if (bytes <= largestResults) return
  throw invalid(
    `The result of call ${callId} has ${megabytes(bytes)}; the limit is ${megabytes(largestResults)}. Give less: a part, or a summary.`,
  )
}

/** Checks media blocks: the API would reject an invalid one in this request and in every later one. */
function checkMedia(callId: string, block: Block, index: number): void {
  try {
    checkMediaBlock(block, index)
  } catch (cause) {
    throw invalid(`The result of call ${callId} can't be sent: ${messageOf(cause)}`, cause)
  }
}

const invalid = (message: string, cause?: unknown): TurnstateError =>
  new TurnstateError('tool-result-invalid', message, cause === undefined ? {} : { cause })

/** The fields that distinguish the API's blocks from data that happens to have a `type`. */
const blockFields: Readonly<Record<string, (block: object) => boolean>> = {
  text: (block) => 'text' in block && typeof block.text === 'string',
  image: (block) => 'source' in block && typeof block.source === 'object',
  document: (block) => 'source' in block && typeof block.source === 'object',
  search_result: (block) => 'content' in block && Array.isArray(block.content),
  tool_reference: (block) => 'tool_name' in block && typeof block.tool_name === 'string',
  browser_state: () => true,
}

/** Whether this is an array of content blocks. An empty array is data. */
export const isContent = (value: unknown): value is readonly Block[] =>
  Array.isArray(value) && value.length > 0 && value.every(isContentBlock)

const isContentBlock = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  typeof value.type === 'string' &&
  Object.hasOwn(blockFields, value.type) &&
  blockFields[value.type]?.(value) === true
