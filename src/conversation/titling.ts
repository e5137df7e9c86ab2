import { TurnstateError } from '../errors.ts'
import { titleOf } from '../journal/index.ts'
import type { Conversation } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'

/** The most characters of a title. */
const longest = 1_000

/** The title of a conversation. It is not in the journal: anybody who may write the store can change it. */
export class Titling implements Pick<Conversation, 'title' | 'setTitle'> {
  readonly #core: ConversationCore
  #title: string | null

  constructor(core: ConversationCore) {
    this.#core = core
    this.#title = core.running.options.title ?? null
  }

  get title(): string | null {
    return this.#title ?? titleOf(this.#core.running.shown)
  }

  async setTitle(next: string | null): Promise<void> {
    if (next !== null && (typeof next !== 'string' || next.trim() === '' || next.length > longest))
      throw new TurnstateError('invalid-option', `A title is a text of 1 to ${longest} characters, or null.`)
    const { keeping, id } = this.#core.running.options
    await keeping.setTitle(id, next)
    this.#title = next
  }
}
