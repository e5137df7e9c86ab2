import type { ReplyTarget } from '../actors/reply-request.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import { toApiTools } from '../claude/sdk-types.ts'
import { TurnstateError } from '../errors.ts'
import { readTools, type ToolSet } from '../tools/read-tools.ts'
import type { ToolInput } from './options.ts'
import { checkSendable, replyTarget } from './request-target.ts'

/** The system prompt, as the API takes it. */
export type SystemPrompt = RequestFields['system']

/** What requests carry beside the messages. The system prompt and the tools may change between turns. */
export class Prompt {
  #fields: RequestFields
  #target: ReplyTarget
  #tools: ToolSet

  /** @throws TurnstateError for tools that are none. */
  constructor({ request = {}, tools }: { readonly request?: RequestFields; readonly tools?: readonly ToolInput[] }) {
    this.#tools = readTools(tools ?? request.tools ?? [])
    this.#fields = withTools(request, this.#tools)
    this.#target = replyTarget(this.#fields)
  }

  /** The same, to be changed apart from this one. */
  copy(): Prompt {
    const copy = new Prompt({ request: this.#fields })
    copy.#tools = this.#tools
    return copy
  }

  get fields(): RequestFields {
    return this.#fields
  }

  get target(): ReplyTarget {
    return this.#target
  }

  get tools(): ToolSet {
    return this.#tools
  }

  setSystem(system: SystemPrompt): void {
    const { system: _, ...rest } = this.#fields
    checkSendable({ system })
    this.#change(system === undefined ? rest : { ...rest, system: structuredClone(system) })
  }

  setTools(tools: readonly ToolInput[]): void {
    const read = readTools(tools)
    this.#change(withTools(this.#fields, read))
    this.#tools = read
  }

  /** Reads a reply of `output_config.format`. @throws TurnstateError `output-invalid` */
  parse(text: string): unknown {
    const format: unknown = this.#fields.output_config?.format
    try {
      // The SDK's helpers give the format a parser that checks it too.
      return canParse(format) ? format.parse(text) : JSON.parse(text)
    } catch (cause) {
      throw new TurnstateError(
        'output-invalid',
        'The reply is not what output_config.format asked for, although the model said that it was done. Ask again.',
        { cause },
      )
    }
  }

  #change(fields: RequestFields): void {
    // First what may throw, so that a change that is refused changes nothing.
    this.#target = replyTarget(fields)
    this.#fields = fields
  }
}

function withTools(fields: RequestFields, { params }: ToolSet): RequestFields {
  const { tools: _, ...rest } = fields
  return params.length > 0 ? { ...rest, tools: toApiTools(params) } : rest
}

const canParse = (format: unknown): format is { parse(text: string): unknown } =>
  typeof format === 'object' && format !== null && 'parse' in format && typeof format.parse === 'function'
