// Stopping, resuming and branching, with the chat of the AI SDK.
import { afterEach, describe, expect, it } from 'vitest'
import { lastAssistantMessageIsCompleteWithToolCalls } from 'ai'
import { shownParts } from '../../../src/server/ai-sdk/index.ts'
import { reply, toolUse } from '../../../src/testing/index.ts'
import { weatherTool } from '../../integration/weather.ts'
import { endAll, type Message, served, servedByHand, textOf, until } from './served.ts'

afterEach(endAll)

/** The types of the parts of a message. */
const types = (message: Message | undefined): readonly string[] => (message?.parts ?? []).map(({ type }) => type)

/** What stays the same when a page loads a chat again. */
const outline = (messages: readonly Message[]) =>
  json(messages.map((message) => ({ id: message.id, role: message.role, parts: shownParts(message) })))

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

describe('a stop', () => {
  it('of the client closes its connection; the turn goes on, and can be resumed', async () => {
    const { client, asked, messages, conversation } = await servedByHand()
    const chat = client()
    const sent = chat.sendMessage({ text: 'Hello' })
    const answer = await asked(1)
    answer.say('Hel')
    await until(chat, () => textOf(chat.lastMessage) === 'Hel')
    await chat.stop()
    await sent
    expect(chat.status).toBe('ready')
    const later = client({ messages: await messages() })
    const resumed = later.resumeStream()
    await until(later, () => textOf(later.lastMessage) === 'Hel')
    answer.push({ type: 'block.delta', index: 0, kind: 'text', text: 'lo.' })
    answer.stop('end_turn')
    await resumed
    expect(later.messages.map(textOf)).toEqual(['Hello', 'Hello.'])
    expect((await conversation()).status).toBe('ready')
  })

  it('on the server ends the turn for all who look, and keeps what was said', async () => {
    const { api, client, asked, messages, rooms } = await servedByHand()
    const chat = client()
    const sent = chat.sendMessage({ text: 'Hello' })
    const answer = await asked(1)
    answer.say('Hel')
    await until(chat, () => textOf(chat.lastMessage) === 'Hel')
    const stale = await fetch(`${api}/c1/stop?messageId=other:assistant`, { method: 'POST' })
    expect(stale.status).toBe(204)
    expect(answer.signal.aborted).toBe(false)
    expect((await fetch(`${api}/c1/stop?messageId=${chat.lastMessage?.id}`, { method: 'POST' })).status).toBe(204)
    await sent
    expect(chat.status).toBe('ready')
    expect(chat.lastMessage).toMatchObject({ metadata: { status: 'partial', finishReason: 'other' } })
    expect(outline(await messages())).toEqual(outline(chat.messages))
    expect(rooms.guests()).toBe(0)
  })

  it('of the client stops the turn where the server is told to', async () => {
    const { client, asked, conversation } = await servedByHand({ routes: { onDisconnect: 'stop' } })
    const chat = client()
    const sent = chat.sendMessage({ text: 'Hello' })
    const answer = await asked(1)
    answer.say('Hel')
    await until(chat, () => textOf(chat.lastMessage) === 'Hel')
    const isStopped = new Promise((resolve) => answer.signal.addEventListener('abort', resolve))
    await chat.stop()
    await sent
    await isStopped
    const again = chat.sendMessage({ text: 'Again' })
    const second = await asked(2)
    second.answer('Yes.')
    await again
    expect(textOf(chat.lastMessage)).toBe('Yes.')
    expect((await conversation()).messages.map(({ status }) => status)).toEqual([
      'complete',
      'partial',
      'complete',
      'complete',
    ])
  })

  it('while tools run does not make the client send their results', async () => {
    const { weather } = weatherTool(
      (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('cut'))),
    )
    const { api, client, sim } = await served([reply([toolUse('weather', { city: 'Rome' }, 'toolu_1')])], {
      conversation: { tools: [weather] },
    })
    const chat = client({ sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls })
    const sent = chat.sendMessage({ text: 'Rome?' })
    await until(chat, () => types(chat.lastMessage).includes('tool-weather'))
    await fetch(`${api}/c1/stop`, { method: 'POST' })
    await sent
    expect(chat.error).toBeUndefined()
    expect(sim.requests).toHaveLength(1)
  })
})

describe('a resumed stream', () => {
  it('is 204 when nothing is active, for an unknown conversation too', async () => {
    const { api, client } = await served([reply('Hello.')])
    expect((await fetch(`${api}/c1/stream`)).status).toBe(204)
    const chat = client()
    await chat.sendMessage({ text: 'Hello' })
    expect((await fetch(`${api}/c1/stream`)).status).toBe(204)
    await chat.resumeStream()
    expect(chat.status).toBe('ready')
  })

  it('replays the turn from its start and goes on, with tools that have run', async () => {
    const { weather } = weatherTool()
    const { client, asked, messages } = await servedByHand({ conversation: { tools: [weather] } })
    const first = client()
    const sent = first.sendMessage({ text: 'Rome?' })
    const call = await asked(1)
    call.give([{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Rome' } }])
    const answer = await asked(2)
    answer.say('Sun')
    await until(first, () => textOf(first.lastMessage) === 'Sun')
    const second = client({ messages: await messages() })
    const resumed = second.resumeStream()
    await until(second, () => textOf(second.lastMessage) === 'Sun')
    answer.push({ type: 'block.delta', index: 0, kind: 'text', text: 'ny.' })
    answer.stop('end_turn')
    await Promise.all([sent, resumed])
    expect(outline(second.messages)).toEqual(outline(first.messages))
    expect(types(second.lastMessage)).toEqual(['data-retracted', 'step-start', 'tool-weather', 'step-start', 'text'])
  })

  it('shows nothing of what was retracted before it began', async () => {
    const { client, asked, messages } = await servedByHand({
      conversation: { onRefusal: { fallback: [{ model: 'claude-opus-5' }] } },
    })
    const first = client()
    const sent = first.sendMessage({ text: 'Bad' })
    const refused = await asked(1)
    refused.say('Secret st')
    await until(first, () => textOf(first.lastMessage) === 'Secret st')
    refused.refuseAs('bio')
    const answer = await asked(2)
    answer.say('Hel')
    await until(first, () => textOf(first.lastMessage).endsWith('Hel'))
    const second = client({ messages: await messages() })
    const resumed = second.resumeStream()
    await until(second, () => textOf(second.lastMessage) === 'Hel')
    answer.push({ type: 'block.delta', index: 0, kind: 'text', text: 'lo.' })
    answer.stop('end_turn')
    await Promise.all([sent, resumed])
    expect(outline(second.messages)).toEqual(outline(first.messages))
    expect(JSON.stringify(second.messages)).not.toContain('Secret')
  })
})

describe('branches', () => {
  const talk = async () => {
    const world = await served([reply('One.'), reply('Two.'), reply('Three.')])
    const chat = world.client()
    await chat.sendMessage({ text: 'First' })
    await chat.sendMessage({ text: 'Second' })
    return { ...world, chat, texts: async () => (await world.messages()).map(textOf) }
  }

  it('begin where the client edits a message', async () => {
    const { chat, sim, texts, next } = await talk()
    const messageId = chat.messages[0]!.id
    await chat.sendMessage({ text: 'First, better', messageId })
    expect(chat.error).toBeUndefined()
    expect(chat.messages.map(textOf)).toEqual(['First, better', 'Three.'])
    expect(await texts()).toEqual(['First, better', 'Three.'])
    expect(sim.requests[2]?.text).not.toContain('Second')
    next(reply('Four.'))
    await chat.sendMessage({ text: 'First, best', messageId })
    expect(await texts()).toEqual(['First, best', 'Four.'])
  })

  it('begin where the client has cut its list', async () => {
    const { chat, texts, sim } = await talk()
    chat.messages = chat.messages.slice(0, 2)
    await chat.sendMessage({ text: 'Second, better' })
    expect(await texts()).toEqual(['First', 'One.', 'Second, better', 'Three.'])
    expect(sim.requests[2]?.text).not.toContain('Two.')
  })

  it('begin after a reload too', async () => {
    const { client, messages, texts } = await talk()
    const later = client({ messages: await messages() })
    await later.sendMessage({ text: 'Second, better', messageId: later.messages[2]!.id })
    expect(later.error).toBeUndefined()
    expect(await texts()).toEqual(['First', 'One.', 'Second, better', 'Three.'])
  })

  it('begin where the client asks for another answer', async () => {
    const { chat, texts } = await talk()
    await chat.regenerate()
    expect(chat.error).toBeUndefined()
    expect(chat.messages.map(textOf)).toEqual(['First', 'One.', 'Second', 'Three.'])
    expect(await texts()).toEqual(['First', 'One.', 'Second', 'Three.'])
  })

  it('begin at an earlier answer', async () => {
    const { chat, texts } = await talk()
    await chat.regenerate({ messageId: chat.messages[1]!.id })
    expect(chat.error).toBeUndefined()
    expect(await texts()).toEqual(['First', 'Three.'])
    expect(chat.messages.map(textOf)).toEqual(['First', 'Three.'])
  })

  it('do not begin where a client shows nothing of what came before', async () => {
    const { client, texts } = await talk()
    const bare = client()
    await bare.sendMessage({ text: 'Third' })
    expect(await texts()).toEqual(['First', 'One.', 'Second', 'Two.', 'Third', 'Three.'])
  })
})
