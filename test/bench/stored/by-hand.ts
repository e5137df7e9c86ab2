// The peer: a hand-written loop with the same driver, into the same tables and indexes. It checks neither a lease nor a revision.
import { DatabaseSync } from '@photostructure/sqlite'
import type { StoredFact } from '../../../src/journal/index.ts'
import { sqliteStore } from './built.ts'

export interface ByHand {
  /** Writes the facts of several turns in a transaction. */
  append(facts: readonly StoredFact[]): void
  close(): void
}

export async function openByHand(path: string, durability: 'full' | 'normal' = 'full'): Promise<ByHand> {
  const store = sqliteStore(path)
  await store.open('c')
  await store.close()
  const database = new DatabaseSync(path)
  database.exec(`pragma journal_mode = wal; pragma synchronous = ${durability}; pragma secure_delete = on`)
  const [row] = database.prepare('select key from turnstate_conversations').all()
  const { key } = row as { readonly key: number }
  const insert = database.prepare(
    'insert into turnstate_facts (conversation, seq, token, size, body) values (?, ?, 1, ?, ?)',
  )
  const update = database.prepare(
    'update turnstate_conversations set revision = ?, renewed = ?, changed_at = ? where key = ?',
  )
  return {
    append: (facts) => {
      database.exec('begin immediate')
      for (const fact of facts) {
        const json = JSON.stringify(fact)
        insert.run(key, fact.seq, json.length, json)
      }
      const now = Date.now()
      update.run((facts.at(-1)?.seq ?? 0) + 1, now, now, key)
      database.exec('commit')
    },
    close: () => database.close(),
  }
}
