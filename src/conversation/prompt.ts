import type { ReplyTarget } from '../reply/reply-request.ts'
import { checkRequestFields, type RequestFields } from '../claude/request-fields.ts'
import { toApiTools } from '../claude/sdk-types.ts'
import { TurnstateError } from '../errors.ts'
import { deepestNesting, wellFormed } from '../journal/index.ts'
import { readTools, type ToolSet } from '../tools/read-tools.ts'
import type { ToolInput } from './options.ts'
import { saysTheSame } from '../same-data.ts'
import { checkSendable, replyTarget } from './request-target.ts'

/** The system prompt, as the API takes it. */
export type SystemPrompt = RequestFields['system']

/** What requests carry besides the messages. The system prompt and the tools may change between turns. */
export class Prompt {
  #fields: RequestFields
  #target: ReplyTarget
  #tools: ToolSet
  /** The most tokens of a reply, where a call of setRequest() said it; `null` while the option applies. */
  #maxTokens: number | null = null

  /** @throws TurnstateError for invalid tools */
  constructor({ request = {}, tools }: { readonly request?: RequestFields; readonly tools?: readonly ToolInput[] }) {
    this.#tools = readTools(tools ?? request.tools ?? [])
    this.#fields = withTools(request, this.#tools)
    this.#target = replyTarget(this.#fields)
  }

  /** The same, to be changed apart from this one. */
  copy(): Prompt {
    const copy = new Prompt({ request: this.#fields })
    copy.#tools = this.#tools
    copy.#maxTokens = this.#maxTokens
    return copy
  }

  get fields(): RequestFields {
    return this.#fields
  }

  get maxTokens(): number | null {
    return this.#maxTokens
  }

  get target(): ReplyTarget {
    return this.#target
  }

  get tools(): ToolSet {
    return this.#tools
  }

  /** Returns whether this changes the next request. */
  setSystem(system: SystemPrompt): boolean {
    const { system: _, ...rest } = this.#fields
    checkSendable({ system })
    return this.#change(system === undefined ? rest : { ...rest, system: wellFormed(structuredClone(system)) })
  }

  /** Returns whether this changes the next request. @throws TurnstateError for invalid tools */
  setTools(tools: readonly ToolInput[]): boolean {
    const read = readTools(tools)
    const isOther = this.#change(withTools(this.#fields, read))
    this.#tools = read
    return isOther
  }

  /**
   * Replaces the further fields. The system prompt and the tools stay, unless they are among the new ones. Returns whether this
   * changes the next request.
   *
   * @throws TurnstateError `reserved-field`, `invalid-option`, or for invalid tools
   */
  setRequest(fields: RequestFields, options: unknown = {}): boolean {
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
      throw new TurnstateError(
        'invalid-option',
        'setRequest takes an object with fields of a request. Nothing changed.',
      )
    checkRequestFields(fields)
    const maxTokens = readMaxTokens(options) ?? this.#maxTokens
    const read = fields.tools === undefined ? this.#tools : readTools(fields.tools)
    const { system } = this.#fields
    const isOther = this.#change(withTools({ ...(system === undefined ? {} : { system }), ...fields }, read))
    const isLonger = maxTokens !== this.#maxTokens
    this.#tools = read
    this.#maxTokens = maxTokens
    return isOther || isLonger
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

  #change(fields: RequestFields): boolean {
    // First what may throw, so that a change that is refused changes nothing.
    const target = replyTarget(fields)
    const isOther = !saysTheSame(this.#fields, fields, deepestNesting + 1)
    this.#fields = fields
    // Whoever compares by identity sees a change only where there is one.
    if (!saysTheSame(this.#target, target)) this.#target = target
    return isOther
  }
}

/** @throws TurnstateError `invalid-option` */
function readMaxTokens(options: unknown): number | undefined {
  const maxTokens: unknown =
    typeof options === 'object' && options !== null && 'maxTokens' in options ? options.maxTokens : undefined
  if (maxTokens === undefined) return undefined
  if (typeof maxTokens === 'number' && Number.isSafeInteger(maxTokens) && maxTokens >= 0) return maxTokens
  throw new TurnstateError('invalid-option', 'The option maxTokens must be a whole number from 0. Nothing changed.')
}

function withTools(fields: RequestFields, { params }: ToolSet): RequestFields {
  const { tools: _, ...rest } = fields
  return wellFormed(params.length > 0 ? { ...rest, tools: toApiTools(params) } : rest)
}

const canParse = (format: unknown): format is { parse(text: string): unknown } =>
  typeof format === 'object' && format !== null && 'parse' in format && typeof format.parse === 'function'
