import { describe, expect, it } from 'vitest'
import { refusalTestString } from '../../src/testing/index.ts'
import { ask, request, simulate, stream, textOf, deltasOf } from './http.ts'

const tool = {
  name: 'weather',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' }, unit: { enum: ['C', 'F'] } },
    required: ['city', 'days', 'unit'],
  },
}
const textFor = async (change: Record<string, unknown>): Promise<unknown> =>
  (await ask(await simulate(), request(change))).content[0]?.['text']

describe('the default answer', () => {
  it('says that it is simulated, what it read, and how many messages', async () => {
    expect(await textFor({})).toBe(
      'This is the turnstate simulator, not Claude. You wrote: "Hello". The request carried 1 message.',
    )
  })

  it('is sent in deltas of about a word', async () => {
    const events = await stream(await simulate())
    expect(deltasOf(events).slice(0, 3)).toEqual([
      { type: 'text_delta', text: 'This ' },
      { type: 'text_delta', text: 'is ' },
      { type: 'text_delta', text: 'the ' },
    ])
    expect(textOf(events)).toContain('You wrote: "Hello"')
  })

  it('counts the messages of the context', async () => {
    const messages = [
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: [{ type: 'text', text: 'Three' }] },
    ]
    expect(await textFor({ messages })).toContain('You wrote: "Three". The request carried 3 messages.')
  })

  it('shortens what it echoes', async () => {
    const text = await textFor({ messages: [{ role: 'user', content: 'word '.repeat(100) }] })
    expect(text).toMatch(/You wrote: "(word )+wor?d?…"/)
    expect(String(text).length).toBeLessThan(200)
  })

  it('does not quote the test string for a model that answers it', async () => {
    const simulator = await simulate({ refusal: { models: ['claude-opus-5-5'] } })
    const reply = await ask(simulator, request({ messages: [{ role: 'user', content: `x ${refusalTestString}` }] }))
    expect(JSON.stringify(reply)).not.toContain(refusalTestString)
    expect(reply.stop_reason).toBe('end_turn')
  })

  it('mentions the tool results that it read', async () => {
    const messages = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'Sunny' }] },
    ]
    expect(await textFor({ messages, tools: [tool] })).toContain('It read 1 tool result: "Sunny".')
  })

  it.each([{ type: 'any' }, { type: 'tool', name: 'weather' }])(
    'calls a tool when tool_choice is %o',
    async (choice) => {
      const reply = await ask(await simulate(), request({ tools: [tool], tool_choice: choice }))
      expect(reply).toMatchObject({
        stop_reason: 'tool_use',
        content: [
          {
            type: 'tool_use',
            id: 'toolu_01Simulated000000000001',
            name: 'weather',
            input: { city: 'sample', days: 1, unit: 'C' },
          },
        ],
      })
    },
  )

  it.each([
    [{ type: 'enabled', budget_tokens: 1024 }, 'The simulator pretends to think about this.'],
    [{ type: 'adaptive', display: 'summarized' }, 'The simulator pretends to think about this.'],
    [{ type: 'adaptive', display: 'omitted' }, ''],
  ])('thinks, signed, when %o asks for it', async (thinking, shown) => {
    const reply = await ask(await simulate(), request({ thinking, max_tokens: 2048 }))
    expect(reply.content[0]).toMatchObject({ type: 'thinking', thinking: shown })
    expect(reply.content[0]?.['signature']).toMatch(/.{40}/)
    expect(reply.content[1]).toMatchObject({ type: 'text' })
  })

  it('stops at max_tokens, counting one token per word', async () => {
    const reply = await ask(await simulate(), request({ max_tokens: 3 }))
    expect(reply).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 3 } })
    expect(reply.content[0]?.['text']).toBe('This is the ')
  })

  it('stops at the first stop sequence in its text', async () => {
    const reply = await ask(await simulate(), request({ stop_sequences: ['wrote', 'simulator', 'absent'] }))
    expect(reply).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'simulator' })
    expect(reply.content[0]?.['text']).toBe('This is the turnstate ')
  })
})
