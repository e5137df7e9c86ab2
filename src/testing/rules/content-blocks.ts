import { isObject, isText, type JsonObject, listOf, objectsOf } from '../api/json.ts'
import { blockProblem } from './block-fields.ts'
import { extraInput, missingField, type Rule, strictVersion } from './rule.ts'

const assistantOnly = [
  'thinking',
  'redacted_thinking',
  'tool_use',
  'server_tool_use',
  'mcp_tool_use',
  'fallback',
  'compaction',
]

/** All types of blocks in a request, from the SDK's parameter types. */
const tags: readonly string[] = [
  assistantOnly,
  ['text', 'image', 'document', 'search_result', 'tool_result', 'container_upload', 'connector_text'],
  ['mcp_tool_listing', 'mcp_tool_result', 'tool_addition', 'tool_removal', 'web_search_tool_result'],
  ['web_fetch_tool_result', 'code_execution_tool_result', 'bash_code_execution_tool_result'],
  ['text_editor_code_execution_tool_result', 'tool_search_tool_result', 'advisor_tool_result'],
]
  .flat()
  .toSorted()

/** Whether a request may contain a block of this type. */
export const isKnownBlock = (type: unknown): boolean => isText(type) && tags.includes(type)

const resultTags: readonly string[] = ['browser_state', 'document', 'image', 'search_result', 'text', 'tool_reference']

/** The blocks inside a block: their list, its place, and the types that they may have. */
const insideOf = (block: JsonObject): readonly [content: unknown, where: string, expected: readonly string[]] => {
  const { type, content, source } = block
  if (type === 'tool_result') return [content, 'content', resultTags]
  if (type === 'search_result') return [content, 'content', ['text']]
  return [isObject(source) ? source['content'] : undefined, 'source.content', ['image', 'text']]
}

const nestedProblem = (block: JsonObject, place: string): string | undefined => {
  const [content, where, expected] = insideOf(block)
  if (content !== undefined && !isText(content) && !Array.isArray(content))
    return `${place}.${where}: Input should be a valid string or a valid list`
  for (const [index, nested] of listOf(content).entries()) {
    const here = `${place}.${where}.${index}`
    const problem =
      blockProblem(nested, here, expected) ??
      (isObject(nested) ? nestedProblem(nested, `${here}.${String(nested['type'])}`) : undefined)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** An image in the result of a failed call. Reported with this wording. */
const errorWithMedia = ({ type, is_error: failed, content }: JsonObject, place: string): string | undefined =>
  type === 'tool_result' && failed === true && objectsOf(content).some(({ object }) => object['type'] !== 'text')
    ? `${place}: all content must be type 'text' if 'is_error' is true`
    : undefined

const checkContent = (content: unknown, place: string, role: unknown, version: string): string | undefined => {
  // Version 2026-10-21 no longer accepts documents from the assistant or citations on a user's text.
  const strict = version === strictVersion
  const expected = strict && role === 'assistant' ? tags.filter((tag) => tag !== 'document') : tags
  for (const [index, block] of listOf(content).entries()) {
    const here = `${place}.content.${index}`
    const problem = blockProblem(block, here, role === 'system' ? ['text', 'tool_addition', 'tool_removal'] : expected)
    if (problem !== undefined || !isObject(block)) return problem
    const type = String(block['type'])
    if (role === 'user' && assistantOnly.includes(type))
      return `${here}: \`${type}\` blocks can only be in \`assistant\` messages`
    if (role === 'assistant' && type === 'tool_result')
      return `${here}: \`tool_result\` blocks can only be in \`user\` messages`
    if (strict && role === 'user' && type === 'text' && (block['citations'] ?? null) !== null)
      return extraInput(`${here}.text.citations`)
    const inside = `${here}.${type}`
    const nested = nestedProblem(block, inside) ?? errorWithMedia(block, inside)
    if (nested !== undefined) return nested
  }
  return undefined
}

/** The shapes of all messages and blocks. */
export const contentShapes: Rule = ({ body, version }) => {
  for (const [index, message] of listOf(body['messages']).entries()) {
    const place = `messages.${index}`
    if (!isObject(message)) return `${place}: Input should be a valid dictionary or object to extract fields from`
    const { role, content } = message
    if (role === undefined) return missingField(`${place}.role`)
    if (role !== 'user' && role !== 'assistant' && role !== 'system')
      return `${place}.role: Input should be 'user', 'assistant' or 'system'`
    // A system message may consist of its `output_config` alone.
    if (content === undefined && role === 'system') continue
    if (content === undefined) return missingField(`${place}.content`)
    if (!isText(content) && !Array.isArray(content))
      return `${place}.content: Input should be a valid string or a valid list`
    const problem = checkContent(content, place, role, version)
    if (problem !== undefined) return problem
  }
  for (const [index, block] of listOf(body['system']).entries()) {
    const problem = blockProblem(block, `system.${index}`, ['text'])
    if (problem !== undefined) return problem
  }
  return undefined
}
