// Tools made by the SDK's helpers (betaTool(), betaZodTool(), betaMemoryTool(), mcpTools() …): a definition with `run`, and with
// `parse`, which checks the input. They are converted to our form here, so that the rest of the code knows only one.
import { describeThrown } from './describe-thrown.ts'
import type { SchemaIssue, StandardSchema } from './standard-schema.ts'
import type { CallInfo, RunInfo, Tool } from './tool.ts'
import { type JsonObject } from './tool-objection.ts'
import { isRecord } from '../objects.ts'

/** The second argument that the SDK's tool runner passes to `run`. */
interface SdkContext {
  readonly toolUse: SdkToolUse
  /** The older name of the same. */
  readonly toolUseBlock: SdkToolUse
  readonly signal: AbortSignal
}

interface SdkToolUse {
  readonly type: 'tool_use'
  readonly id: string
  readonly name: string
  readonly input: unknown
}

/** A tool as the SDK's helpers make it, with our fields `needsApproval`, `timeout` and `idempotent`. */
export interface SdkTool {
  readonly name: string
  readonly run: (input: unknown, context: SdkContext) => unknown
  readonly parse?: (input: unknown) => unknown
  readonly needsApproval?: boolean | ((input: unknown, info: CallInfo) => boolean | Promise<boolean>)
  readonly timeout?: number
  readonly idempotent?: boolean
}

/** The fields of such a tool beside its definition, typed loosely enough for every helper. */
export interface SdkRun {
  readonly run: (input: never, context?: never) => unknown
  readonly parse?: (input: unknown) => unknown
  readonly needsApproval?: boolean | ((input: never, info: CallInfo) => boolean | Promise<boolean>)
  readonly timeout?: number
  readonly idempotent?: boolean
}

/** Fields that are not sent to the API. */
export const sdkFields: ReadonlySet<string> = new Set([
  'run',
  'parse',
  'close',
  'needsApproval',
  'timeout',
  'idempotent',
])

/** Whether a tool has the SDK's form. Ours has the schema of its input as `input`. */
export const isSdkTool = (tool: JsonObject): tool is JsonObject & SdkTool =>
  typeof tool['run'] === 'function' &&
  typeof tool['name'] === 'string' &&
  !('input' in tool) &&
  (typeof tool['parse'] === 'function' || (!('parse' in tool) && isRecord(tool['input_schema'])))

/** The input as the model wrote it and as `parse` returned it: `run` receives both. */
class Parsed {
  readonly raw: unknown
  readonly input: unknown

  constructor(raw: unknown, input: unknown) {
    this.raw = raw
    this.input = input
  }

  static of(value: unknown): Parsed {
    return value instanceof Parsed ? value : new Parsed(value, value)
  }
}

/** Converts the tool to our form. */
export function fromSdk(tool: SdkTool): Tool {
  const { name, needsApproval = false, idempotent = false, timeout } = tool
  return {
    name,
    input: schemaOf(tool),
    run: (parsed, { callId, signal }: RunInfo) => {
      const { raw, input } = Parsed.of(parsed)
      const toolUse = { type: 'tool_use', id: callId, name, input: raw } as const
      return tool.run(input, { toolUse, toolUseBlock: toolUse, signal })
    },
    needsApproval:
      typeof needsApproval === 'function'
        ? (parsed, info) => needsApproval(Parsed.of(parsed).input, info)
        : needsApproval,
    idempotent,
    ...(timeout === undefined ? {} : { timeout }),
  }
}

const schemaOf = (tool: SdkTool): StandardSchema => ({
  '~standard': {
    version: 1,
    vendor: 'the SDK',
    validate: async (raw) => {
      try {
        return { value: new Parsed(structuredClone(raw), tool.parse ? await tool.parse(raw) : raw) }
      } catch (error) {
        return { issues: issuesOf(error) }
      }
    },
  },
})

/** The issues of a validation error. Zod's errors list them; others have only a message. */
function issuesOf(error: unknown): readonly SchemaIssue[] {
  const issues: unknown = error instanceof Error && 'issues' in error ? error.issues : undefined
  const listed = Array.isArray(issues) ? issues.filter(isIssue) : []
  return listed.length > 0 ? listed : [{ message: describeThrown(error) }]
}

const isIssue = (issue: unknown): issue is SchemaIssue =>
  isRecord(issue) &&
  typeof issue['message'] === 'string' &&
  (issue['path'] === undefined || Array.isArray(issue['path']))
