import { type JournalCommand, type JournalEvent, type JournalInput, typedCallback } from '../../machines/index.ts'
import type { StoredFact } from '../journal/index.ts'

/** The `journal` slot of a conversation that lives in memory: it keeps facts as long as the process lives. */
export function memoryJournal() {
  const facts: StoredFact[] = []
  return {
    facts: facts as readonly StoredFact[],
    actor: typedCallback<JournalCommand, JournalInput, JournalEvent>(({ receive, sendBack }) => {
      receive(({ expected, facts: more }) => {
        facts.splice(expected, facts.length, ...more)
        sendBack({ type: 'journal.saved', revision: facts.length })
      })
      sendBack({ type: 'journal.ready' })
    }),
  }
}
