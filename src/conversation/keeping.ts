// Where a conversation is kept.
import { TurnstateError } from '../errors.ts'
import { emptyView, Folding, type StoredFact, titleOf, type View, viewOf } from '../journal/index.ts'
import type { OpenConversation, Store } from '../stores/index.ts'

/** Where a conversation and its forks are kept. */
export interface Keeping {
  /** Opens a conversation that the store does not have yet. */
  openNew(id: string): OpenConversation | Promise<OpenConversation>
  setTitle(id: string, title: string | null): Promise<void>
  /** Whether other processes can reach it. */
  readonly isShared: boolean
}

/** Each conversation for itself, as long as the process lives. */
export const inMemory: Keeping = {
  openNew: () => kept,
  setTitle: async () => {},
  isShared: false,
}

/** A conversation that no store keeps: its own process has its facts, and nobody else wants its lease. It has no state of its own. */
const kept: OpenConversation = {
  id: 'conversation',
  token: 1,
  revision: 0,
  lease: Infinity,
  async *facts() {},
  append: ({ expected, facts }) => ({ status: 'saved', revision: expected + facts.length }),
  renew: () => ({ status: 'held' }),
  checkpoint: () => null,
  saveCheckpoint() {},
  release() {},
}

/** In a store, with this lease and owner. */
export const keptIn = (store: Store, options: Parameters<Store['open']>[1]): Keeping => ({
  openNew: (id) => store.open(id, options),
  setTitle: (id, title) => store.setTitle(id, title),
  isShared: true,
})

/** What a conversation in a store was loaded with. */
export interface Loaded {
  readonly view: View
  /** The facts that were read: all, or those after a checkpoint. */
  readonly facts: readonly StoredFact[]
  /** The revision of the checkpoint that was used; 0 for none. */
  readonly checkpoint: number
}

/**
 * Reads a conversation, page by page, from its checkpoint where there is one.
 *
 * @param needsFacts Whether all facts are needed, as an inspector needs them.
 * @throws TurnstateError `journal-damaged`, `journal-version-unsupported`, `conversation-busy` when another process writes it meanwhile
 */
export async function load(opened: OpenConversation, needsFacts: boolean): Promise<Loaded> {
  const stored = needsFacts ? null : await opened.checkpoint()
  const from = stored && stored.revision <= opened.revision ? viewOf(stored) : null
  const folding = new Folding(from ?? emptyView)
  const facts: StoredFact[] = []
  for await (const page of opened.facts(folding.revision)) {
    folding.addAll(page)
    facts.push(...page)
  }
  if (folding.revision === opened.revision) return { view: folding.view, facts, checkpoint: from?.revision ?? 0 }
  // It was read so slowly that another process has taken it over meanwhile.
  if (folding.revision > opened.revision)
    throw new TurnstateError(
      'conversation-busy',
      'Another process has taken over the conversation while it was opened.',
    )
  throw new TurnstateError(
    'journal-damaged',
    `The store has ${folding.revision} of the ${opened.revision} facts of conversation ${opened.id}. Nothing was loaded; restore it from a copy.`,
    { factIndex: folding.revision },
  )
}

/** The title that was set for a conversation; `null` while it is the first words. */
export async function setTitleIn(store: Store, id: string, view: View): Promise<string | null> {
  const title = (await store.get(id))?.title ?? null
  return title === titleOf(view) ? null : title
}
