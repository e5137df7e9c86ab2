import type { OutputOf, StandardSchema } from './standard-schema.ts'

/** Which call a function is asked about. */
export interface CallInfo {
  readonly callId: string
  /** What the model called: the tool, or the member of a toolset. */
  readonly name: string
  readonly turnId: string
}

/** What `run` of a tool receives beside its input. */
export interface RunInfo extends CallInfo {
  /** Aborts when the turn is stopped, and when the tool's time is up. What is given after that is dropped. */
  readonly signal: AbortSignal
}

/** Further fields of a tool's definition, as the API has them. They are sent as they are. */
export interface ToolParams {
  readonly allowed_callers?: readonly string[]
  readonly cache_control?: { readonly type: 'ephemeral'; readonly ttl?: '5m' | '1h' } | null
  readonly defer_loading?: boolean
  readonly eager_input_streaming?: boolean | null
  readonly input_examples?: readonly Readonly<Record<string, unknown>>[]
  readonly strict?: boolean
}

/** A tool whose calls turnstate runs. `tool()` gives it its types. */
export interface Tool<Schema extends StandardSchema = StandardSchema> extends ToolParams {
  /** 1 to 128 of a-z, A-Z, 0-9, _ and -. */
  readonly name: string
  /** What it does, and when to use it, in the words that the model reads. */
  readonly description?: string
  /** A Zod 4 schema, or any other Standard Schema, of an object. Input that does not fit goes back to the model. */
  readonly input: Schema
  /**
   * Gives a text, content blocks, or anything that JSON can hold. One that throws gives the model an error with the
   * message.
   */
  readonly run: (input: OutputOf<Schema>, info: RunInfo) => unknown
  /** Whether a person has to allow a call before it runs. One that throws counts as yes. Default `false`. */
  readonly needsApproval?: boolean | ((input: OutputOf<Schema>, info: CallInfo) => boolean | Promise<boolean>)
  /** Milliseconds that a call may run. Default 300,000. */
  readonly timeout?: number
  /** JSON Schema of the input, for schemas that can't tell it themselves, or in the place of what they tell. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>
}

/** A tool of whatever input. */
export interface AnyTool extends Omit<Tool, 'run' | 'needsApproval'> {
  readonly run: (input: never, info: RunInfo) => unknown
  readonly needsApproval?: boolean | ((input: never, info: CallInfo) => boolean | Promise<boolean>)
}

/** Defines a tool that the conversation runs. It is checked where it is used. */
export const tool = <Schema extends StandardSchema>(definition: Tool<Schema>): Tool<Schema> =>
  Object.freeze({ ...definition })
