import { TurnstateError } from '../errors.ts'
import { titleOf } from '../journal/index.ts'
import type { Conversation } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'

/** The most characters of a title. */
export const longestTitle = 1_000

/** @throws TurnstateError `invalid-option` */
export function checkTitle(title: string | null): void {
  if (title !== null && (typeof title !== 'string' || title.trim() === '' || title.length > longestTitle))
    throw new TurnstateError('invalid-option', `A title is a text of 1 to ${longestTitle} characters, or null.`)
}

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
    checkTitle(next)
    const { keeping, id } = this.#core.running.options
    await keeping.setTitle(id, next)
    this.#title = next
  }
}
