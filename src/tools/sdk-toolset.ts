// The SDK's runnable toolsets (subclasses of its browser and computer toolsets): one entry of `tools` without a name, whose
// `run` serves every member. The model calls a member by `toolset_name` and `name`, and the result names the toolset too.
import type { StandardSchema } from './standard-schema.ts'
import type { CallInfo, Tool } from './tool.ts'
import type { JsonObject } from './tool-objection.ts'

/** The `tool_use` block of a member's call, as the SDK's tool runner passes it to `run`. */
interface MemberUse {
  readonly type: 'tool_use'
  readonly id: string
  readonly name: string
  readonly toolset_name: string
  readonly input: unknown
}

interface MemberContext {
  readonly toolUse: MemberUse
  /** The older name of the same. */
  readonly toolUseBlock: MemberUse
  readonly signal: AbortSignal
}

/** A toolset as the SDK makes it, with our fields `needsApproval`, `timeout` and `idempotent`. */
export interface SdkToolset {
  readonly type: string
  readonly run: (context: MemberContext, toolUse: MemberUse) => unknown
  readonly needsApproval?: boolean | ((input: unknown, info: CallInfo) => boolean | Promise<boolean>)
  readonly timeout?: number
  readonly idempotent?: boolean
}

/** The fields of such a toolset beside its definition, typed loosely enough for every subclass. */
export interface SdkToolsetRun {
  readonly run: (context: never, toolUse: never) => unknown
  /** `info.name` is the member. The toolset's own `confirm` is asked too, when the call runs. */
  readonly needsApproval?: boolean | ((input: never, info: CallInfo) => boolean | Promise<boolean>)
  readonly timeout?: number
  readonly idempotent?: boolean
}

/** Matches the end of a toolset's type: `browser_toolset_20260801` is the type of the toolset `browser`. */
const typeEnd = /_toolset_\d{8}$/

export const isSdkToolset = (tool: JsonObject): tool is JsonObject & SdkToolset =>
  tool['name'] === undefined &&
  typeof tool['run'] === 'function' &&
  typeof tool['type'] === 'string' &&
  typeEnd.test(tool['type'])

/** Fields that are not sent to the API, for toolsets without `toJSON()`. */
const toolsetFields: ReadonlySet<string> = new Set([
  'run',
  'close',
  'needsApproval',
  'timeout',
  'idempotent',
  'toolsetName',
])

/** The toolset's entry in the request's `tools`. */
export const toolsetParam = (toolset: JsonObject): JsonObject =>
  typeof toolset['toJSON'] === 'function'
    ? toolset
    : Object.fromEntries(Object.entries(toolset).filter(([field]) => !toolsetFields.has(field)))

/** Converts all members to one tool in our form with the toolset's name. The toolset checks their input itself. */
export function fromToolset(toolset: SdkToolset): Tool {
  const { type, needsApproval = false, idempotent = false, timeout } = toolset
  const name = type.replace(typeEnd, '')
  return {
    name,
    input: asWritten,
    run: (input, { callId, name: member, signal }) => {
      const toolUse = { type: 'tool_use', id: callId, name: member, toolset_name: name, input } as const
      return toolset.run({ toolUse, toolUseBlock: toolUse, signal }, toolUse)
    },
    needsApproval,
    idempotent,
    ...(timeout === undefined ? {} : { timeout }),
  }
}

const asWritten: StandardSchema = {
  '~standard': { version: 1, vendor: 'the SDK', validate: (value) => ({ value }) },
}
