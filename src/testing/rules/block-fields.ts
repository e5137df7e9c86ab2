import { isObject, isText, type JsonObject } from '../api/json.ts'
import { extraInput } from './rule.ts'

/** What is wrong with the value of a field; undefined if nothing is. */
type FieldCheck = (value: unknown) => string | undefined

/** The fields of a block, from the SDK's parameter types; the patterns are from the API's reference. */
interface BlockFields {
  readonly required: Readonly<Record<string, FieldCheck>>
  /** Optional fields whose values are checked. */
  readonly checked?: Readonly<Record<string, FieldCheck>>
  /** Other fields. If given, a field that is in none of the three lists is an extra input. */
  readonly others?: readonly string[]
}

const aString: FieldCheck = (value) => (isText(value) ? undefined : 'Input should be a valid string')
const anObject: FieldCheck = (value) => (isObject(value) ? undefined : 'Input should be a valid dictionary')

const matching =
  (pattern: RegExp): FieldCheck =>
  (value) =>
    aString(value) ?? (pattern.test(String(value)) ? undefined : `String should match pattern '${pattern.source}'`)

const oneOf = (...values: readonly string[]): FieldCheck => {
  const quoted = values.map((value) => `'${value}'`)
  const expected = quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}` : quoted.join()
  return (value) => (isText(value) && values.includes(value) ? undefined : `Input should be ${expected}`)
}

/** Documented for definitions; reported for replayed calls of names that a model made up. */
export const toolName: FieldCheck = matching(/^[a-zA-Z0-9_-]{1,128}$/)

// Both patterns of ids are in the API's reference and in reported rejections.
const callId = matching(/^[a-zA-Z0-9_-]+$/)
const serverCallId = matching(/^srvtoolu_[a-zA-Z0-9_]+$/)
const toolset = matching(/^[a-zA-Z0-9_-]{1,64}$/)

/** Who made a call: the model, or a program that it runs. Unknown kinds of callers are accepted. */
const caller: FieldCheck = (value) => {
  if (value === null) return undefined
  if (!isObject(value)) return 'Input should be a valid dictionary'
  const { type, tool_id: id } = value
  return isText(type) && type.startsWith('code_execution_') ? serverCallId(id) : undefined
}

const serverResult: BlockFields = { required: { tool_use_id: serverCallId } }

const fields: Readonly<Record<string, BlockFields>> = {
  text: { required: { text: aString }, others: ['cache_control', 'citations'] },
  thinking: { required: { thinking: aString, signature: aString }, others: [] },
  redacted_thinking: { required: { data: aString }, others: [] },
  tool_use: {
    required: { id: callId, name: toolName, input: anObject },
    checked: { caller, toolset_name: toolset },
    others: ['cache_control'],
  },
  tool_result: {
    required: { tool_use_id: callId },
    checked: { toolset_name: toolset },
    others: ['content', 'is_error', 'cache_control'],
  },
  server_tool_use: {
    required: {
      id: serverCallId,
      name: oneOf(
        'advisor',
        'web_search',
        'web_fetch',
        'code_execution',
        'bash_code_execution',
        'text_editor_code_execution',
        'tool_search_tool_regex',
        'tool_search_tool_bm25',
      ),
      input: anObject,
    },
    checked: { caller },
  },
  web_search_tool_result: serverResult,
  web_fetch_tool_result: serverResult,
  code_execution_tool_result: serverResult,
  bash_code_execution_tool_result: serverResult,
  text_editor_code_execution_tool_result: serverResult,
  tool_search_tool_result: serverResult,
  advisor_tool_result: serverResult,
  mcp_tool_use: { required: { id: callId, name: aString, server_name: aString, input: anObject } },
  mcp_tool_result: { required: { tool_use_id: callId } },
  search_result: { required: { source: aString, title: aString } },
  fallback: { required: { from: anObject, to: anObject }, others: ['trigger'] },
  image: { required: { source: anObject } },
  document: { required: { source: anObject } },
}

const expectedTag = (place: string, given: unknown, tags: readonly string[]): string | undefined => {
  if (given === undefined) return `${place}: Unable to extract tag using discriminator 'type'`
  return isText(given) && tags.includes(given)
    ? undefined
    : `${place}: Input tag '${isText(given) ? given : JSON.stringify(given)}' found using 'type' does not match any of the expected tags: ${tags.map((name) => `'${name}'`).join(', ')}`
}

type Sources = Readonly<Record<string, Readonly<Record<string, FieldCheck>>>>

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

/** Where the content of an image or a document comes from. The wording for wrong media types is reported. */
const sources: Readonly<Record<string, Sources>> = {
  image: {
    base64: { media_type: oneOf(...imageTypes), data: aString },
    file: { file_id: aString },
    url: { url: aString },
  },
  document: {
    base64: { media_type: oneOf('application/pdf'), data: aString },
    content: {},
    file: { file_id: aString },
    text: { media_type: oneOf('text/plain'), data: aString },
    url: { url: aString },
  },
}

const firstProblem = (
  object: JsonObject,
  place: string,
  checks: Readonly<Record<string, FieldCheck>>,
  optional = false,
): string | undefined => {
  for (const [name, check] of Object.entries(checks)) {
    const value = object[name]
    if (value === undefined && optional) continue
    const problem = value === undefined ? 'Field required' : check(value)
    if (problem !== undefined) return `${place}.${name}: ${problem}`
  }
  return undefined
}

const sourceProblem = (block: JsonObject, place: string, known: Sources): string | undefined => {
  const { source } = block
  if (!isObject(source)) return undefined
  const { type } = source
  const here = `${place}.source`
  return (
    expectedTag(here, type, Object.keys(known)) ??
    firstProblem(source, `${here}.${String(type)}`, known[String(type)] ?? {})
  )
}

const fieldProblem = (block: JsonObject, place: string, { required, checked = {}, others }: BlockFields) => {
  const found = firstProblem(block, place, required) ?? firstProblem(block, place, checked, true)
  if (found !== undefined || others === undefined) return found
  const known = ['type', ...Object.keys(required), ...Object.keys(checked), ...others]
  const stranger = Object.keys(block).find((name) => !known.includes(name))
  return stranger === undefined ? undefined : extraInput(`${place}.${stranger}`)
}

/** What is wrong with a block: its `type`, which must be one of `expected`, its fields, or the source of its content. */
export const blockProblem = (block: unknown, place: string, expected: readonly string[]): string | undefined => {
  if (!isObject(block)) return `${place}: Input should be a valid dictionary or object to extract fields from`
  const misplaced = expectedTag(place, block['type'], expected)
  if (misplaced !== undefined) return misplaced
  const type = String(block['type'])
  const here = `${place}.${type}`
  const rules = fields[type]
  const known = sources[type]
  return (rules && fieldProblem(block, here, rules)) ?? (known && sourceProblem(block, here, known))
}
