import { describe, expect, it } from 'vitest'
import { reply, text } from '../../src/testing/index.ts'
import { ask, deltasOf, request, send, simulate, stream, streamText, textOf, the, typesOf } from './http.ts'

const usageFields = {
  input_tokens: expect.any(Number),
  output_tokens: expect.any(Number),
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
}

describe('the stream', () => {
  it('has the events of the API in their order', async () => {
    const simulator = await simulate({ script: [reply([text('Hel', 'lo'), text('there')])] })
    expect(typesOf(await stream(simulator))).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
  })

  it('numbers the blocks by their position', async () => {
    const simulator = await simulate({ script: [reply([text('a'), text('b')])] })
    const indices = (await stream(simulator)).flatMap(({ index }) => index ?? [])
    expect(indices).toEqual([0, 0, 0, 1, 1, 1])
  })

  it('starts with an empty message, without a stop reason', async () => {
    const { message } = the(await stream(await simulate()), 'message_start')
    expect(message).toMatchObject({
      id: 'msg_01Simulated000000000001',
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-4-6',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: { ...usageFields, output_tokens: 1 },
    })
  })

  it('ends with the stop reason, null details, and the totals', async () => {
    const events = await stream(await simulate({ script: [reply('one two three')] }))
    expect(the(events, 'message_delta')).toMatchObject({
      delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null, container: null },
      usage: { ...usageFields, output_tokens: 3 },
    })
  })

  it('is compact JSON under the right content type', async () => {
    const simulator = await simulate()
    const response = await send(simulator, request({ stream: true }))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(await response.text()).toContain('"stop_reason":"end_turn","stop_sequence":null,"stop_details":null')
  })

  it('sends a ping after every pingEvery deltas', async () => {
    const simulator = await simulate({ script: [reply([text('a', 'b', 'c', 'd')])], pingEvery: 2 })
    expect(typesOf(await stream(simulator)).filter((type) => type === 'ping')).toHaveLength(3)
  })

  it('contains the same as a reply without a stream', async () => {
    const simulator = await simulate({ script: [reply('The same.'), reply('The same.')] })
    const whole = await ask(simulator, request())
    expect(whole.content).toEqual([{ type: 'text', text: 'The same.' }])
    expect(whole).toMatchObject({
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
      usage: usageFields,
    })
    expect(textOf(await stream(simulator))).toBe('The same.')
  })

  it('never cuts a surrogate pair', async () => {
    const simulator = await simulate({ script: [reply([{ type: 'text', text: '👍🏽é', deltas: 1 }])] })
    expect(deltasOf(await stream(simulator)).map(({ text: piece }) => piece)).toEqual(['👍', '🏽', 'é'])
  })

  it('sends 50,000 deltas in a short time', async () => {
    const simulator = await simulate({ script: [reply([{ type: 'text', text: 'x'.repeat(50_000), deltas: 1 }])] })
    const before = process.cpuUsage()
    const body = await streamText(simulator)
    const { user, system } = process.cpuUsage(before)
    expect(body.match(/event: content_block_delta/g)).toHaveLength(50_000)
    expect(simulator.requests[0]?.deltasSent).toBe(50_000)
    expect((user + system) / 1000).toBeLessThan(5000)
  })

  it('waits for a slow reader instead of filling memory', async () => {
    const simulator = await simulate({ script: [reply([{ type: 'text', text: 'x'.repeat(300_000), deltas: 1 }])] })
    const response = await send(simulator, request({ stream: true }))
    const reader = response.body!.getReader()
    await reader.read()
    expect(simulator.requests[0]?.deltasSent).toBeLessThan(300_000)
    await reader.cancel()
    await simulator.requests[0]?.closed
    expect(simulator.requests[0]?.aborted).toBe(true)
  })
})

const run = async (): Promise<readonly string[]> => {
  const simulator = await simulate()
  const tools = [{ name: 'look', input_schema: { type: 'object', properties: { at: {} }, required: ['at'] } }]
  return [
    await streamText(simulator),
    await streamText(simulator, request({ tools, tool_choice: { type: 'any' } })),
    await streamText(simulator, request({ thinking: { type: 'adaptive', display: 'summarized' } })),
  ]
}

describe('determinism', () => {
  it('gives the same bytes to the same requests', async () => {
    expect(await run()).toEqual(await run())
  })

  it('numbers its ids', async () => {
    const simulator = await simulate()
    const ids = [(await ask(simulator, request())).id, (await ask(simulator, request())).id]
    expect(ids).toEqual(['msg_01Simulated000000000001', 'msg_01Simulated000000000002'])
    expect(simulator.requests.map(({ requestId }) => requestId)).toEqual([
      'req_01Simulated000000000001',
      'req_01Simulated000000000002',
    ])
  })
})
