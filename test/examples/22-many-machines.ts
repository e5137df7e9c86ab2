import Anthropic from '@anthropic-ai/sdk'
import { claude } from 'turnstate'
import { dbosHost } from 'turnstate/dbos'
import { conversationServer, serve } from 'turnstate/server'
import { postgresStore } from 'turnstate/stores/postgres'

const databaseUrl = process.env['DATABASE_URL'] ?? ''
const store = postgresStore(databaseUrl)
const server = conversationServer({
  store,
  host: dbosHost({ databaseUrl }), // this line is all that differs from one machine
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
})
const serving = await serve(server, { port: 0 })

const ask = (path: string, body: unknown) =>
  fetch(`${serving.url}/v1/conversations${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
await ask('', { id: 'c1' })
const events = await (await ask('/c1/messages', { input: 'Hello' })).text()
console.log(events.match(/^event: .*$/gm)?.at(-1)) // event: turn.completed

await serving.close()
await store.close()
