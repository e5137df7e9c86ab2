import { type Block, type Message, toBlocks } from '../content.ts'

/**
 * A list of messages that joins consecutive ones of one role: the API joins them anyway, and clients of other providers require
 * alternating roles.
 */
export class MessageList {
  readonly messages: Message[]
  /** The blocks of the last message, if this list created the array by joining and nobody else has it; `null` otherwise. */
  #joined: Block[] | null = null

  /** @param before the messages that it begins with. The list takes the array over. Default: none */
  constructor(before: Message[] = []) {
    this.messages = before
  }

  /** The messages so far. They stay as they are when the list grows. */
  copy(): Message[] {
    this.#joined = null
    return this.messages.slice()
  }

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

/** Applies `change` to each block. Unchanged messages are shared. */
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
