// The body of a request, as the Messages API has it.
import * as v from 'valibot'
import { TurnstateError } from '../../errors.ts'
import type { Block, RequestFields } from '../../index.ts'
import { isRecord } from '../../objects.ts'

const block = v.looseObject({ type: v.string() })

const message = v.looseObject({
  role: v.picklist(['user', 'assistant', 'system']),
  content: v.union([v.string(), v.array(block)]),
})

/** The schema of the body of `POST /v1/messages`, as far as it is read. */
export const messagesBody = v.looseObject({
  model: v.pipe(v.string(), v.minLength(1)),
  max_tokens: v.pipe(v.number(), v.integer(), v.minValue(0)),
  messages: v.pipe(v.array(message), v.minLength(1)),
  stream: v.optional(v.boolean()),
})

/** A message of a request. Neighbours of the same role are one. */
export interface GivenMessage {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: readonly Block[]
}

/** A request to the Messages API. */
export interface GivenRequest {
  readonly model: string
  readonly maxTokens: number
  readonly stream: boolean
  readonly messages: readonly GivenMessage[]
  /** All other fields. */
  readonly fields: RequestFields
}

/** The field of `metadata` that names a conversation, for clients that can't send a header. */
const metadataField = 'turnstate_conversation'

/** The conversation that the metadata of a request names. */
export function conversationIn(given: unknown): string | null {
  const metadata = isRecord(given) ? given['metadata'] : undefined
  const id = isRecord(metadata) ? metadata[metadataField] : undefined
  return typeof id === 'string' && id !== '' ? id : null
}

/** Reads a request. @param betas the header `anthropic-beta` @throws TurnstateError `request-malformed` */
export function readRequest(given: unknown, betas: string | undefined): GivenRequest {
  const read = v.safeParse(messagesBody, given)
  if (!read.success) {
    const [issue] = read.issues
    throw new TurnstateError(
      'request-malformed',
      `${v.getDotPath(issue) ?? 'body'}: this is no request to the Messages API.`,
    )
  }
  const { model, max_tokens: maxTokens, messages, stream = false, metadata, container, ...rest } = read.output
  // The conversation continues the container that its last reply left.
  const skills = isRecord(container) ? { container } : {}
  const fields = {
    ...rest,
    ...skills,
    ...withoutConversation(metadata),
    ...(betas ? { betas: betas.split(',').map((beta) => beta.trim()) } : {}),
  }
  return { model, maxTokens, stream, messages: joined(messages), fields }
}

function withoutConversation(metadata: unknown): object {
  if (!isRecord(metadata)) return metadata === undefined ? {} : { metadata }
  const { [metadataField]: _, ...rest } = metadata
  return Object.keys(rest).length > 0 ? { metadata: rest } : {}
}

function joined(messages: readonly v.InferOutput<typeof message>[]): readonly GivenMessage[] {
  const list: GivenMessage[] = []
  for (const { role, content } of messages) {
    const blocks: readonly Block[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content
    const last = list.at(-1)
    if (last?.role === role) list[list.length - 1] = { role, content: [...last.content, ...blocks] }
    else list.push({ role, content: blocks })
  }
  return list
}
