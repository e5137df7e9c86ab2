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
  /** The view that the channel shows. */
  readonly from: View
  readonly channel: Channel
  readonly readers: Readers
  readonly signal: AbortSignal
  /** Called with each view that was published. */
  readonly published: (view: View) => void
}

/**
 * Publishes what another process writes, from its facts: what has changed, and the outcomes of messages. Ends when the signal aborts
 * or the conversation is deleted.
 *
 * @throws TurnstateError as the store
 */
export async function publishFollowed({
  store,
  id,
  from,
  channel,
  readers,
  signal,
  published,
}: Following): Promise<void> {
  const folding = new Folding(from)
  let before = from
  for await (const { facts } of store.follow(id, from.revision, { signal })) {
    folding.addAll(facts)
    const { view } = folding
    const listing = await store.get(id)
    if (signal.aborted) return
    for (const outcome of outcomesBetween(before, view, readers)) channel.publish(outcome)
    channel.change(stateOfView(view, id, listing?.title ?? null, readers))
    published(view)
    before = view
  }
}
