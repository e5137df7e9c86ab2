import { isText, type JsonObject, objectsOf } from '../api/json.ts'
import { asksForCompaction } from './compaction.ts'
import type { ModelRequest, RequestToCheck } from './violation.ts'

const maxMessages = 100_000

const messagesOf = (body: JsonObject): readonly JsonObject[] => objectsOf(body['messages']).map(({ object }) => object)

const lastBlockOf = (message: JsonObject | undefined): JsonObject | undefined =>
  objectsOf(message?.['content']).at(-1)?.object

const isServerBlock = (block: JsonObject | undefined): boolean => {
  const type = block?.['type']
  return (
    isText(type) &&
    (type === 'server_tool_use' ||
      type.startsWith('mcp_tool_') ||
      (type.endsWith('_tool_result') && type !== 'tool_result'))
  )
}

export const messageCount = ({ body }: RequestToCheck): string | undefined => {
  const count = messagesOf(body).length
  return count > maxMessages ? `messages: at most ${maxMessages} messages are allowed. Found ${count}.` : undefined
}

/** The user begins, or a compaction of what came before does. */
export const firstMessage = ({ body }: RequestToCheck): string | undefined => {
  const [first] = messagesOf(body)
  if (first?.['role'] !== 'assistant') return undefined
  return objectsOf(first['content'])[0]?.object['type'] === 'compaction'
    ? undefined
    : 'messages: first message must use the "user" role'
}

/** Where a `role: "system"` message may stand among the others. */
export const systemMessages = ({ body, rules }: ModelRequest): string | undefined => {
  const messages = messagesOf(body)
  for (const [index, { role }] of messages.entries()) {
    if (role !== 'system') continue
    const place = `messages.${index}`
    if (!rules.systemMessages) return `${place}: role 'system' is not supported for this model`
    if (index === 0) return `${place}: a message with role 'system' cannot be the first message`
    const before = messages.slice(0, index).findLast((message) => message['role'] !== 'system')
    const calls = objectsOf(before?.['content']).some(({ object }) => object['type'] === 'tool_use')
    if (before?.['role'] === 'assistant' && calls)
      return `${place}: a message with role 'system' cannot stand between \`tool_use\` and its \`tool_result\``
    if (before?.['role'] === 'assistant' && !isServerBlock(lastBlockOf(before)))
      return `${place}: a message with role 'system' must follow a user message`
    const after = messages.slice(index + 1).find((message) => message['role'] !== 'system')
    if (after?.['role'] === 'user')
      return `${place}: a message with role 'system' must precede an assistant message or be the last message`
  }
  return undefined
}

export const nonEmptyContent = ({ body }: RequestToCheck): string | undefined => {
  const messages = messagesOf(body)
  for (const [index, { role, content }] of messages.entries()) {
    const optional = index === messages.length - 1 && role === 'assistant'
    if ((isText(content) || Array.isArray(content)) && content.length === 0 && !optional)
      return `messages.${index}: all messages must have non-empty content except for the optional final assistant message`
  }
  return undefined
}

const textsOf = (content: unknown): readonly string[] =>
  isText(content)
    ? [content]
    : objectsOf(content).flatMap(({ object }) => [
        ...(object['type'] === 'text' && isText(object['text']) ? [object['text']] : []),
        ...(object['type'] === 'tool_result' ? textsOf(listed(object['content'])) : []),
      ])

/** A result may be the empty string, which is no block. */
const listed = (content: unknown): unknown => (Array.isArray(content) ? content : [])

export const nonEmptyText = ({ body }: RequestToCheck): string | undefined => {
  const messages = messagesOf(body)
  for (const [index, { content, role }] of messages.entries()) {
    // An empty string as content is the matter of `nonEmptyContent`.
    const texts = content === '' ? [] : textsOf(content)
    if (texts.includes('')) return 'messages: text content blocks must be non-empty'
    const final = index === messages.length - 1 && role === 'assistant'
    if (!final && texts.some((text) => text.trim() === ''))
      return 'messages: text content blocks must contain non-whitespace text'
  }
  return Array.isArray(body['system']) && textsOf(body['system']).includes('')
    ? 'system: text content blocks must be non-empty'
    : undefined
}

/**
 * A request may end in the assistant's words only for models that prefill, where a server has to go on, where a credit
 * token pays for it, and where nobody is to go on at all.
 */
export const lastMessage = ({ body, rules, redeemed, served }: ModelRequest): string | undefined => {
  const last = messagesOf(body).findLast(({ role }) => role !== 'system')
  if (last?.['role'] !== 'assistant' || asksForCompaction(body)) return undefined
  const block = lastBlockOf(last)
  if (isServerBlock(block) || block?.['type'] === 'compaction' || served.isPaused(body)) return undefined
  const redeems = redeemed?.type === 'redeemed' && redeemed.prefill
  if (!rules.prefill && !redeems)
    return 'This model does not support assistant message prefill. The conversation must end with a user message.'
  const { content } = last
  const ending = isText(content) ? content : block?.['type'] === 'text' ? block['text'] : ''
  return isText(ending) && ending !== ending.trimEnd()
    ? 'messages: final assistant content cannot end with trailing whitespace'
    : undefined
}
