import { TurnstateError } from '../errors.ts'
import { titleOf } from '../journal/index.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Keeping } from './keeping.ts'
import type { Running } from './running.ts'

/** The most characters of a title. */
const longest = 1_000

/** The title of a conversation. It is not in the journal: anybody who may write the store can change it. */
export function createTitling(
  running: Running,
  {
    id,
    keeping,
    title: given = null,
  }: { readonly id: string; readonly keeping: Keeping; readonly title?: string | null },
): Pick<Conversation, 'title' | 'setTitle'> {
  let title = given
  return {
    get title() {
      return title ?? titleOf(running.shown)
    },
    async setTitle(next) {
      if (next !== null && (typeof next !== 'string' || next.trim() === '' || next.length > longest))
        throw new TurnstateError('invalid-option', `A title is a text of 1 to ${longest} characters, or null.`)
      await keeping.setTitle(id, next)
      title = next
    },
  }
}
