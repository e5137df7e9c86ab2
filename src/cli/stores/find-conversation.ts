import { TurnstateError } from '../../errors.ts'
import type { ConversationListing, ListOptions, Store } from '../../stores/index.ts'
import { inOneRow } from '../../terminal-text.ts'
import { list, shortened } from '../explain.ts'

/** Every conversation, the one that changed last first. */
export async function* allIn(store: Store, limit = 1_000): AsyncGenerator<ConversationListing, void> {
  for (let after: Pick<ListOptions, 'after'> = {}; ;) {
    const { conversations, next } = await store.list({ limit, ...after })
    yield* conversations
    if (next === null) return
    after = { after: next }
  }
}

/** Whether nothing was said in a conversation yet. */
export const isBlank = ({ title, status, usage }: ConversationListing): boolean =>
  title === null && status === 'idle' && usage.inputTokens + usage.outputTokens === 0

/** The conversations that changed last, without those in which nothing was said. */
export async function latestIn(store: Store, most: number): Promise<readonly ConversationListing[]> {
  const latest: ConversationListing[] = []
  for await (const listing of allIn(store, 2 * most)) {
    if (latest.length === most) break
    if (!isBlank(listing)) latest.push(listing)
  }
  return latest
}

/**
 * The conversation with this id, or the only one whose id begins so.
 *
 * @throws TurnstateError `conversation-unknown`, `invalid-option` for the beginning of several ids
 */
export async function findConversation(store: Store, given: string): Promise<ConversationListing> {
  const id = given.trim()
  const exact = id === '' || id.length > 1_024 ? null : await store.get(id)
  if (exact) return exact
  const found: ConversationListing[] = []
  if (id !== '') for await (const listing of allIn(store)) if (listing.id.startsWith(id)) found.push(listing)
  const [only, ...others] = found
  if (!only) throw unknown(id, store)
  if (others.length === 0) return only
  const few = found.slice(0, 5).map((each) => shortened(inOneRow(each.id), 40))
  throw new TurnstateError(
    'invalid-option',
    `${found.length} conversations have ids that begin with "${quotable(id)}": ${list(found.length > few.length ? [...few, 'others'] : few)}. Give more of it.`,
  )
}

const unknown = (id: string, { name }: Store) =>
  new TurnstateError(
    'conversation-unknown',
    `No conversation in ${name} has the id "${quotable(id)}", or one that begins so.`,
  )

const quotable = (id: string): string => shortened(inOneRow(id), 60)
