import { type Block, type Message, toBlocks } from '../content.ts'

/**
 * Messages in a row, those of one role joined: the API joins them anyway, and clients of other providers want the roles to
 * take turns.
 */
export class MessageList {
  readonly messages: Message[] = []
  /** The blocks of the last message, once it was joined and they are this list's own. */
  #joined: Block[] | null = null

  add(message: Message): void {
    const last = this.messages.at(-1)
    if (last?.role !== message.role) {
      this.messages.push(message)
      this.#joined = null
      return
    }
    if (!this.#joined) {
      this.#joined = [...toBlocks(last.content)]
      this.messages[this.messages.length - 1] = { role: last.role, content: this.#joined }
    }
    for (const block of toBlocks(message.content)) this.#joined.push(block)
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
