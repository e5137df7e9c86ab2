import { type Block, type Message, toBlocks } from '../content.ts'

/**
 * Adds a message, joined to the one before it when both are of one role: the API joins them anyway, and clients
 * of other providers want the roles to take turns.
 */
export function appendMessage(messages: Message[], message: Message): void {
  const last = messages.at(-1)
  if (last?.role !== message.role) messages.push(message)
  else
    messages[messages.length - 1] = {
      role: last.role,
      content: [...toBlocks(last.content), ...toBlocks(message.content)],
    }
}

/** The same messages with each block run through `change`; what does not change is shared. */
export function mapBlocks(messages: readonly Message[], change: (block: Block) => Block): Message[] {
  return messages.map((message) => {
    if (typeof message.content === 'string') return message
    let changed = false
    const content = message.content.map((block) => {
      const next = change(block)
      changed ||= next !== block
      return next
    })
    return changed ? { role: message.role, content } : message
  })
}
