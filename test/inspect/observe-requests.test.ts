import { afterEach, describe, expect, it } from 'vitest'
import Anthropic from '@anthropic-ai/sdk'
import { claude, observe } from '../../src/index.ts'
import { jsonBytes } from '../../src/observe/sizes.ts'
import { refusalTestString } from '../../src/testing/index.ts'
import { start } from '../conversation/start.ts'
import { conversing, endAll, simulated } from '../integration/simulated.ts'
import { first, ofType } from './fixtures.ts'

afterEach(endAll)

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('the record of a request', () => {
  it('has its size on the network', async () => {
    const world = start({ request: { system: 'Be «brief».' } })
    const observation = observe(world.chat)
    await world.exchange('alpha "quoted" «ñ»', 'one')
    await world.exchange('bravo', 'two')
    const records = ofType(observation.records, 'request')
    expect(records).toHaveLength(2)
    for (const [index, record] of records.entries()) {
      const { messages, fields } = world.replies[index]?.request ?? { messages: [], fields: {} }
      expect(record).toMatchObject({
        model: 'm1',
        messages: messages.length,
        bytes: messages.reduce((sum, message) => sum + bytesOf(message), 0),
        promptBytes: bytesOf(fields),
        maxTokens: 100,
        purpose: 'reply',
        redeemsCredit: false,
        attempt: 1,
      })
    }
  })

  it('counts the cache breakpoints of the system prompt and of messages', async () => {
    const mark = { type: 'ephemeral' } as const
    const world = start({ request: { system: [{ type: 'text', text: 'Be brief.', cache_control: mark }] } })
    const observation = observe(world.chat)
    const sent = world.chat.sendMessage([{ type: 'text', text: 'alpha', cache_control: mark }])
    const reply = await world.asked(1)
    reply.answer('one')
    await sent
    expect(first(observation.records, 'request').cacheBreakpoints).toBe(2)
    expect(first(observation.records, 'prompt').cacheBreakpoints).toBe(1)
  })

  it('contains no text', async () => {
    const world = start({ request: { system: 'secret system' } })
    const observation = observe(world.chat, { includeText: true })
    await world.exchange('alpha', 'one')
    expect(JSON.stringify(ofType(observation.records, 'request'))).not.toMatch(/secret|alpha/)
    expect(JSON.stringify(ofType(observation.records, 'prompt'))).not.toContain('secret')
  })

  it('has the purpose of a compaction', async () => {
    const world = start({ compaction: { by: 'summary' } })
    const observation = observe(world.chat)
    await world.exchange('alpha', 'one')
    const compacted = world.chat.compact()
    const reply = await world.asked(2)
    reply.answer('in short')
    await compacted
    expect(ofType(observation.records, 'request').map(({ purpose }) => purpose)).toEqual(['reply', 'summary'])
  })

  it('never contains the key, in any record of a conversation with refusals and failures', async () => {
    const apiKey = 'sk-ant-api03-abcdefghijklmnop-QRSTUVWXYZ'
    const world = await conversing([{ httpError: { status: 401, message: `The key ${apiKey} is not valid.` } }])
    const chat = world.create({ source: claude(new Anthropic({ apiKey, baseURL: world.sim.url })) })
    const observation = observe(chat)
    const outcomes = [await chat.sendMessage('alpha'), await chat.sendMessage(`Say ${refusalTestString}`)]
    expect(outcomes.map(({ status }) => status)).toEqual(['failed', 'refused'])
    expect(ofType(observation.records, 'request')).toHaveLength(2)
    expect(JSON.stringify(observation.records)).not.toContain('sk-ant-api03')
  })

  it('matches the bytes that a simulator received', async () => {
    const { sim, chat } = await simulated()
    const observation = observe(chat)
    await chat.sendMessage('alpha')
    await chat.sendMessage('bravo «ñ»')
    const records = ofType(observation.records, 'request')
    expect(records).toHaveLength(sim.requests.length)
    for (const [index, { bytes }] of records.entries()) {
      const messages = (sim.requests[index]?.body?.['messages'] ?? []) as readonly unknown[]
      expect(bytes).toBe(messages.reduce<number>((sum, message) => sum + bytesOf(message), 0))
    }
  })
})

describe('the record of a prompt', () => {
  it('has sizes and names, at the start of the observation and after each change', async () => {
    const world = start({ request: { system: 'Be brief.' } })
    const observation = observe(world.chat)
    const before = first(observation.records, 'prompt')
    expect(before).toMatchObject({ systemBytes: jsonBytes('Be brief.'), toolsBytes: 0, tools: [], maxTokens: 100 })
    world.chat.setSystem('Be very brief.')
    world.chat.setTools([{ name: 'form', input_schema: { type: 'object' } }])
    const [, second, third] = ofType(observation.records, 'prompt')
    expect(second).toMatchObject({ systemBytes: jsonBytes('Be very brief.') })
    expect(second?.promptHash).not.toBe(before.promptHash)
    expect(third?.tools).toEqual(['form'])
    expect(third?.toolsBytes).toBeGreaterThan(0)
  })

  it('is not sent after the observation was stopped', () => {
    const { chat } = start()
    const observation = observe(chat)
    observation.stop()
    const before = observation.records.length
    chat.setSystem('Be brief.')
    expect(observation.records).toHaveLength(before)
  })
})
