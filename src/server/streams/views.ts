import type { Store } from '../../index.ts'
import { Folding, type View } from '../../journal/index.ts'

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
