import type { CallbackActorLogic } from 'xstate'
import { type JournalCommand, type JournalEvent, type JournalInput, typedCallback } from '../../machines/index.ts'
import type { StoredFact } from '../journal/index.ts'

/** Where a conversation stores its facts. */
export interface Journal {
  /** What is stored. */
  readonly facts: readonly StoredFact[]
  /** Fills the `journal` slot. */
  readonly actor: CallbackActorLogic<JournalCommand, JournalInput>
}

/** The journal of a conversation that lives in memory: it keeps facts as long as the process lives. */
export function memoryJournal(): Journal {
  const facts: StoredFact[] = []
  return {
    facts,
    actor: typedCallback<JournalCommand, JournalInput, JournalEvent>(({ receive, sendBack }) => {
      receive(({ expected, facts: more }) => {
        facts.splice(expected, facts.length, ...more)
        sendBack({ type: 'journal.saved', revision: facts.length })
      })
      sendBack({ type: 'journal.ready' })
    }),
  }
}
