import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai'
import { afterEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { serve, type Serving } from '../../../src/server/index.ts'
import { shownParts } from '../../../src/server/ai-sdk/index.ts'
import { weatherTool } from '../../integration/weather.ts'
import { staged } from '../stage.ts'
import { type Message, textOf, until } from './served.ts'

const serving: Serving[] = []

afterEach(async () => {
  for (const each of serving.splice(0)) await each.close()
})

/** The server that people start, on a real port. */
async function started(...given: Parameters<typeof staged>) {
  const { server, asked } = staged(...given)
  const running = await serve(server, { port: 0 })
  serving.push(running)
  const { url } = running
  const client = ({ messages = [], as = '' }: { readonly messages?: Message[]; readonly as?: string } = {}) =>
    new Chat<Message>({
      id: 'c1',
      messages,
      transport: new DefaultChatTransport<Message>({ api: `${url}/ai/chat`, headers: { authorization: as } }),
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    })
  const messages = async (as = '') =>
    (await (await fetch(`${url}/ai/chat/c1/messages`, { headers: { authorization: as } })).json()) as Message[]
  return { url, asked, client, messages, close: () => running.close() }
}

const outline = (messages: readonly Message[]) =>
  messages.map((message) => [message.id, textOf({ ...message, parts: [...shownParts(message)] })])

describe('a server of conversations', () => {
  it('serves chats of the AI SDK beside its own clients, each their own', async () => {
    const { url, client, asked, messages } = await started({
      authorize: (request) => ({ id: request.headers.get('authorization') ?? 'nobody' }),
    })
    const ann = client({ as: 'ann' })
    const sent = ann.sendMessage({ text: 'Hello' })
    const answer = await asked(1)
    answer.answer('Hello Ann.')
    await sent
    expect(ann.error).toBeUndefined()
    expect(ann.messages.map(textOf)).toEqual(['Hello', 'Hello Ann.'])
    const state = await fetch(`${url}/v1/conversations/c1`, { headers: { authorization: 'ann' } })
    expect(await state.json()).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant' }] })
    const bob = client({ as: 'bob' })
    await bob.sendMessage({ text: 'Let me in' })
    expect(bob.error?.message).toContain('conversation-unknown')
    expect(await messages('bob')).toEqual([])
    expect((await fetch(`${url}/ai/chat/c1/stream`, { headers: { authorization: 'bob' } })).status).toBe(204)
    const stop = await fetch(`${url}/ai/chat/c1/stop`, { method: 'POST', headers: { authorization: 'bob' } })
    expect(await stop.json()).toMatchObject({ status: 404, code: 'conversation-unknown' })
  })

  it('ends streams when it shuts down, and has what was said when it starts again', async () => {
    const store = memoryStore()
    const { client, asked, close } = await started({ limits: { shutdown: 10 } }, store)
    const chat = client()
    const sent = chat.sendMessage({ text: 'Hello' })
    const answer = await asked(1)
    answer.say('Hel')
    await until(chat, () => textOf(chat.lastMessage) === 'Hel')
    await Promise.all([sent, close()])
    expect(chat.status).toBe('ready')
    const again = await started({}, store)
    const loaded = await again.messages()
    expect(outline(loaded)).toEqual(outline(chat.messages))
    expect(loaded[1]?.metadata).toMatchObject({ status: 'partial' })
    const later = again.client({ messages: loaded })
    await later.resumeStream()
    const next = later.sendMessage({ text: 'And?' })
    const second = await again.asked(1)
    second.answer('Yes.')
    await next
    expect(later.messages.map(textOf)).toEqual(['Hello', 'Hel', 'And?', 'Yes.'])
  })

  it('keeps a call that waits for approval when it starts again', async () => {
    const store = memoryStore()
    const { weather, cities } = weatherTool()
    const options = { tools: [{ ...weather, needsApproval: true }] }
    const { client, asked, close } = await started(options, store)
    const sent = client().sendMessage({ text: 'Rome?' })
    const call = await asked(1)
    call.give([{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Rome' } }])
    await sent
    await close()
    const again = await started(options, store)
    const chat = again.client({ messages: await again.messages() })
    await chat.addToolApprovalResponse({ id: 'toolu_1', approved: true })
    const answer = await again.asked(1)
    answer.answer('Sunny.')
    await until(chat, () => textOf(chat.lastMessage) === 'Sunny.' && chat.status === 'ready')
    expect(chat.error).toBeUndefined()
    expect(cities).toEqual(['Rome'])
    expect(outline(await again.messages())).toEqual(outline(chat.messages))
  })

  it('streams a message that waited in the queue once its turn comes', async () => {
    const { client, asked } = await started({ whenBusy: 'queue' })
    const [one, two] = [client(), client()]
    const first = one.sendMessage({ text: 'First' })
    const answer = await asked(1)
    const second = two.sendMessage({ text: 'Second' })
    answer.answer('One.')
    const next = await asked(2)
    next.answer('Two.')
    await Promise.all([first, second])
    expect(one.messages.map(textOf)).toEqual(['First', 'One.'])
    expect(two.messages.map(textOf)).toEqual(['Second', 'Two.'])
  })

  it('limits the turns in progress of a user', async () => {
    const { client, asked } = await started({ whenBusy: 'queue', limits: { turns: 1 } })
    const [one, two] = [client(), client()]
    const first = one.sendMessage({ text: 'First' })
    const answer = await asked(1)
    await two.sendMessage({ text: 'Second' })
    expect(two.error?.message).toContain('limit-exceeded')
    answer.answer('One.')
    await first
    const third = two.sendMessage({ text: 'Third' })
    const next = await asked(2)
    next.answer('Three.')
    await third
    expect(textOf(two.lastMessage)).toBe('Three.')
  })
})
