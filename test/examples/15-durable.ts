import Anthropic from '@anthropic-ai/sdk'
import { claude, openConversation } from 'turnstate'
import { sqliteStore } from 'turnstate/stores/sqlite'

const store = sqliteStore('chat.db')
const chat = await openConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  store,
  id: 'c1', // created, or loaded where the store has it
})
console.log(chat.messages.length, 'messages so far')

const { status } = await chat.sendMessage('Hello')
console.log(status, 'and stored, at revision', chat.revision)

const { conversations } = await store.list()
console.log(conversations.map(({ id, title }) => `${id}: ${title}`))

await chat.close() // gives the conversation up: another process can open it at once
await store.close()
