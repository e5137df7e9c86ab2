// The command `turnstate check`: looks for damage in a store, and changes nothing.
import { messageOf, TurnstateError } from '../../errors.ts'
import { Folding } from '../../journal/index.ts'
import type { Store } from '../../stores/index.ts'
import { inOneRow } from '../../terminal-text.ts'
import { count } from '../explain.ts'
import type { Host } from '../host.ts'
import { Screen } from '../screen.ts'
import { allIn } from './find-conversation.ts'
import { openNamedStore } from './open-store.ts'
import type { StoreAddress } from './store-address.ts'

/** Folds every conversation of a store. Returns the exit code: 1 if it finds damage. */
export async function checkStore(address: StoreAddress | undefined, host: Host): Promise<number> {
  const store = await openNamedStore(address, host)
  const screen = new Screen(host)
  if (!store) {
    screen.line('No chat was kept yet, so there is nothing to check.')
    return 0
  }
  try {
    let damaged = 0
    let conversations = 0
    for (const finding of (await store.check?.()) ?? []) {
      damaged++
      screen.line(`database: ${inOneRow(finding)}`, 'red')
    }
    for await (const { id } of allIn(store)) {
      if (host.leaving.aborted) return 1
      conversations++
      const finding = await damageIn(store, id)
      if (finding === null) continue
      damaged++
      screen.line(`${inOneRow(id)}: ${inOneRow(finding)}`, 'red')
    }
    screen.line(
      damaged === 0
        ? `${count(conversations, 'conversation')} checked in ${store.name}, none damaged.`
        : `${count(conversations, 'conversation')} checked in ${store.name}: ${count(damaged, 'fault')}. Nothing was changed.`,
      damaged === 0 ? 'green' : 'red',
    )
    return damaged === 0 ? 0 : 1
  } finally {
    await store.close()
  }
}

/** What is wrong with a journal, and with which fact; `null` for nothing. */
async function damageIn(store: Store, id: string): Promise<string | null> {
  const folding = new Folding()
  try {
    for await (const page of store.facts(id)) folding.addAll(page)
    const listing = await store.get(id)
    // It may have been deleted, or have grown, meanwhile.
    if (!listing || folding.revision >= listing.revision) return null
    return `it should have ${count(listing.revision, 'fact')}; ${folding.revision} can be read.`
  } catch (error) {
    if (TurnstateError.is(error) && error.code === 'conversation-unknown') return null
    return messageOf(error)
  }
}
