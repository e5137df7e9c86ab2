// Several things of a conversation that are changed by one request. The title is in the store, the rest is facts: no single write
// has all of them.
//   C1  Whatever can be rejected is, before anything is changed.
//   C2  The title is written first. If the store does not take it, nothing else is touched.
//   C3  Facts can't be rejected any more: the conversation keeps them until the store takes them, unless it is over before.
//   C4  An error says what became of each field. Each is set to a value, so the same request makes it whole.
import { checkChange, type Change } from '../conversation/start-conversation.ts'
import { type ChangeFate, TurnstateError } from '../errors.ts'
import type { Conversation } from '../index.ts'
import { onceStored } from './once-stored.ts'
import { toTurnstateError } from './problems.ts'

/**
 * Changes all of it. Resolves once that is stored.
 *
 * @throws TurnstateError as `setTitle()`, `setModel()` and `setBudget()`, with nothing changed; with `details.changes` as the store
 * rejects the title, and as `onceStored()`
 */
export async function changeConversation(chat: Conversation, change: Change): Promise<void> {
  checkChange(chat, change)
  const { title, model, budget } = change
  const changing = new Changing(chat, change)
  try {
    if (title !== undefined) await changing.write('title', () => chat.setTitle(title))
    if (budget !== undefined) changing.record('budget', () => chat.setBudget(budget))
    if (model !== undefined) changing.record('model', () => chat.setModel(model))
    await onceStored(chat)
  } catch (thrown) {
    const { code, message, details } = toTurnstateError(thrown)
    throw new TurnstateError(code, message, { ...details, changes: changing.fates, cause: thrown })
  }
}

type Field = keyof Change

/** What becomes of each field. */
class Changing {
  readonly #chat: Conversation
  /** A number: the fact with this one sets it, and the store may not have it yet. */
  readonly #fates = new Map<Field, ChangeFate | number>()

  constructor(chat: Conversation, change: Change) {
    this.#chat = chat
    for (const field of ['title', 'model', 'budget'] as const)
      if (change[field] !== undefined) this.#fates.set(field, 'unchanged')
  }

  /** A write that fails may have been stored all the same. */
  async write(field: Field, write: () => Promise<void>): Promise<void> {
    this.#fates.set(field, 'unknown')
    await write()
    this.#fates.set(field, 'applied')
  }

  record(field: Field, record: () => void): void {
    record()
    this.#fates.set(field, this.#chat.actor.getSnapshot().context.view.revision)
  }

  get fates(): Readonly<Record<string, ChangeFate>> {
    const { revision, status } = this.#chat
    const unstored = status === 'closed' ? 'unknown' : 'pending'
    return Object.fromEntries(
      [...this.#fates].map(([field, fate]) => [
        field,
        typeof fate === 'string' ? fate : fate <= revision ? 'applied' : unstored,
      ]),
    )
  }
}
