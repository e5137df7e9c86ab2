import { isObject, isText, type JsonObject, listOf } from '../json.ts'
import { extraInput, missingField, type Rule, strictVersion } from './violation.ts'

const assistantOnly = [
  'thinking',
  'redacted_thinking',
  'tool_use',
  'server_tool_use',
  'mcp_tool_use',
  'fallback',
  'compaction',
]

/** Every `type` that a block of a request may have; the SDK's parameter types are the source. */
const tags: readonly string[] = [
  assistantOnly,
  ['text', 'image', 'document', 'search_result', 'tool_result', 'container_upload', 'connector_text'],
  ['mcp_tool_listing', 'mcp_tool_result', 'tool_addition', 'tool_removal', 'web_search_tool_result'],
  ['web_fetch_tool_result', 'code_execution_tool_result', 'bash_code_execution_tool_result'],
  ['text_editor_code_execution_tool_result', 'tool_search_tool_result', 'advisor_tool_result'],
]
  .flat()
  .toSorted()

/** Whether a request may hold a block of this type. */
export const isKnownBlock = (type: unknown): boolean => isText(type) && tags.includes(type)

interface BlockFields {
  readonly required: Readonly<Record<string, (value: unknown) => string | undefined>>
  /** When given, any other field is an extra input. */
  readonly optional?: readonly string[]
}

const aString = (value: unknown): string | undefined => (isText(value) ? undefined : 'Input should be a valid string')
const anObject = (value: unknown): string | undefined =>
  isObject(value) ? undefined : 'Input should be a valid dictionary'

const fields: Readonly<Record<string, BlockFields>> = {
  text: { required: { text: aString }, optional: ['cache_control', 'citations'] },
  thinking: { required: { thinking: aString, signature: aString }, optional: [] },
  redacted_thinking: { required: { data: aString }, optional: [] },
  tool_use: {
    required: { id: aString, name: aString, input: anObject },
    optional: ['cache_control', 'caller', 'toolset_name'],
  },
  tool_result: {
    required: { tool_use_id: aString },
    optional: ['content', 'is_error', 'cache_control', 'toolset_name'],
  },
  server_tool_use: { required: { id: aString, name: aString, input: anObject } },
  fallback: { required: { from: anObject, to: anObject }, optional: ['trigger'] },
  image: { required: { source: anObject } },
  document: { required: { source: anObject } },
}

const unknownTag = (place: string, tag: string, expected: readonly string[]): string =>
  `${place}: Input tag '${tag}' found using 'type' does not match any of the expected tags: ${expected.map((name) => `'${name}'`).join(', ')}`

const checkFields = (block: JsonObject, place: string, rules: BlockFields): string | undefined => {
  for (const [name, check] of Object.entries(rules.required)) {
    const problem = block[name] === undefined ? 'Field required' : check(block[name])
    if (problem !== undefined) return `${place}.${name}: ${problem}`
  }
  const { optional } = rules
  if (optional === undefined) return undefined
  const stranger = Object.keys(block).find(
    (name) => name !== 'type' && !Object.hasOwn(rules.required, name) && !optional.includes(name),
  )
  return stranger === undefined ? undefined : extraInput(`${place}.${stranger}`)
}

const checkBlock = (block: unknown, place: string, expected: readonly string[]): string | undefined => {
  if (!isObject(block)) return `${place}: Input should be a valid dictionary or object to extract fields from`
  const { type } = block
  if (type === undefined) return `${place}: Unable to extract tag using discriminator 'type'`
  if (!isText(type) || !expected.includes(type))
    return unknownTag(place, isText(type) ? type : JSON.stringify(type), expected)
  const rules = fields[type]
  return rules && checkFields(block, `${place}.${type}`, rules)
}

const resultTags: readonly string[] = ['browser_state', 'document', 'image', 'search_result', 'text', 'tool_reference']

const checkContent = (content: unknown, place: string, role: unknown, version: string): string | undefined => {
  // Version 2026-10-21 no longer takes a document from the assistant, nor citations on a user's text.
  const strict = version === strictVersion
  const expected = strict && role === 'assistant' ? tags.filter((tag) => tag !== 'document') : tags
  for (const [index, block] of listOf(content).entries()) {
    const here = `${place}.content.${index}`
    const problem = checkBlock(block, here, role === 'system' ? ['text', 'tool_addition', 'tool_removal'] : expected)
    if (problem !== undefined || !isObject(block)) return problem
    const type = String(block['type'])
    if (role === 'user' && assistantOnly.includes(type))
      return `${here}: \`${type}\` blocks can only be in \`assistant\` messages`
    if (role === 'assistant' && type === 'tool_result')
      return `${here}: \`tool_result\` blocks can only be in \`user\` messages`
    if (strict && role === 'user' && type === 'text' && (block['citations'] ?? null) !== null)
      return extraInput(`${here}.text.citations`)
    if (type !== 'tool_result') continue
    const inner = block['content']
    if (inner !== undefined && !isText(inner) && !Array.isArray(inner))
      return `${here}.tool_result.content: Input should be a valid string or a valid list`
    for (const [innerIndex, nested] of listOf(inner).entries()) {
      const nestedProblem = checkBlock(nested, `${here}.tool_result.content.${innerIndex}`, resultTags)
      if (nestedProblem !== undefined) return nestedProblem
    }
  }
  return undefined
}

/** The shape of every message and block, before any of the history's logic. */
export const contentShapes: Rule = ({ body, version }) => {
  for (const [index, message] of listOf(body['messages']).entries()) {
    const place = `messages.${index}`
    if (!isObject(message)) return `${place}: Input should be a valid dictionary or object to extract fields from`
    const { role, content } = message
    if (role === undefined) return missingField(`${place}.role`)
    if (role !== 'user' && role !== 'assistant' && role !== 'system')
      return `${place}.role: Input should be 'user', 'assistant' or 'system'`
    // A system message may be nothing but its `output_config`.
    if (content === undefined && role === 'system') continue
    if (content === undefined) return missingField(`${place}.content`)
    if (!isText(content) && !Array.isArray(content))
      return `${place}.content: Input should be a valid string or a valid list`
    const problem = checkContent(content, place, role, version)
    if (problem !== undefined) return problem
  }
  for (const [index, block] of listOf(body['system']).entries()) {
    const problem = checkBlock(block, `system.${index}`, ['text'])
    if (problem !== undefined) return problem
  }
  return undefined
}
