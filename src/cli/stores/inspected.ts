// The conversations of a store, for an inspector.
import { conversationMachine } from '../../../machines/index.ts'
import { chartOf } from '../../inspect/chart/definition.ts'
import { filedFrom } from '../../inspect/file/stored-conversation.ts'
import type { Host } from '../host.ts'
import { findConversation, latestIn } from './find-conversation.ts'
import { openNamedStore } from './open-store.ts'
import type { StoreAddress } from './store-address.ts'
import { TurnstateError } from '../../errors.ts'

/** How many conversations are shown if none is named. */
const mostInspected = 10

/** What an inspector adds to its list. */
export interface Inspected {
  /** The name of the store, without secrets. */
  readonly name: string
  readonly conversations: readonly Awaited<ReturnType<typeof filedFrom>>[]
}

/**
 * Reads the conversation of a store, or the latest ten, without opening them for writing.
 *
 * @throws TurnstateError `conversation-unknown`, `invalid-option`, `journal-damaged`, `journal-version-unsupported`, and of the store
 */
export async function inspectedFrom(
  address: StoreAddress,
  id: string | undefined,
  includeText: boolean,
  host: Host,
): Promise<Inspected> {
  const store = await openNamedStore(address, host)
  if (!store) throw new TurnstateError('internal-error', 'A store that was named is not open.')
  try {
    const options = {
      chart: chartOf(conversationMachine),
      version: conversationMachine.version ?? '',
      includeText,
    }
    const found = id === undefined ? await latestIn(store, mostInspected) : [await findConversation(store, id)]
    const conversations = []
    for (const listing of found)
      conversations.push(await filedFrom({ id: listing.id, facts: store.facts(listing.id) }, options))
    return { name: store.name, conversations }
  } finally {
    await store.close()
  }
}
