import { describe, expect, it } from 'vitest'
import type { RequestFields } from '../../src/index.ts'
import { codeOf, start } from './start.ts'

const tool = (name: string) => ({ name, input_schema: { type: 'object' as const } })

describe('setRequest()', () => {
  it('replaces the earlier fields and keeps the system prompt and the tools', async () => {
    const { chat, ask } = start({
      request: { system: 'Be brief.', stop_sequences: ['a'], metadata: { user_id: 'u' } },
      tools: [tool('look')],
    })
    chat.setRequest({ stop_sequences: ['b'], thinking: { type: 'adaptive' } })
    const { turn, reply } = await ask('Hello')
    const { fields } = reply.request
    expect(fields).toMatchObject({ system: 'Be brief.', stop_sequences: ['b'], thinking: { type: 'adaptive' } })
    expect(fields).toMatchObject({ tools: [{ name: 'look' }] })
    expect(fields).not.toHaveProperty('metadata')
    reply.answer('Hi')
    await turn
  })

  it('changes the system prompt and the tools when they are among the fields', async () => {
    const { chat, ask } = start({ request: { system: 'Be brief.' }, tools: [tool('look')] })
    chat.setRequest({ system: 'Be long.', tools: [tool('find')] })
    const { reply } = await ask('Hello')
    expect(reply.request.fields).toMatchObject({ system: 'Be long.', tools: [{ name: 'find' }] })
    chat.stop()
  })

  it('sets the most tokens of a reply, which later calls without it keep', async () => {
    const { chat, ask } = start({ maxTokens: 1_000 })
    chat.setRequest({}, { maxTokens: 50 })
    chat.setRequest({ stop_sequences: ['a'] })
    const { turn, reply } = await ask('Hello')
    expect(reply.request.maxTokens).toBe(50)
    reply.answer('Hi')
    await turn
    for (const maxTokens of [-1, 1.5, '5', null])
      expect(codeOf(() => chat.setRequest({}, { maxTokens } as never))).toBe('invalid-option')
    const again = await ask('Hello')
    expect(again.reply.request.maxTokens).toBe(50)
    chat.stop()
  })

  it('emits prompt.changed when the fields change, and nothing when they are equal', async () => {
    const { chat } = start({ request: { stop_sequences: ['a'] } })
    const told: string[] = []
    chat.on('prompt.changed', ({ what }) => told.push(what))
    chat.setRequest({ stop_sequences: ['a'] })
    chat.setRequest({ stop_sequences: ['b'] })
    chat.setRequest({})
    await Promise.resolve()
    expect(told).toEqual(['request', 'request'])
  })

  it.each([
    ['a field that the conversation sets itself', { model: 'm2' }, 'reserved-field'],
    ['a thread', { thread: 'x' }, 'reserved-field'],
    [
      'tools that are none',
      { tools: [{ name: 'no spaces please', input_schema: { type: 'object' } }] },
      'tool-name-invalid',
    ],
    ['a value that JSON cannot hold', { metadata: { user_id: 1n } }, 'invalid-option'],
    ['a text', 'temperature', 'invalid-option'],
    ['nothing', undefined, 'invalid-option'],
  ])('throws for %s, and changes nothing', async (_, fields, code) => {
    const { chat, ask } = start({ request: { stop_sequences: ['a'] }, tools: [tool('look')] })
    expect(codeOf(() => chat.setRequest(fields as RequestFields))).toBe(code)
    const { reply } = await ask('Hello')
    expect(reply.request.fields).toMatchObject({ stop_sequences: ['a'], tools: [{ name: 'look' }] })
    chat.stop()
  })

  it('throws during a turn instead of waiting for it', async () => {
    const { chat, ask } = start()
    await ask('Hello')
    expect(codeOf(() => chat.setRequest({ stop_sequences: ['b'] }))).toBe('conversation-busy')
    chat.stop()
  })
})
