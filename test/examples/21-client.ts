import Anthropic from '@anthropic-ai/sdk'
import { claude, memoryStore } from 'turnstate'
import { connectConversation } from 'turnstate/client'
import { conversationServer, serve } from 'turnstate/server'

const server = conversationServer({
  store: memoryStore(),
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
})
const serving = await serve(server, { port: 0 })

// In a browser: { url: '/' }, or the address of the server. Without an id it is a new conversation.
const chat = connectConversation({ url: serving.url, headers: { authorization: 'Bearer ada' } })
chat.subscribe(() => {
  if (chat.status === 'streaming') console.log(chat.connection, chat.messages.length)
})

const turn = chat.sendMessage('Hello')
for await (const event of turn) if (event.type === 'delta') process.stdout.write(event.text)
console.log((await turn).status) // completed

await chat.close() // ends the connection only
await serving.close()
