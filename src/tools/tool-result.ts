import { messageOf, TurnstateError } from '../errors.ts'
import { checkMediaBlock } from '../files/index.ts'
import { type Block, wellFormed } from '../journal/index.ts'

/**
 * The `tool_result` block for what a tool gave: a text as it is, content blocks as blocks, nothing as no content, and
 * anything else as JSON.
 *
 * @throws TurnstateError `tool-result-invalid` when JSON can't hold it
 */
export function toToolResult(callId: string, value: unknown, isError = false): Block {
  const content = wellFormed(contentOf(callId, value))
  return {
    type: 'tool_result',
    tool_use_id: callId,
    // The API takes no error without a text.
    ...(content === undefined ? (isError ? { content: 'The tool failed without saying why.' } : {}) : { content }),
    ...(isError ? { is_error: true } : {}),
  }
}

function contentOf(callId: string, value: unknown): string | readonly Block[] | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return checkSize(callId, value)
  const json = jsonOf(callId, value)
  const copy: unknown = JSON.parse(json)
  if (!isContent(copy)) return checkSize(callId, json)
  checkSize(callId, json)
  for (const [index, block] of copy.entries()) checkMedia(callId, block, index)
  return copy
}

/** More than this in one result leaves no room in the 32 MB of a request, in which it would stand from now on. */
const longestResult = 16_000_000

function checkSize(callId: string, text: string): string {
  if (text.length <= longestResult) return text
  throw new TurnstateError(
    'tool-result-invalid',
    `The result of call ${callId} has ${Math.ceil(text.length / 1_000_000)} MB, more than the 16 MB that one result may have. Give less: a part, or a summary.`,
  )
}

/** What the API rejects in one request it would reject in every later one. */
function checkMedia(callId: string, block: Block, index: number): void {
  try {
    checkMediaBlock(block, index)
  } catch (cause) {
    throw new TurnstateError('tool-result-invalid', `The result of call ${callId} can't be sent: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function jsonOf(callId: string, value: unknown): string {
  try {
    const json: string | undefined = JSON.stringify(value, refuseCode)
    if (json !== undefined) return json
    throw new TypeError('its toJSON() gives nothing')
  } catch (cause) {
    throw new TurnstateError(
      'tool-result-invalid',
      `JSON can't hold the result of call ${callId}: ${messageOf(cause)}. Give a text, content blocks or plain data.`,
      { cause },
    )
  }
}

/** JSON would leave these away without a word. */
function refuseCode(key: string, value: unknown): unknown {
  if (typeof value !== 'function' && typeof value !== 'symbol') return value
  throw new TypeError(key === '' ? `it is a ${typeof value}` : `"${key}" is a ${typeof value}`)
}

/** What tells the API's blocks from data that happens to have a `type`. */
const blockFields: Readonly<Record<string, (block: object) => boolean>> = {
  text: (block) => 'text' in block && typeof block.text === 'string',
  image: (block) => 'source' in block && typeof block.source === 'object',
  document: (block) => 'source' in block && typeof block.source === 'object',
  search_result: (block) => 'content' in block && Array.isArray(block.content),
  tool_reference: (block) => 'tool_name' in block && typeof block.tool_name === 'string',
  browser_state: () => true,
}

/** An array of nothing is data: an empty list. */
const isContent = (value: unknown): value is readonly Block[] =>
  Array.isArray(value) && value.length > 0 && value.every(isContentBlock)

const isContentBlock = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  typeof value.type === 'string' &&
  Object.hasOwn(blockFields, value.type) &&
  blockFields[value.type]?.(value) === true
