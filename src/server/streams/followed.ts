import type { Readers } from '../../conversation/turns/outcome.ts'
import type { Store } from '../../index.ts'
import { Folding, type View } from '../../journal/index.ts'
import type { Channel } from './channel.ts'
import { stateOfView } from './state.ts'
import { outcomesBetween } from './wire-notice.ts'

/**
 * The views of a conversation after its first `revision` facts and after all.
 *
 * @throws TurnstateError `conversation-unknown`, `key-unknown`, `journal-damaged`
 */
export async function viewsOf(
  store: Store,
  id: string,
  revision: number,
): Promise<{ readonly past: View; readonly now: View }> {
  const folding = new Folding()
  let past: View | null = null
  for await (const page of store.facts(id)) {
    const early = page.filter(({ seq }) => seq < revision)
    folding.addAll(early)
    if (early.length < page.length) {
      past ??= folding.view
      folding.addAll(page.slice(early.length))
    }
  }
  const now = folding.view
  return { past: past ?? now, now }
}

/** What following needs. */
export interface Following {
  readonly store: Store
  readonly id: string
  readonly channel: Channel
  readonly readers: Readers
  readonly signal: AbortSignal
}

/**
 * Publishes what another process writes, from its facts: what has changed, and the outcomes of messages. Ends when the signal aborts
 * or the conversation is deleted.
 *
 * @throws TurnstateError as the store
 */
export async function publishFollowed({ store, id, channel, readers, signal }: Following): Promise<void> {
  const folding = new Folding()
  const published = channel.state.revision
  let before: View | null = null
  for await (const { facts } of store.follow(id, 0, { signal })) {
    const early = facts.filter(({ seq }) => seq < published)
    folding.addAll(early)
    if (early.length === facts.length && folding.revision < published) continue
    before ??= folding.view
    folding.addAll(facts.slice(early.length))
    const listing = await store.get(id)
    if (signal.aborted) return
    const { view } = folding
    for (const outcome of outcomesBetween(before, view, readers)) channel.publish(outcome)
    channel.change(stateOfView(view, id, listing?.title ?? null, readers))
    before = view
  }
}
