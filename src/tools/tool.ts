import type { OutputOf, StandardSchema } from './standard-schema.ts'

/** The call that a function such as `needsApproval` decides about. */
export interface CallInfo {
  readonly callId: string
  /** The name that the model called: of the tool, or of the member of a toolset. */
  readonly name: string
  readonly turnId: string
}

/** The second argument of a tool's `run`. */
export interface RunInfo extends CallInfo {
  /** Aborts when the turn is stopped, or when the tool's `timeout` is over. A result after that is ignored. */
  readonly signal: AbortSignal
}

/** Further fields of a tool definition of the API. They are sent unchanged. */
export interface ToolParams {
  readonly allowed_callers?: readonly string[]
  readonly cache_control?: { readonly type: 'ephemeral'; readonly ttl?: '5m' | '1h' } | null
  readonly defer_loading?: boolean
  readonly eager_input_streaming?: boolean | null
  readonly input_examples?: readonly Readonly<Record<string, unknown>>[]
  readonly strict?: boolean
}

/** A tool whose calls turnstate runs. `tool()` infers its types. */
export interface Tool<Schema extends StandardSchema = StandardSchema> extends ToolParams {
  /** 1 to 128 of a-z, A-Z, 0-9, _ and -. */
  readonly name: string
  /** What the tool does and when to use it, for the model. */
  readonly description?: string
  /** A Zod 4 schema, or any other Standard Schema, of an object. For input that does not match, the model receives an error result. */
  readonly input: Schema
  /**
   * Runs a call. Returns a text, content blocks, or anything that JSON can hold. If it throws, the model receives an error result with
   * the message.
   */
  readonly run: (input: OutputOf<Schema>, info: RunInfo) => unknown
  /** Whether a person must approve a call before it runs. A function that throws counts as `true`. Default `false`. */
  readonly needsApproval?: boolean | ((input: OutputOf<Schema>, info: CallInfo) => boolean | Promise<boolean>)
  /** Milliseconds that a call may run. Default 300,000. */
  readonly timeout?: number
  /**
   * Whether a call may run twice, as if it had run once: one that may have been running when its process ended is run again by the next
   * process, if the turn continues there. Default `false`: the model is told that it may have run.
   */
  readonly idempotent?: boolean
  /** The JSON Schema of the input, for a schema that cannot produce one, or to replace the one that it produces. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>
}

/** A tool with any input. */
export interface AnyTool extends Omit<Tool, 'run' | 'needsApproval'> {
  readonly run: (input: never, info: RunInfo) => unknown
  readonly needsApproval?: boolean | ((input: never, info: CallInfo) => boolean | Promise<boolean>)
}

/** Defines a tool that the conversation runs. `createConversation` and `setTools` check it. */
export const tool = <Schema extends StandardSchema>(definition: Tool<Schema>): Tool<Schema> =>
  Object.freeze({ ...definition })
