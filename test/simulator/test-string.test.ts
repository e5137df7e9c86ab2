import { describe, expect, it } from 'vitest'
import { refusalTestString, refuse, reply } from '../../src/testing/index.ts'
import { ask, request, send, simulate, stream, textOf, the, typesOf } from './http.ts'

const refused = { stop_reason: 'refusal', stop_details: { type: 'refusal', category: null, explanation: null } }
const said = (content: unknown): Record<string, unknown> => ({ messages: [{ role: 'user', content }] })

describe('the refusal test string', () => {
  it.each<[string, Record<string, unknown>]>([
    ['in the message', said(`Before ${refusalTestString} after`)],
    ['in a block', said([{ type: 'text', text: refusalTestString }])],
    ['in the system prompt', { system: refusalTestString }],
    [
      'in an earlier turn',
      {
        messages: [
          { role: 'user', content: refusalTestString },
          { role: 'assistant', content: 'Ok' },
          { role: 'user', content: 'Hi' },
        ],
      },
    ],
    [
      'in a tool result',
      {
        messages: [
          { role: 'user', content: 'Fetch' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'fetch', input: {} }] },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: refusalTestString }] },
            ],
          },
        ],
      },
    ],
    [
      'in a tool description',
      { tools: [{ name: 'a', description: refusalTestString, input_schema: { type: 'object' } }] },
    ],
  ])('is refused %s', async (_, change) => {
    expect(await ask(await simulate(), request(change))).toMatchObject({ content: [], ...refused })
  })

  it('is refused however it is escaped', async () => {
    const escaped = `\\u0041${refusalTestString.slice(1)}`
    const body = JSON.stringify(request(said('HERE'))).replace('HERE', escaped)
    expect(body).not.toContain(refusalTestString)
    expect(await (await send(await simulate(), body)).json()).toMatchObject(refused)
  })

  it('is refused before output: no blocks, no output tokens', async () => {
    const events = await stream(await simulate(), request(said(refusalTestString)))
    expect(typesOf(events)).toEqual(['message_start', 'ping', 'message_delta', 'message_stop'])
    expect(the(events, 'message_delta')).toMatchObject({ delta: refused, usage: { output_tokens: 0 } })
  })

  it('can be refused after n deltas of a readable reply, which the usage counts', async () => {
    const simulator = await simulate({ refusal: { afterDeltas: 4, category: 'cyber', explanation: 'Because.' } })
    const events = await stream(simulator, request(said(refusalTestString)))
    expect(textOf(events)).toBe('This is the turnstate ')
    expect(typesOf(events)).toContain('content_block_stop')
    expect(the(events, 'message_delta')).toMatchObject({
      delta: { stop_details: { type: 'refusal', category: 'cyber', explanation: 'Because.' } },
      usage: { output_tokens: 4 },
    })
  })

  it('can leave the cut block open', async () => {
    const simulator = await simulate({ refusal: { afterDeltas: 1, openBlock: true } })
    expect(typesOf(await stream(simulator, request(said(refusalTestString))))).not.toContain('content_block_stop')
  })

  it('has the same partial reply without a stream', async () => {
    const simulator = await simulate({ refusal: { afterDeltas: 2 } })
    const whole = await ask(simulator, request(said(refusalTestString)))
    expect(whole).toMatchObject({ content: [{ type: 'text', text: 'This is ' }], ...refused })
  })

  it('can be refused after any number of deltas', async () => {
    const simulator = await simulate({ refusal: { afterDeltas: 1000 } })
    await stream(simulator, request(said(refusalTestString)))
    expect(simulator.requests[0]?.deltasSent).toBe(1000)
  })

  it('is refused by the named models only', async () => {
    const simulator = await simulate({ refusal: { models: ['claude-opus-5-5'] } })
    const body = request(said(refusalTestString))
    expect((await ask(simulator, { ...body, model: 'claude-opus-5-5' })).stop_reason).toBe('refusal')
    expect((await ask(simulator, { ...body, model: 'claude-opus-4-8' })).stop_reason).toBe('end_turn')
  })

  it('is refused until it leaves the context', async () => {
    const simulator = await simulate()
    const history = [{ role: 'user', content: refusalTestString }]
    const more = [...history, { role: 'user', content: 'Never mind.' }]
    expect((await ask(simulator, request({ messages: history }))).stop_reason).toBe('refusal')
    expect((await ask(simulator, request({ messages: more }))).stop_reason).toBe('refusal')
    expect((await ask(simulator, request({ messages: more.slice(1) }))).stop_reason).toBe('end_turn')
  })

  it('has no effect on an invalid request', async () => {
    expect((await send(await simulate(), request({ ...said(refusalTestString), max_tokens: -1 }))).status).toBe(400)
  })

  it('has no effect on a scripted step other than { default: true }', async () => {
    const simulator = await simulate({ script: [reply('Scripted.'), { default: true }, refuse()] })
    const body = request(said(refusalTestString))
    expect((await ask(simulator, body)).stop_reason).toBe('end_turn')
    expect((await ask(simulator, body)).stop_reason).toBe('refusal')
    expect((await ask(simulator, request())).stop_reason).toBe('refusal')
  })
})
