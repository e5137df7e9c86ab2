import { claude, memoryStore } from 'turnstate'
import { conversationServer, serve } from 'turnstate/server'
import Anthropic from '@anthropic-ai/sdk'

const server = conversationServer({
  store: memoryStore(), // or sqliteStore('chats.db'), postgresStore(url)
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  // Who asks: whatever your app knows. Conversations belong to the principal that created them.
  authorize: (request) => (request.headers.get('authorization') === 'Bearer ada' ? { id: 'ada' } : null),
})
const serving = await serve(server, { port: 0 })

const ask = (path: string, body: unknown) =>
  fetch(`${serving.url}/v1/conversations${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer ada', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
await ask('', { id: 'c1' })
const events = await (await ask('/c1/messages', { input: 'Hello' })).text()
console.log(events.match(/^event: .*$/gm)?.at(-1)) // event: turn.completed

console.log((await fetch(`${serving.url}/v1/conversations/c1`)).status) // 401: nobody is asked who it is
await serving.close()
