import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  apiError,
  type ApiFault,
  apiFaults,
  gatewayError,
  httpError,
  type ReplyStep,
  reply,
  streamError,
  text,
  toolUse,
} from '../../src/testing/index.ts'
import { errorOf, eventsOf, headers, request, send, simulate, stream, streamText, the, typesOf } from './http.ts'

const words = [text('One ', 'two ', 'three')]
const streamOf = async (step: ReplyStep): Promise<string> => streamText(await simulate({ script: [step] }))

describe('an error of the API by its name', () => {
  it.each<[ApiFault, number, string, string, string?]>([
    ['content-filter', 400, 'invalid_request_error', 'Output blocked by content filtering policy'],
    ['request-too-large', 413, 'request_too_large', 'Request exceeds the maximum size'],
    ['prompt-too-long', 400, 'invalid_request_error', 'prompt is too long: '],
    ['context-limit', 400, 'invalid_request_error', 'input length and `max_tokens` exceed context limit: '],
    ['container-expired', 400, 'invalid_request_error', 'has expired'],
    ['container-not-found', 404, 'not_found_error', 'Container not found'],
    ['container-lost', 500, 'api_error', 'Internal server error'],
    ['file-not-found', 404, 'not_found_error', 'File not found'],
    ['file-expired', 404, 'not_found_error', 'expired', 'file_expired'],
    ['compaction-unavailable', 529, 'overloaded_error', 'unavailable', 'compaction_unavailable'],
    ['compaction-signature-invalid', 400, 'invalid_request_error', 'signature', 'compaction_signature_invalid'],
    ['compaction-block-ambiguous', 400, 'invalid_request_error', 'more than one', 'compaction_block_ambiguous'],
    ['compaction-block-misplaced', 400, 'invalid_request_error', 'first block', 'compaction_block_misplaced'],
    ['organization-on-hold', 400, 'invalid_request_error', 'disabled', 'organization_on_hold'],
    ['credit-balance', 400, 'invalid_request_error', 'Your credit balance is too low'],
    ['usage-limit', 400, 'invalid_request_error', 'You have reached your specified API usage limits.'],
    ['credits-required', 402, 'billing_error', 'Credits are required', 'credits_required'],
    ['linked-organization-spend-limit', 402, 'billing_error', 'spend limit', 'linked_organization_spend_limit_reached'],
    ['contract-spend-limit', 429, 'rate_limit_error', 'spend limit', 'contract_spend_limit_reached'],
    ['tier-spend-limit', 429, 'rate_limit_error', 'tier', 'enforced_spend_limit_reached'],
    ['ramp-limit', 429, 'rate_limit_error', 'grow', 'ramp_limit_exceeded'],
  ])('%s has its status, type, words and code', async (fault, status, type, said, code) => {
    const simulator = await simulate({ script: [apiError(fault)] })
    const error = await errorOf(await send(simulator, request()))
    expect(error).toMatchObject({ status, error: { type, message: expect.stringContaining(said) as string } })
    expect(error.error.details?.['error_code']).toBe(code)
    expect(apiFaults).toContain(fault)
  })

  it('can have another message, details and headers', async () => {
    const simulator = await simulate({ script: [apiError('ramp-limit', { message: 'Slower', retryAfter: 3 })] })
    const response = await send(simulator, request())
    expect(response.headers.get('retry-after')).toBe('3')
    expect((await errorOf(response)).error).toMatchObject({
      message: 'Slower',
      details: { error_code: 'ramp_limit_exceeded' },
    })
  })

  it('can be sent in mid-stream', async () => {
    const midStreamError = streamError('content-filter', 2)
    const events = eventsOf(await streamOf(reply(words, { faults: { midStreamError } })))
    expect(typesOf(events).slice(-3)).toEqual(['content_block_delta', 'content_block_delta', 'error'])
    expect(the(events, 'error').error).toEqual({
      type: 'invalid_request_error',
      message: 'Output blocked by content filtering policy',
    })
  })
})

describe('a gateway', () => {
  it.each([502, 503, 504] as const)('answers %i with a page', async (status) => {
    const simulator = await simulate({ script: [gatewayError(status)] })
    const response = await send(simulator, request())
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toContain(`<title>${status} `)
  })

  it.each([0, -5, 'Wed, 01 Jan 2020 00:00:00 GMT'])('can send retry-after %s', async (retryAfter) => {
    const simulator = await simulate({ script: [httpError(429, { retryAfter })] })
    expect((await send(simulator, request())).headers.get('retry-after')).toBe(String(retryAfter))
  })

  it('can leave out the type of an error in mid-stream', async () => {
    const events = eventsOf(
      await streamOf(reply(words, { faults: { midStreamError: { type: null, message: 'upstream died' } } })),
    )
    expect(the(events, 'error').error).toEqual({ message: 'upstream died' })
  })

  it('can end a stream with [DONE] in place of message_stop', async () => {
    const body = await streamOf(
      reply(words, {
        faults: { truncateBeforeStop: true, extraEvents: [{ at: 'beforeStop', event: null, text: '[DONE]' }] },
      }),
    )
    expect(body).not.toContain('message_stop')
    expect(body.trimEnd().split('\n\n').at(-1)).toBe('data: [DONE]')
  })

  it('can send events after message_stop', async () => {
    const body = await streamOf(
      reply(words, { faults: { extraEvents: [{ at: 'afterStop', event: 'ping', data: { type: 'ping' } }] } }),
    )
    expect(typesOf(eventsOf(body)).slice(-2)).toEqual(['message_stop', 'ping'])
  })
})

describe('a stream that sends pings after message_stop', () => {
  it('ends only when the client disconnects', async () => {
    const simulator = await simulate({ script: [reply(words, { faults: { pingAfterStop: 1 } })] })
    const client = httpRequest(`${simulator.url}/v1/messages`, { method: 'POST', headers })
    client.end(JSON.stringify(request({ stream: true })))
    const [response] = (await once(client, 'response')) as [AsyncIterable<Buffer>]
    let body = ''
    for await (const chunk of response) {
      body += chunk.toString()
      if ((body.split('message_stop"}')[1]?.match(/event: ping/g)?.length ?? 0) >= 3) break
    }
    const served = simulator.requests[0]
    await served?.closed
    expect(served).toMatchObject({ status: 200, aborted: true })
  })
})

describe('message_start can be sent again', () => {
  it.each<[string, string | undefined, boolean]>([
    ['with the same id', undefined, true],
    ['with the id of another message', 'msg_other', false],
  ])('%s', async (_, id, same) => {
    const startAgain = { afterDeltas: 1, ...(id !== undefined && { id }) }
    const starts = eventsOf(await streamOf(reply(words, { faults: { startAgain } }))).filter(
      ({ type }) => type === 'message_start',
    )
    expect(starts).toHaveLength(2)
    expect(starts[0]?.message?.['id'] === starts[1]?.message?.['id']).toBe(same)
    if (id !== undefined) expect(starts[1]?.message?.['id']).toBe(id)
  })
})

describe('the indexes of blocks', () => {
  it.each<[string, readonly number[]]>([
    ['can be used twice', [0, 0]],
    ['can have gaps', [3, 7]],
    ['can be huge', [0, Number.MAX_SAFE_INTEGER]],
  ])('%s', async (_, indexes) => {
    const events = eventsOf(await streamOf(reply([text('a'), text('b')], { indexes })))
    for (const type of ['content_block_start', 'content_block_stop'])
      expect(events.filter((event) => event.type === type).map(({ index }) => index)).toEqual(indexes)
  })
})

describe('a whole reply in message_start', () => {
  it('contains content, stop reason and container, and only message_stop follows', async () => {
    const container = { id: 'container_1', expires_at: '2026-12-01T00:00:00Z' }
    const content = [text('Done.'), toolUse('look', { at: 1 }, 'toolu_1')]
    const simulator = await simulate({ script: [reply(content, { wholeInStart: true, container })] })
    const events = await stream(simulator)
    expect(typesOf(events)).toEqual(['message_start', 'ping', 'message_stop'])
    expect(the(events, 'message_start').message).toMatchObject({
      content: [
        { type: 'text', text: 'Done.' },
        { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 1 } },
      ],
      stop_reason: 'tool_use',
      container,
    })
  })

  it('can’t have faults that count deltas, because it has no deltas', async () => {
    const step = reply(words, { wholeInStart: true, faults: { stallAfterDeltas: 1 } })
    await expect(simulate({ script: [step] })).rejects.toThrow('must be at most 0, the number of deltas sent')
  })
})
