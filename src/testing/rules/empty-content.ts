// Messages and texts that are empty.
import { isText, objectsOf } from '../api/json.ts'
import { messagesOf } from '../api/turns.ts'
import type { RequestToCheck } from './rule.ts'

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

/** A result may be an empty string, which is not a text block. */
const listed = (content: unknown): unknown => (Array.isArray(content) ? content : [])

export const nonEmptyText = ({ body }: RequestToCheck): string | undefined => {
  const messages = messagesOf(body)
  for (const [index, { content, role }] of messages.entries()) {
    // `nonEmptyContent` checks content that is an empty string.
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
