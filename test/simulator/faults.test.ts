import { once } from 'node:events'
import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { httpError, reply, text, type ScriptFaults } from '../../src/testing/index.ts'
import {
  ask,
  errorOf,
  eventsOf,
  headers,
  request,
  send,
  simulate,
  stream,
  streamText,
  textOf,
  the,
  typesOf,
} from './http.ts'

const broken = (faults: ScriptFaults) => simulate({ script: [reply([text('a', 'b', 'c')], { faults })] })

/** Reads until the body ends or breaks. */
const readAll = async (response: Response): Promise<{ readonly body: string; readonly error: unknown }> => {
  const decoder = new TextDecoder()
  let body = ''
  try {
    for await (const chunk of response.body!) body += decoder.decode(chunk, { stream: true })
    return { body, error: undefined }
  } catch (error) {
    return { body, error }
  }
}
const streamed = (simulator: Awaited<ReturnType<typeof broken>>) => send(simulator, request({ stream: true }))

describe('faults', () => {
  it('stalls after n deltas and keeps the connection open', async () => {
    const simulator = await broken({ stallAfterDeltas: 2 })
    const response = await streamed(simulator)
    const record = await simulator.waitForRequest()
    await record.stalled
    expect(record.deltasSent).toBe(2)
    expect(simulator.openSockets).toBe(1)
    await simulator.close()
    const { body, error } = await readAll(response)
    expect(error).toBeDefined()
    expect(textOf(eventsOf(body))).toBe('ab')
  })

  it('stalls before the headers', async () => {
    const simulator = await broken({ stallBeforeHeaders: true })
    const controller = new AbortController()
    const failed = expect(
      fetch(`${simulator.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify(request()),
        signal: controller.signal,
      }),
    ).rejects.toThrow()
    const record = await simulator.waitForRequest()
    await record.stalled
    controller.abort()
    await record.closed
    expect(record).toMatchObject({ status: undefined, aborted: true })
    await failed
  })

  it('resets before the headers', async () => {
    const simulator = await broken({ resetBeforeHeaders: true })
    await expect(streamed(simulator)).rejects.toThrow('fetch failed')
    await simulator.requests[0]?.closed
    expect(simulator.requests[0]).toMatchObject({ status: undefined, aborted: false })
  })

  it('delays the headers and the deltas', async () => {
    const simulator = await broken({ headersDelay: 20, delay: 15 })
    const before = performance.now()
    await streamText(simulator)
    expect(performance.now() - before).toBeGreaterThan(60)
  })

  it('sends each delta at once if there is a delay', async () => {
    const simulator = await simulate({ script: [reply([text('a', 'b', 'c')])], deltaDelay: 10 })
    const chunks: string[] = []
    const response = await streamed(simulator)
    for await (const chunk of response.body!) chunks.push(Buffer.from(chunk).toString())
    expect(chunks.length).toBeGreaterThanOrEqual(4)
  })

  it.each([0, 1, 100, 400])('drops at byte %i with a clean end', async (dropAtByte) => {
    const simulator = await broken({ dropAtByte })
    const { body, error } = await readAll(await streamed(simulator))
    expect([Buffer.byteLength(body), error]).toEqual([dropAtByte, undefined])
    expect(simulator.requests[0]?.aborted).toBe(false)
  })

  it.each([0, 1, 400])('resets at byte %i, after sending exactly those bytes', async (resetAtByte) => {
    const simulator = await broken({ resetAtByte })
    const { body, error } = await readAll(await streamed(simulator))
    expect(Buffer.byteLength(body)).toBe(resetAtByte)
    expect(error).toBeInstanceOf(TypeError)
    await simulator.requests[0]?.closed
    expect(simulator.requests[0]?.aborted).toBe(false)
  })

  it('truncates after n deltas', async () => {
    expect(typesOf(await stream(await broken({ truncateAfterDeltas: 1 })))).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
    ])
  })

  it('truncates after the message_delta', async () => {
    expect(typesOf(await stream(await broken({ truncateBeforeStop: true }))).at(-1)).toBe('message_delta')
  })

  it('sends an error in mid-stream, with the request id, and ends', async () => {
    const midStreamError = { afterDeltas: 1, type: 'api_error', message: 'Oh', details: { error_code: 'x' } }
    const events = await stream(await broken({ midStreamError }))
    expect(typesOf(events).at(-1)).toBe('error')
    expect(the(events, 'error')).toEqual({
      type: 'error',
      error: { type: 'api_error', message: 'Oh', details: { error_code: 'x' } },
      request_id: 'req_01Simulated000000000001',
    })
  })

  it('sends overloaded_error before any block by default', async () => {
    const events = await stream(await broken({ midStreamError: {} }))
    expect(typesOf(events)).toEqual(['message_start', 'ping', 'error'])
    expect(the(events, 'error').error).toEqual({ type: 'overloaded_error', message: 'Overloaded' })
  })

  it('sends the same error over HTTP to a request without a stream', async () => {
    const error = await errorOf(await send(await broken({ midStreamError: {} }), request()))
    expect(error).toMatchObject({ status: 529, error: { type: 'overloaded_error' } })
  })

  it('sends malformed JSON and continues', async () => {
    const body = await streamText(await broken({ malformedAfterDeltas: 1 }))
    expect(() => eventsOf(body)).toThrow(SyntaxError)
    expect(body).toContain('message_stop')
  })

  // node:http hands over each chunk by itself; `fetch` may join two.
  it.each([{ splitEveryByte: true }, { chunkBytes: 7 }])('cuts the body into chunks: %o', async (faults) => {
    const whole = await streamText(await broken({}))
    const simulator = await broken(faults)
    const asked = http.request(`${simulator.url}/v1/messages`, { method: 'POST', headers })
    asked.end(JSON.stringify(request({ stream: true })))
    const [response]: http.IncomingMessage[] = await once(asked, 'response')
    const chunks: Buffer[] = []
    response?.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(response!, 'end')
    expect(Buffer.concat(chunks).toString()).toBe(whole)
    expect(Math.max(...chunks.map(({ length }) => length))).toBe(faults.chunkBytes ?? 1)
  })

  it('splits characters of several bytes', async () => {
    const simulator = await simulate({ script: [reply('Grüße 👋🏽', { faults: { splitEveryByte: true } })] })
    expect(textOf(await stream(simulator))).toBe('Grüße 👋🏽')
  })

  it.each(['\n', '\r', '\r\n'] as const)('ends lines with %j', async (lineEnding) => {
    const body = await streamText(await broken({ lineEnding }))
    expect(eventsOf(body.replaceAll(lineEnding, '\n')).length).toBe(9)
    expect(body.endsWith(lineEnding + lineEnding)).toBe(true)
  })

  it('puts comments before events', async () => {
    const body = await streamText(await broken({ comments: true }))
    expect(body.match(/^: the turnstate simulator$/gm)).toHaveLength(9)
  })

  it('sends unknown events', async () => {
    const extraEvents = [{ afterDeltas: 2, event: 'weather', data: { type: 'weather', sun: true } }]
    const types = typesOf(await stream(await broken({ unknownEvents: true, extraEvents })))
    expect(types).toEqual([
      'message_start',
      'ping',
      'early_event',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'weather',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'later_event',
      'message_stop',
    ])
  })

  it('sends pings within one reply', async () => {
    const types = typesOf(await stream(await broken({ pingEvery: 1 })))
    expect(types.filter((type) => type === 'ping')).toHaveLength(4)
  })

  it('answers a streaming request with JSON', async () => {
    const response = await streamed(await broken({ answerAsJson: true }))
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ type: 'message', stop_reason: 'end_turn' })
  })

  it('applies to default answers and errors, too', async () => {
    const simulator = await simulate({
      script: [
        { default: true, faults: { truncateAfterDeltas: 3 } },
        { ...httpError(500), faults: { dropAtByte: 5 } },
        reply('x'),
      ],
    })
    expect(textOf(await stream(simulator))).toBe('This is the ')
    expect(await (await send(simulator, request())).text()).toBe('{"typ')
    expect((await ask(simulator, request())).stop_reason).toBe('end_turn')
  })
})
