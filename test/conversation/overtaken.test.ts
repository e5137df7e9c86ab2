// A process that reads a conversation so slowly that another one has taken it over before it knows all of it.
import { expect, it } from 'vitest'
import { memoryStore, openConversation, type Store } from '../../src/index.ts'
import { replacing } from '../../src/server/replacing.ts'
import { createManualSource } from './manual-source.ts'

it('a conversation that another process has written since it was opened is busy, not damaged', async () => {
  const store = memoryStore()
  const { source } = createManualSource()
  const options = { source, model: 'claude-opus-5-5', maxTokens: 100, id: 'c1' }
  const chat = await openConversation({ ...options, store })
  chat.setBudget({ tokens: 1_000 })
  await chat.close()
  const late: Store = replacing(store, {
    async open(id, given) {
      const opened = await store.open(id, given)
      return replacing(opened, { revision: opened.revision - 1 })
    },
  })
  await expect(openConversation({ ...options, store: late })).rejects.toMatchObject({ code: 'conversation-busy' })
})
