import { isText, type JsonObject, objectsOf } from '../api/json.ts'
import { asksForCompaction } from '../api/request-fields.ts'
import { messagesOf } from '../api/turns.ts'
import type { ModelRequest, RequestToCheck } from './rule.ts'

const maxMessages = 100_000

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

/** The first message must be the user's, or begin with a compaction. */
export const firstMessage = ({ body }: RequestToCheck): string | undefined => {
  const [first] = messagesOf(body)
  if (first?.['role'] !== 'assistant') return undefined
  return objectsOf(first['content'])[0]?.object['type'] === 'compaction'
    ? undefined
    : 'messages: first message must use the "user" role'
}

/** Where a `role: "system"` message may be among the others. */
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

/**
 * A request may end with an assistant message only if the model allows a prefill, a server tool continues the message, a
 * credit token pays for it, or the request asks for a compaction.
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
