import { messageOf, TurnstateError } from '../errors.ts'
import { deepFreeze } from '../journal/index.ts'
import { jsonCopy } from '../journal/json-copy.ts'
import { checkInputSchema, inputSchemaOf } from './input-schema.ts'
import { fromSdk, isSdkTool, type SdkTool, sdkFields } from './sdk-tool.ts'
import { fromToolset, isSdkToolset, type SdkToolset, toolsetParam } from './sdk-toolset.ts'
import { isStandardSchema } from './standard-schema.ts'
import type { Tool } from './tool.ts'
import { type JsonObject, objections, type Objection } from './tool-objection.ts'
import { isRecord } from '../objects.ts'
import { longestTimer } from '../clock.ts'

export interface RunnableTool {
  readonly kind: 'run'
  readonly definition: Tool
  /** The most milliseconds that a call may run. */
  readonly timeout: number
}

/** The tools of a request, checked. */
export interface ToolSet {
  /** The request's `tools`, in the order given. */
  readonly params: readonly JsonObject[]
  /** Names of the tools that can be called. */
  readonly names: readonly string[]
  /** The tool of a call: one that is run here, or one that the app answers; `undefined` for an unknown tool. */
  find(call: CalledTool): RunnableTool | { readonly kind: 'app' } | undefined
  /** Milliseconds; 0 if no tool is run here. */
  readonly longestTimeout: number
}

/** The tool that a call names. */
interface CalledTool {
  readonly name: string
  /** The toolset that the member `name` belongs to. */
  readonly toolset?: string
}

export const defaultTimeout = 300_000

/**
 * Checks the tools of a request.
 *
 * @throws TurnstateError `tool-invalid`, `tool-name-invalid`, `tool-duplicate`, `tool-schema-invalid`
 */
export function readTools(tools: unknown): ToolSet {
  if (!Array.isArray(tools))
    throw new TurnstateError(
      'tool-invalid',
      '`tools` must be an array of tools made with tool() and of definitions of the API.',
    )
  return tools.length === 0 ? noTools : toolSetOf(tools.map(readTool))
}

function toolSetOf(read: readonly ReadTool[]): ToolSet {
  const known = new Map<string, RunnableTool | typeof answeredByApp>()
  const toolsets = new Map<string, RunnableTool>()
  for (const [index, { name, toolset, runnable }] of read.entries()) {
    if (toolset !== undefined && runnable) {
      if (toolsets.has(toolset))
        throw objections(index)('tool-duplicate', `there is a toolset "${toolset}" before it. Leave one of them out.`)
      toolsets.set(toolset, runnable)
    }
    if (name === undefined) continue
    if (known.has(name))
      throw objections(index, name)('tool-duplicate', 'a tool before it has the same name. Rename one of them.')
    known.set(name, runnable ?? answeredByApp)
  }
  // The names of a toolset's members are in no list. The app never answers calls of an MCP server's tools.
  const hasMembers = read.some(
    ({ name, toolset, param }) => name === undefined && toolset === undefined && param['type'] !== 'mcp_toolset',
  )
  const member = hasMembers ? answeredByApp : undefined
  return Object.freeze({
    params: Object.freeze(read.map(({ param }) => param)),
    names: Object.freeze([...known.keys()]),
    // A tool may have the same name as a toolset's member.
    find: ({ name, toolset }: CalledTool) =>
      (toolset === undefined ? known.get(name) : toolsets.get(toolset)) ?? member,
    longestTimeout: Math.max(0, ...read.map(({ runnable }) => runnable?.timeout ?? 0)),
  })
}

const answeredByApp = { kind: 'app' } as const

interface ReadTool {
  readonly name: string | undefined
  /** The toolset whose members it runs; `undefined` for a single tool. */
  readonly toolset?: string
  readonly param: JsonObject
  readonly runnable?: RunnableTool
}

function readTool(tool: unknown, index: number): ReadTool {
  if (!isRecord(tool))
    throw objections(index)(
      'tool-invalid',
      'it is not an object. Make it with tool(), or give a definition of the API.',
    )
  const { name, type } = tool
  const object = objections(index, name)
  const isTyped = typeof type === 'string' && type !== 'custom'
  if (!isTyped && !['run', 'input', 'input_schema'].some((field) => field in tool))
    throw object('tool-invalid', 'it is not a tool. Make it with tool(), or give a definition of the API.')
  // Toolsets have no name.
  if ((name !== undefined || !isTyped) && !isName(name))
    throw object('tool-name-invalid', 'its name must be 1 to 128 of a-z, A-Z, 0-9, _ and -. Rename it.')
  if (isSdkToolset(tool)) return readToolset(tool, object)
  if (isSdkTool(tool)) return readSdkTool(tool, isTyped, object)
  if ('run' in tool) return readRunnable(tool, isTyped, object)
  if ('input' in tool) throw object('tool-invalid', 'it has `input` but no function `run`. Give it one.')
  if (!isTyped) checkInputSchema(tool['input_schema'], object)
  return { name: typeof name === 'string' ? name : undefined, param: frozenCopy(tool, object) }
}

const isName = (name: unknown): boolean => typeof name === 'string' && /^[a-zA-Z0-9_-]{1,128}$/.test(name)

/** Fields of a tool that are for turnstate and are not sent to the API. */
const ourFields = new Set(['input', 'run', 'needsApproval', 'timeout', 'idempotent', 'jsonSchema'])

function readRunnable(tool: JsonObject, isTyped: boolean, object: Objection): ReadTool {
  const { description } = tool
  if (isTyped)
    throw object(
      'tool-invalid',
      'a tool of one of the API’s types can’t have `run`, unless a helper of the SDK made it, with `parse`. Leave `run` out and answer its calls with answerTool().',
    )
  if (typeof tool['run'] !== 'function')
    throw object('tool-invalid', '`run` is not a function. Leave it out to answer its calls with answerTool().')
  if (description !== undefined && typeof description !== 'string')
    throw object('tool-invalid', '`description` is not a text. Write one, or leave it out.')
  const timeout = readTimeout(tool, object)
  // The API's own fields are in snake_case. A field in camelCase that is not ours is a mistake, and would be ignored silently.
  const slip = Object.keys(tool).find((field) => /[A-Z]/.test(field) && !ourFields.has(field))
  if (slip !== undefined)
    throw object(
      'tool-invalid',
      `there is no field "${slip}". The fields of tool() are ${[...ourFields].join(', ')}, name and description.`,
    )
  if (!hasSchema(tool))
    throw object('tool-schema-invalid', '`input` is not a Standard Schema. Give one of Zod 4, Valibot or ArkType.')
  const forApi = Object.entries(tool).filter(([field]) => !ourFields.has(field))
  const param = { ...Object.fromEntries(forApi), input_schema: inputSchemaOf(tool, object) }
  return {
    name: tool.name,
    param: frozenCopy(param, object),
    runnable: Object.freeze({ kind: 'run', definition: tool, timeout }),
  }
}

/** Checks `needsApproval`, `idempotent` and `timeout`. Returns the timeout in milliseconds. */
function readTimeout(tool: JsonObject, object: Objection): number {
  const { timeout = defaultTimeout, needsApproval = false, idempotent = false } = tool
  if (typeof needsApproval !== 'boolean' && typeof needsApproval !== 'function')
    throw object('tool-invalid', '`needsApproval` must be true, false, or a function that returns one of them.')
  if (typeof idempotent !== 'boolean') throw object('tool-invalid', '`idempotent` must be true or false.')
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout <= longestTimer))
    throw object('tool-invalid', `\`timeout\` must be a number of milliseconds above 0 and at most ${longestTimer}.`)
  return timeout
}

/** Reads a tool made by a helper of the SDK. The API knows the schemas of its own types, so only others are checked. */
function readSdkTool(tool: JsonObject & SdkTool, isTyped: boolean, object: Objection): ReadTool {
  const timeout = readTimeout(tool, object)
  if (!isTyped) checkInputSchema(tool['input_schema'], object)
  const forApi = Object.entries(tool).filter(([field]) => !sdkFields.has(field))
  return {
    name: tool.name,
    param: frozenCopy(Object.fromEntries(forApi), object),
    runnable: Object.freeze({ kind: 'run', definition: fromSdk(tool), timeout }),
  }
}

function readToolset(tool: JsonObject & SdkToolset, object: Objection): ReadTool {
  const timeout = readTimeout(tool, object)
  const definition = fromToolset(tool)
  return {
    name: undefined,
    toolset: definition.name,
    param: frozenCopy(toolsetParam(tool), object),
    runnable: Object.freeze({ kind: 'run', definition, timeout }),
  }
}

const hasSchema = (tool: object): tool is Tool => 'input' in tool && isStandardSchema(tool.input)

/** A frozen copy of a definition, so that later changes to the app's object do not change requests. */
function frozenCopy(param: JsonObject, object: Objection): JsonObject {
  try {
    const copy = deepFreeze(jsonCopy(param))
    if (isRecord(copy)) return copy
    throw new TypeError('its toJSON() does not return an object')
  } catch (cause) {
    throw object('tool-invalid', `JSON can't hold its definition: ${messageOf(cause)}. Give plain data.`, cause)
  }
}

/** Shared by the many conversations without tools. */
const noTools = toolSetOf([])
