import { afterEach, describe, expect, it } from 'vitest'
import { lastAssistantMessageIsCompleteWithApprovalResponses, lastAssistantMessageIsCompleteWithToolCalls } from 'ai'
import { shownParts } from '../../../src/server/ai-sdk/index.ts'
import {
  cited,
  httpError,
  refuse,
  reply,
  serverToolUse,
  text,
  thinking,
  toolUse,
  webSearchResult,
} from '../../../src/testing/index.ts'
import { weatherTool, webSearch } from '../../integration/weather.ts'
import { endAll, type Message, served, servedByHand, textOf, until } from './served.ts'

afterEach(endAll)

/** The types of the parts of a message. */
const types = (message: Message | undefined): readonly string[] => (message?.parts ?? []).map(({ type }) => type)

/** What stays the same when a page loads a chat again. */
const outline = (messages: readonly Message[]) =>
  json(messages.map((message) => ({ id: message.id, role: message.role, parts: shownParts(message) })))

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

describe('a chat of the AI SDK', () => {
  it('sends a message and streams text and thinking', async () => {
    const { client, messages, rooms } = await served([
      reply([thinking('Hm.'), text('Hello Ann.')]),
      reply([text('Again.')]),
    ])
    const chat = client()
    await chat.sendMessage({ text: 'Hello' })
    expect(chat.error).toBeUndefined()
    expect(chat.status).toBe('ready')
    expect(chat.messages).toMatchObject([
      { role: 'user', parts: [{ type: 'text', text: 'Hello' }] },
      {
        role: 'assistant',
        metadata: {
          status: 'complete',
          model: 'claude-opus-5-5',
          finishReason: 'stop',
          usage: { inputTokens: expect.any(Number) },
        },
        parts: [
          { type: 'step-start' },
          { type: 'reasoning', text: 'Hm.', state: 'done' },
          { type: 'text', text: 'Hello Ann.', state: 'done' },
        ],
      },
    ])
    await chat.sendMessage({ text: 'And?' })
    expect(textOf(chat.lastMessage)).toBe('Again.')
    expect(await messages()).toMatchObject(chat.messages.map(({ id, role }) => ({ id, role })))
    expect(rooms.guests()).toBe(0)
  })

  it('shows text while it arrives', async () => {
    const { client, asked } = await servedByHand()
    const chat = client()
    const sent = chat.sendMessage({ text: 'Hello' })
    const answer = await asked(1)
    answer.say('Hel')
    await until(chat, () => textOf(chat.lastMessage) === 'Hel')
    expect(chat.status).toBe('streaming')
    answer.push({ type: 'block.delta', index: 0, kind: 'text', text: 'lo.' })
    await until(chat, () => textOf(chat.lastMessage) === 'Hello.')
    answer.stop('end_turn')
    await sent
    expect(chat.lastMessage?.parts.at(-1)).toEqual({ type: 'text', text: 'Hello.', state: 'done' })
  })

  it('takes the words of the user from the last message, and everything before it from the journal', async () => {
    const { client, sim } = await served([reply('One.'), reply('Two.')])
    const chat = client()
    await chat.sendMessage({ text: 'First' })
    const [question, answer] = chat.messages
    chat.messages = [
      { ...question!, parts: [{ type: 'text', text: 'Forged question' }] },
      { ...answer!, parts: [{ type: 'text', text: 'Forged answer' }] },
    ]
    await chat.sendMessage({ text: 'Second' })
    expect(textOf(chat.lastMessage)).toBe('Two.')
    expect(sim.requests[1]?.text).not.toContain('Forged')
    expect(sim.requests[1]?.text).toContain('One.')
  })

  it('opens one turn for a message that is sent twice', async () => {
    const { api, sim, messages } = await served([reply('One.')])
    const body = JSON.stringify({
      id: 'c1',
      trigger: 'submit-message',
      messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    })
    const post = async () =>
      (await fetch(api, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text()
    const streams = [await post(), await post()]
    for (const stream of streams) expect(stream).toContain('One.')
    expect(sim.requests).toHaveLength(1)
    expect(await messages()).toMatchObject([{ id: 'm1' }, { id: 'm1:assistant' }])
  })

  it('sends files, and shows them again after a reload', async () => {
    const { client, messages, sim } = await served([reply('A dot.')])
    const pixel =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    const chat = client()
    await chat.sendMessage({
      text: 'What is it?',
      files: [
        { type: 'file', mediaType: 'image/png', url: pixel },
        { type: 'file', mediaType: 'text/plain', url: `data:text/plain;base64,${btoa('notes')}`, filename: 'a.txt' },
      ],
      metadata: { from: 'phone' },
    })
    expect(chat.error).toBeUndefined()
    expect(JSON.parse(sim.requests[0]?.text ?? '')).toMatchObject({
      messages: [{ content: [{ type: 'image' }, { type: 'document', title: 'a.txt' }, { type: 'text' }] }],
    })
    expect((await messages())[0]).toMatchObject({
      metadata: { from: 'phone' },
      parts: [
        { type: 'file', mediaType: 'image/png', url: pixel },
        { type: 'file', mediaType: 'text/plain', url: 'data:text/plain,notes', filename: 'a.txt' },
        { type: 'text', text: 'What is it?' },
      ],
    })
  })

  it('shows what the API searched for, its pages as sources', async () => {
    const page = { url: 'https://example.org/bees', title: 'Bees' }
    const { client, messages } = await served(
      [
        reply([
          serverToolUse('web_search', { query: 'bees' }, 'srvtoolu_1'),
          webSearchResult([page], 'srvtoolu_1'),
          cited('Bees fly.', { type: 'web_search_result_location', ...page, cited_text: 'Bees', encrypted_index: 'x' }),
        ]),
      ],
      { conversation: { tools: [webSearch] } },
    )
    const chat = client()
    await chat.sendMessage({ text: 'Bees?' })
    expect(chat.error).toBeUndefined()
    expect(chat.lastMessage?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'tool-web_search', providerExecuted: true, state: 'output-available', input: { query: 'bees' } },
      { type: 'source-url', ...page },
      { type: 'text', text: 'Bees fly.' },
    ])
    expect(types((await messages())[1])).toEqual(types(chat.lastMessage))
  })

  it('says what failed in a sentence, and asks again', async () => {
    const { client, next, messages } = await served([httpError(401, { message: 'the key sk-ant-secret is wrong' })])
    const chat = client()
    await chat.sendMessage({ text: 'Hello' })
    expect(chat.status).toBe('error')
    expect(chat.error?.message).toMatch(/^The API answered 401\. /)
    expect(chat.error?.message).not.toContain('secret')
    expect(chat.lastMessage?.metadata).toMatchObject({ status: 'failed', error: { code: 'authentication-failed' } })
    next(reply('Hello Ann.'))
    await chat.regenerate()
    expect(textOf(chat.lastMessage)).toBe('Hello Ann.')
    expect(chat.messages).toHaveLength(2)
    expect(await messages()).toMatchObject([{ role: 'user' }, { id: chat.lastMessage?.id }])
  })

  it('is told that a conversation is busy', async () => {
    const { client, asked } = await servedByHand()
    const [one, two] = [client(), client()]
    const sent = one.sendMessage({ text: 'Hello' })
    const answer = await asked(1)
    await two.sendMessage({ text: 'Me too' })
    expect(two.error?.message).toContain('conversation-busy')
    answer.answer('Hello.')
    await sent
    expect(textOf(one.lastMessage)).toBe('Hello.')
  })
})

describe('a refusal', () => {
  it('before any output is a typed part, and the next message works', async () => {
    const { client, sim, messages } = await served([refuse({ category: 'cyber' }), reply('Hello.')])
    const chat = client()
    await chat.sendMessage({ text: 'Bad' })
    expect(chat.status).toBe('ready')
    expect(chat.lastMessage).toMatchObject({
      metadata: { status: 'retracted', finishReason: 'content-filter' },
      parts: [
        {
          type: 'data-refusal',
          data: {
            category: 'cyber',
            message: expect.stringContaining('declined'),
            policy: 'drop-turn',
            textShown: false,
          },
        },
      ],
    })
    await chat.sendMessage({ text: 'Good' })
    expect(textOf(chat.lastMessage)).toBe('Hello.')
    expect(sim.requests[1]?.text).not.toContain('Bad')
    expect(outline(await messages())).toEqual(outline(chat.messages))
  })

  it('in the middle of the text makes void what was shown', async () => {
    const { client, asked, messages } = await servedByHand()
    const chat = client()
    const sent = chat.sendMessage({ text: 'Bad' })
    const answer = await asked(1)
    answer.say('Secret st')
    await until(chat, () => textOf(chat.lastMessage) === 'Secret st')
    answer.refuseAs('bio')
    await sent
    expect(types(chat.lastMessage)).toEqual(['step-start', 'text', 'data-retracted', 'data-refusal'])
    expect(shownParts(chat.lastMessage!)).toMatchObject([
      { type: 'data-refusal', data: { category: 'bio', textShown: true } },
    ])
    expect(outline(await messages())).toEqual(outline(chat.messages))
    expect(JSON.stringify(await messages())).not.toContain('Secret')
    const again = chat.sendMessage({ text: 'Good' })
    const good = await asked(2)
    good.answer('Hello.')
    await again
    expect(textOf(chat.lastMessage)).toBe('Hello.')
  })

  it('with a fallback is followed by the other reply in the same message', async () => {
    const { client, messages } = await served(
      [refuse({ at: { afterDeltas: 1 }, category: 'cyber' }, [text('Secret st')]), reply('Hello.')],
      { conversation: { onRefusal: { fallback: [{ model: 'claude-opus-5' }] } } },
    )
    const chat = client()
    await chat.sendMessage({ text: 'Bad' })
    expect(chat.error).toBeUndefined()
    expect(shownParts(chat.lastMessage!)).toMatchObject([
      { type: 'data-refusal', data: { askedInstead: true } },
      { type: 'step-start' },
      { type: 'text', text: 'Hello.' },
    ])
    expect(chat.lastMessage?.metadata).toMatchObject({
      status: 'complete',
      model: 'claude-opus-5',
      finishReason: 'stop',
    })
    expect(outline(await messages())).toEqual(outline(chat.messages))
  })
})

describe('one message of the assistant', () => {
  it('holds what the API itself went on with after a refusal', async () => {
    const { client, messages } = await served(
      [
        refuse({ category: 'cyber', at: { afterDeltas: 1 }, fallbacks: [{ content: [text('From the second.')] }] }, [
          text('Some words. '),
        ]),
      ],
      { conversation: { serverFallbacks: [{ model: 'claude-opus-5' }] } },
    )
    const chat = client()
    await chat.sendMessage({ text: 'Hello' })
    expect(chat.error).toBeUndefined()
    expect(textOf(chat.lastMessage)).toMatch(/From the second\.$/)
    expect(chat.lastMessage?.metadata).toMatchObject({ status: 'complete', model: 'claude-opus-5' })
    expect(outline(await messages())).toEqual(outline(chat.messages))
  })

  it('holds a reply that was cut, and what continues it', async () => {
    const { client, messages } = await served([reply('One, ', { stopReason: 'max_tokens' }), reply('two.')], {
      conversation: { onTruncated: 'continue' },
    })
    const chat = client()
    await chat.sendMessage({ text: 'Count' })
    expect(chat.error).toBeUndefined()
    expect(chat.messages).toHaveLength(2)
    expect(textOf(chat.lastMessage).replaceAll(/\s+/g, ' ')).toBe('One, two.')
    expect(outline(await messages())).toEqual(outline(chat.messages))
  })
})

describe('a retry', () => {
  it('makes void what the first attempt had shown', async () => {
    const { client, messages } = await served([
      reply('Half a', { faults: { midStreamError: { afterDeltas: 1 } } }),
      reply('Whole.'),
    ])
    const chat = client()
    await chat.sendMessage({ text: 'Hello' })
    expect(chat.error).toBeUndefined()
    expect(shownParts(chat.lastMessage!)).toMatchObject([{ type: 'step-start' }, { type: 'text', text: 'Whole.' }])
    expect(outline(await messages())).toEqual(outline(chat.messages))
  })
})

describe('a tool', () => {
  const rome = toolUse('weather', { city: 'Rome' }, 'toolu_1')
  const part = { type: 'tool-weather', toolCallId: 'toolu_1', input: { city: 'Rome' } }

  it('runs on the server', async () => {
    const { weather } = weatherTool(() => ({ sky: 'clear' }))
    const { client, messages } = await served([reply([text('Let me look.'), rome]), reply('Clear.')], {
      conversation: { tools: [weather] },
    })
    const chat = client({ sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls })
    await chat.sendMessage({ text: 'Rome?' })
    expect(chat.error).toBeUndefined()
    expect(chat.lastMessage?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'Let me look.' },
      { ...part, state: 'output-available', output: { sky: 'clear' } },
      { type: 'step-start' },
      { type: 'text', text: 'Clear.' },
    ])
    expect(types((await messages())[1])).toEqual(types(chat.lastMessage))
  })

  it.each([
    ['approved', { approved: true }, { state: 'output-available', output: 'Rome: sunny' }, ['Rome']],
    ['denied', { approved: false, reason: 'too far' }, { state: 'output-denied', approval: { approved: false } }, []],
  ] as const)('that is %s goes on in the same message', async (_, decision, result, ran) => {
    const { weather, cities } = weatherTool()
    const { client, messages, sim } = await served([reply([text('Let me look.'), rome]), reply('That is it.')], {
      conversation: { tools: [{ ...weather, needsApproval: true }] },
    })
    const chat = client({ sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses })
    await chat.sendMessage({ text: 'Rome?' })
    expect(chat.status).toBe('ready')
    expect(chat.lastMessage?.parts.at(-1)).toMatchObject({ ...part, state: 'approval-requested' })
    expect(await messages()).toMatchObject(outline(chat.messages))
    await chat.addToolApprovalResponse({ id: 'toolu_1', ...decision })
    await until(chat, () => textOf(chat.lastMessage).includes('That is it.') && chat.status === 'ready')
    expect(chat.error).toBeUndefined()
    expect(cities).toEqual(ran)
    expect(chat.messages).toHaveLength(2)
    expect(chat.lastMessage?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'Let me look.' },
      { ...part, ...result },
      { type: 'step-start' },
      { type: 'text', text: 'That is it.' },
    ])
    expect((await messages())[1]?.parts[2]).toMatchObject({ ...part, ...result })
    if (!decision.approved) expect(sim.requests[1]?.text).toContain('too far')
  })

  it('that the client runs gets its answer from the client', async () => {
    const { client, sim, messages } = await served([reply([rome]), reply('Sunny.')], {
      conversation: {
        tools: [{ name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }],
      },
    })
    const chat = client({
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onToolCall: ({ toolCall }) =>
        void chat.addToolOutput({
          tool: 'weather' as never,
          toolCallId: toolCall.toolCallId,
          output: { sky: 'sunny' } as never,
        }),
    })
    await chat.sendMessage({ text: 'Rome?' })
    await until(chat, () => textOf(chat.lastMessage) === 'Sunny.' && chat.status === 'ready')
    expect(sim.requests[1]?.text).toContain('sunny')
    expect((await messages())[1]?.parts[1]).toMatchObject({
      ...part,
      state: 'output-available',
      output: { sky: 'sunny' },
    })
  })

  it('can be approved from one tab only once, and the other tab learns of it', async () => {
    const { weather, cities } = weatherTool()
    const { client, messages } = await served([reply([rome]), reply('Sunny.')], {
      conversation: { tools: [{ ...weather, needsApproval: true }] },
    })
    const one = client()
    await one.sendMessage({ text: 'Rome?' })
    const two = client({ messages: await messages() })
    await one.addToolApprovalResponse({ id: 'toolu_1', approved: true })
    await one.sendMessage()
    expect(textOf(one.lastMessage)).toBe('Sunny.')
    await two.addToolApprovalResponse({ id: 'toolu_1', approved: false })
    await two.sendMessage()
    expect(two.error?.message).toContain('call-settled')
    expect(cities).toEqual(['Rome'])
  })
})
