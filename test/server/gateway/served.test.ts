// The wires as the server serves them, with its authorization and its limits before them.
import { HttpAgent } from '@ag-ui/client'
import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { type ConversationServerOptions, conversationServer } from '../../../src/server/index.ts'
import { endAll, simulatedClaude } from '../small-rooms.ts'

const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await endAll()
})

async function served(more: Partial<ConversationServerOptions> = {}) {
  const { conversation } = await simulatedClaude()
  const server = conversationServer({
    ...conversation,
    store: memoryStore(),
    authorize: (request) => (request.headers.get('authorization') === 'Bearer token' ? { id: 'ada' } : null),
    ...more,
  } as ConversationServerOptions)
  closing.push(() => server.close())
  const send = (url: string | URL | Request, init?: RequestInit) => server.fetch(new Request(url, init))
  const client = (apiKey = 'token') =>
    new Anthropic({
      apiKey,
      baseURL: 'http://server.test',
      fetch: send,
      maxRetries: 0,
      defaultHeaders: { 'turnstate-conversation': 'c1' },
    })
  return { client, send }
}

const request = { model: 'claude-opus-5-5', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] }

describe('a server', () => {
  it('speaks Claude’s own API where it is told to, and AG-UI always, about the same conversation', async () => {
    const { client, send } = await served({ gateway: {} })
    const message = await client().messages.create(request)
    expect(message.content).toMatchObject([{ type: 'text', text: expect.stringContaining('You wrote: "Hello"') }])
    const agent = new HttpAgent({
      url: 'http://server.test/agui',
      threadId: 'c1',
      headers: { authorization: 'Bearer token' },
      fetch: send,
    })
    await agent.runAgent()
    expect(agent.messages).toMatchObject([{ content: 'Hello' }, { role: 'assistant' }])
    const events: string[] = []
    for await (const { type } of client().messages.stream(request)) events.push(type)
    expect(events.at(-1)).toBe('message_stop')
  })

  it('does not know who a client without its token is', async () => {
    const { client } = await served({ gateway: {} })
    await expect(client('other').messages.create(request)).rejects.toMatchObject({ status: 401 })
  })

  it('does not speak Claude’s own API unless it is told to', async () => {
    const { client } = await served()
    await expect(client().messages.create(request)).rejects.toMatchObject({ status: 404 })
  })
})
