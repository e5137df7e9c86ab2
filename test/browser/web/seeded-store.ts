import { memoryStore, openConversation, type Store } from '../../../src/index.ts'
import { createManualSource } from '../../conversation/manual-source.ts'

/** A store with the conversation `c1`, which has so many messages of different length: `0 `, `1 word `, `2 word word ` … */
export async function seededStore(count: number): Promise<Store> {
  const store = memoryStore()
  const messages = Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content: `${index} ${'word '.repeat(index % 60)}`,
  }))
  const { source } = createManualSource()
  const chat = await openConversation({ store, id: 'c1', owner: 'local', messages, source, model: 'm1', maxTokens: 9 })
  await chat.close()
  return store
}
