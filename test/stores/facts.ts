import type { StoredFact } from '../../src/journal/index.ts'
import type { Store } from '../../src/stores/index.ts'

/** A message in the queue, as fact number `seq`. */
export const message = (seq: number, input: string): StoredFact => ({
  type: 'input.queued',
  turnId: `m${seq}`,
  input,
  at: 1_700_000_000_000,
  seq,
  v: 2,
})

/** All facts of a conversation. */
export async function factsOf(store: Store, id: string): Promise<readonly StoredFact[]> {
  const found: StoredFact[] = []
  for await (const page of store.facts(id)) found.push(...page)
  return found
}
