import { afterEach, describe, expect, it } from 'vitest'
import { httpError, refuse, reply, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const brief = { system: 'Be brief.' }
const older = 'claude-sonnet-5'

const start = async (...given: Parameters<typeof conversing>) => {
  const world = await conversing(...given)
  return {
    ...world,
    /** The roles and contents of the n-th request. */
    messages: (nth: number) =>
      world
        .body(nth)
        .messages.map(({ role, content }) => [
          role,
          typeof content === 'string'
            ? content
            : content.map(({ type, text: said }) => (type === 'text' ? said : type)).join('|'),
        ]),
    statuses: () => world.sim.requests.map(({ status }) => status),
  }
}

describe('a message with a system message', () => {
  it('is followed by the system message in its request and in the next one', async () => {
    const { chat, messages, statuses, goesOn } = await start([reply('One.'), reply('Two.')])
    expect((await chat.sendMessage('a', brief)).status).toBe('completed')
    expect(messages(0)).toEqual([
      ['user', 'a'],
      ['system', 'Be brief.'],
    ])
    await chat.sendMessage('b')
    const history = [
      ['user', 'a'],
      ['system', 'Be brief.'],
      ['assistant', 'One.'],
    ]
    expect(messages(1)).toEqual([...history, ['user', 'b']])
    expect(chat.history.slice(0, 2)).toEqual([
      { role: 'user', content: 'a' },
      { role: 'system', content: 'Be brief.' },
    ])
    expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
    expect(JSON.stringify(chat.messages)).not.toContain('Be brief.')
    await goesOn(chat)
    expect([statuses(), chat.leftOut]).toEqual([[200, 200, 200], []])
  })

  it('keeps it before the tool calls of the reply', async () => {
    const { weather } = weatherTool()
    const { chat, messages, goesOn } = await start([reply([toolUse('weather', { city: 'Rome' })]), reply('Sunny.')], {
      tools: [weather],
    })
    expect((await chat.sendMessage('a', brief)).text).toBe('Sunny.')
    expect(messages(1)).toEqual([
      ['user', 'a'],
      ['system', 'Be brief.'],
      ['assistant', 'tool_use'],
      ['user', 'tool_result'],
    ])
    await goesOn(chat)
  })

  it('keeps it when it is sent again: after an error, by retry() and by regenerate()', async () => {
    const { chat, messages } = await start([httpError(529), httpError(529), reply('One.'), reply('Two.')], {
      retry: { maxAttempts: 2, baseDelay: 1 },
    })
    expect((await chat.sendMessage('a', brief)).status).toBe('failed')
    await chat.retry()
    await chat.regenerate()
    const asked = [
      ['user', 'a'],
      ['system', 'Be brief.'],
    ]
    expect([0, 1, 2, 3].map(messages)).toEqual([asked, asked, asked, asked])
  })

  it('keeps it when its files must be read again', async () => {
    const { chat, messages } = await start([reply('One.')])
    let hasFile = false
    const file = Object.assign(new Blob(['Figures'], { type: 'text/plain' }), {
      arrayBuffer: () =>
        hasFile ? Promise.resolve(new TextEncoder().encode('Figures').buffer) : Promise.reject(new Error('gone')),
      stream: () => new Blob(hasFile ? ['Figures'] : []).stream(),
    })
    expect((await chat.sendMessage({ text: 'a', files: [file] }, brief)).status).toBe('failed')
    hasFile = true
    expect((await chat.retry()).status).toBe('completed')
    expect(messages(0).at(-1)).toEqual(['system', 'Be brief.'])
  })

  it('keeps it in the queue', async () => {
    const { chat, messages } = await start([reply('One.'), reply('Two.')], { whenBusy: 'queue' })
    const turns = [chat.sendMessage('a'), chat.sendMessage('b', brief)]
    expect(chat.queue).toMatchObject([{ input: 'b', system: 'Be brief.' }])
    await Promise.all(turns)
    expect(messages(1).slice(-2)).toEqual([
      ['user', 'b'],
      ['system', 'Be brief.'],
    ])
  })

  it('can be edited without it or with another one', async () => {
    const { chat, messages } = await start([reply('One.'), reply('Two.'), reply('Three.')])
    const { turnId } = await chat.sendMessage('a', brief)
    await chat.editMessage(turnId, 'b')
    expect(messages(1)).toEqual([['user', 'b']])
    await chat.editMessage(turnId, 'c', { system: 'Be kind.' })
    expect(messages(2)).toEqual([
      ['user', 'c'],
      ['system', 'Be kind.'],
    ])
  })

  it('keeps it in a fork and in an exported history', async () => {
    const { chat, create, follow, messages, goesOn } = await start([reply('One.')])
    await chat.sendMessage('a', brief)
    const expected = [
      ['user', 'a'],
      ['system', 'Be brief.'],
      ['assistant', 'One.'],
      ['user', 'And now?'],
    ]
    await goesOn(follow(chat.fork()))
    expect(messages(-1)).toEqual(expected)
    const other = create({ messages: chat.history })
    await goesOn(other)
    expect([messages(-1), other.repairs]).toEqual([expected, []])
  })

  it('repairs a lone surrogate in it', async () => {
    const { chat, messages } = await start([])
    await chat.sendMessage('a', { system: 'Be \ud83d.' })
    expect(messages(0)[1]).toEqual(['system', 'Be \ufffd.'])
  })
})

describe('a refused message with a system message', () => {
  it('keeps it with a fallback model, and loses it with a rephrasing', async () => {
    const other = await start([refuse(), reply('One.')], { onRefusal: { fallback: ['claude-opus-4-8'] } })
    expect((await other.chat.sendMessage('a', brief)).status).toBe('completed')
    expect(other.messages(1)).toEqual(other.messages(0))
    const { chat, messages, goesOn } = await start([refuse(), reply('One.')], { onRefusal: { rephrase: () => 'Else' } })
    expect(await chat.sendMessage('a', brief)).toMatchObject({ status: 'completed' })
    expect(messages(1)).toEqual([['user', 'Else']])
    await goesOn(chat, 'Be brief.')
  })

  it('lists it among the suspects', async () => {
    const { chat } = await start([refuse()])
    const { refusal } = await chat.sendMessage('a', brief)
    expect(refusal?.suspects).toMatchObject([{ kind: 'user-text' }, { kind: 'system-message' }])
  })
})

describe('a model without system messages', () => {
  it('gets the text as user text after the message, and the conversion is reported', async () => {
    const { chat, messages, statuses, goesOn } = await start([reply('One.')], { model: older })
    expect((await chat.sendMessage('a', brief)).status).toBe('completed')
    expect(messages(0)).toEqual([['user', 'a|Be brief.']])
    expect(chat.leftOut).toEqual([{ turnId: chat.messages[0]?.turnId, what: 'system', why: expect.any(String) }])
    await goesOn(chat)
    expect(statuses()).toEqual([200, 200])
    chat.setModel('claude-opus-5-5')
    expect(chat.leftOut).toEqual([])
    await goesOn(chat)
    expect(messages(-1).slice(0, 2)).toEqual([
      ['user', 'a'],
      ['system', 'Be brief.'],
    ])
  })

  it.each([
    ['after a refusal', refuse()],
    ['after a refusal with a credit, which would require an identical request', refuse({ creditToken: 'mint' })],
    ['in an outage', httpError(529)],
  ])('gets only valid requests %s', async (_, cause) => {
    const { chat, messages, statuses, goesOn } = await start([reply('One.'), cause, reply('Two.')], {
      model: 'claude-sonnet-5-5',
      onRefusal: { fallback: [older] },
      retry: { models: [older], maxAttempts: 1, baseDelay: 1 },
    })
    await chat.sendMessage('a', brief)
    expect(await chat.sendMessage('b', { system: 'Be kind.' })).toMatchObject({ status: 'completed', model: older })
    expect(messages(2)).toEqual([
      ['user', 'a|Be brief.'],
      ['assistant', 'One.'],
      ['user', 'b|Be kind.'],
    ])
    await goesOn(chat)
    expect(statuses()).not.toContain(400)
  })
})
