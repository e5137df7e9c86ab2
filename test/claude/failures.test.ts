import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { claude } from '../../src/claude/claude.ts'
import type { TurnstateErrorCode } from '../../src/errors.ts'
import { httpError, reply, type ScriptFaults, text } from '../../src/testing/index.ts'
import { clientOf, errorOf, heard, listen, simulate, textOf, typesOf } from './fixtures.ts'

const step = (faults: ScriptFaults) => reply([text('One ', 'two ', 'three')], { faults })
const broken = (faults: ScriptFaults) => heard(step(faults))

afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

describe('an HTTP error', () => {
  it.each<readonly [number, TurnstateErrorCode, boolean]>([
    [400, 'request-invalid', false],
    [401, 'authentication-failed', false],
    [402, 'billing-failed', false],
    [403, 'permission-denied', false],
    [404, 'not-found', false],
    [408, 'request-invalid', false],
    [409, 'api-error', true],
    [413, 'request-too-large', false],
    [418, 'request-invalid', false],
    [422, 'request-invalid', false],
    [429, 'rate-limited', true],
    [500, 'api-error', true],
    [502, 'api-error', true],
    [503, 'api-error', true],
    [504, 'api-error', true],
    [529, 'overloaded', true],
  ])('%i is %s, retryable: %s', async (status, code, retryable) => {
    const error = await errorOf(httpError(status, { message: 'It said so' }))
    expect([error.code, error.retryable]).toEqual([code, retryable])
    expect(error.details).toEqual({ status, requestId: expect.stringMatching(/^req_/), quote: 'It said so' })
    expect(error.message).toContain(`The API answered ${status}. `)
    expect(error.message).not.toContain('It said so')
    expect(error.cause).toMatchObject({ status })
  })

  it.each<readonly [number, TurnstateErrorCode, boolean]>([
    [400, 'request-invalid', false],
    [401, 'authentication-failed', false],
    [408, 'api-error', true],
    [409, 'api-error', true],
    [413, 'request-too-large', false],
    [429, 'rate-limited', true],
    [502, 'api-error', true],
    [529, 'overloaded', true],
  ])('%i with an HTML page of a proxy is classified by its status: %s', async (status, code, retryable) => {
    const error = await errorOf(httpError(status, { body: '<html>Bad Gateway</html>' }))
    expect([error.code, error.retryable, error.details.status]).toEqual([code, retryable, status])
  })

  it('is classified by its type rather than its status', async () => {
    expect((await errorOf(httpError(500, { type: 'overloaded_error' }))).code).toBe('overloaded')
    expect((await errorOf(httpError(429, { type: 'of_tomorrow' }))).code).toBe('rate-limited')
    expect((await errorOf(httpError(503, { type: 'of_tomorrow' }))).code).toBe('api-error')
  })

  it.each([
    ['seconds', { retryAfter: 7 }, 7_000],
    ['fractions of a second', { retryAfter: '0.5' }, 500],
    ['milliseconds, which take precedence', { retryAfter: 7, headers: { 'retry-after-ms': '1500' } }, 1_500],
  ])('may set a wait in %s', async (_, answer, wait) => {
    expect((await errorOf(httpError(429, answer))).details.retryAfter).toBe(wait)
  })

  it.each([
    ['no wait', { 'retry-after': '0' }],
    ['no wait, in milliseconds', { 'retry-after-ms': '0' }],
    ['a negative wait', { 'retry-after': '-5' }],
    ['a negative wait, in milliseconds', { 'retry-after-ms': '-5', 'retry-after': '0' }],
    ['a date in the past', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }],
  ])('with %s sets no wait, so the usual backoff applies', async (_, headers) => {
    const error = await errorOf(httpError(429, { headers }))
    expect(error.details).not.toHaveProperty('retryAfter')
    expect(error.message).not.toContain('come back')
  })

  it('may set a wait until a date', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 22, 12, 0, 0) })
    const error = await errorOf(httpError(529, { retryAfter: 'Sun, 22 Nov 2026 12:01:30 GMT' }))
    expect(error.details.retryAfter).toBe(90_000)
    expect(error.message).toContain('90 s')
  })

  it.each(['soon', '', '-'])('with an invalid wait (%j) sets no wait', async (wait) => {
    const headers = { 'retry-after': wait }
    expect((await errorOf(httpError(429, { headers }))).details).not.toHaveProperty('retryAfter')
  })

  it('can override the table with x-should-retry', async () => {
    const given = await errorOf(httpError(400, { shouldRetry: true }))
    expect([given.code, given.retryable, given.details.shouldRetry]).toEqual(['request-invalid', true, true])
    const denied = await errorOf(httpError(529, { shouldRetry: false }))
    expect([denied.code, denied.retryable, denied.details.shouldRetry]).toEqual(['overloaded', false, false])
    const odd = await errorOf(httpError(529, { headers: { 'x-should-retry': 'perhaps' } }))
    expect([odd.retryable, odd.details.shouldRetry]).toEqual([true, undefined])
  })

  it.each(['contract_spend_limit_reached', 'enforced_spend_limit_reached'])('of %s needs a person', async (code) => {
    const error = await errorOf(httpError(429, { details: { error_code: code } }))
    expect([error.code, error.retryable]).toEqual(['spend-limit-reached', false])
    expect(error.message).toContain('spend limit')
  })

  it('of a ramp limit is an ordinary rate limit', async () => {
    const error = await errorOf(httpError(429, { details: { error_code: 'ramp_limit_exceeded' } }))
    expect([error.code, error.retryable]).toEqual(['rate-limited', true])
  })

  it.each([
    [{ details: { error_code: 'compaction_signature_invalid' } }],
    [{ details: { error_code: 'compaction_block_ambiguous' } }],
    [{ message: 'messages.0.content.0: Invalid `signature` in `compaction` block' }],
  ])('about a rejected compaction block has its own code: %o', async (said) => {
    const error = await errorOf(httpError(400, said))
    expect([error.code, error.retryable]).toEqual(['compaction-invalid', false])
    expect(error.message).toContain('compact()')
  })

  it('about a prompt that is too long has its own code', async () => {
    const message = 'prompt is too long: 1000001 tokens > 1000000 maximum'
    const error = await errorOf(httpError(400, { message }))
    expect([error.code, error.retryable]).toEqual(['prompt-too-long', false])
    expect(error.message).toContain('clear()')
  })

  it('about a prompt that is too long is classified by its message, not its length', async () => {
    const said = 'messages: text content blocks must be non-empty'
    expect((await errorOf(httpError(400, { message: said }))).code).toBe('request-invalid')
    expect((await errorOf(httpError(413, { message: 'prompt is too long' }))).code).toBe('request-too-large')
  })

  it.each([
    'messages.3.content.0: Invalid `signature` in `thinking` block',
    'messages.3.content.0: Invalid `signature` in `thinking` block. It was moved out of its conversation.',
  ])('about rejected thinking has its own code: %s', async (message) => {
    const error = await errorOf(httpError(400, { message }))
    expect([error.code, error.retryable]).toEqual(['thinking-invalid', false])
    expect(error.message).toContain('clear()')
  })

  it('matches that of the API for unsigned thinking', async () => {
    const simulator = await simulate({ script: [] })
    const { error } = await listen(claude(clientOf(simulator)), {
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'forged' },
            { type: 'text', text: 'So' },
          ],
        },
        { role: 'user', content: 'And then?' },
      ],
    })
    expect(error).toMatchObject({ code: 'thinking-invalid', details: { status: 400 } })
  })

  it('matches that of the API for a conversation that exceeds the context window', async () => {
    const simulator = await simulate({ script: [], contextWindow: 10 })
    const messages = [{ role: 'user', content: 'Hello, '.repeat(100) }] as const
    const { error } = await listen(claude(clientOf(simulator)), { messages })
    expect(error).toMatchObject({ code: 'prompt-too-long', details: { status: 400 } })
  })

  it.each<readonly [number, string]>([
    [401, 'API key'],
    [402, 'billing'],
    [403, 'workspace'],
    [404, 'base URL'],
    [413, 'Send less'],
    [500, 'Try again later'],
  ])('%i has a message that says what to do', async (status, advice) => {
    expect((await errorOf(httpError(status))).message).toContain(advice)
  })

  it('matches that of the API for an unknown model', async () => {
    const simulator = await simulate({ script: [] })
    const { error } = await listen(claude(clientOf(simulator)), { model: 'claude-of-tomorrow' })
    expect(error).toMatchObject({ code: 'model-not-found', details: { status: 404 } })
  })

  it('matches that of the API for an unknown key', async () => {
    const simulator = await simulate({ script: [], apiKeys: ['right'] })
    const { error } = await listen(claude(clientOf(simulator)))
    expect(error).toMatchObject({ code: 'authentication-failed', details: { status: 401 } })
  })
})

describe('an error in the middle of the stream', () => {
  it('is thrown after the deltas before it, even when it arrived with them', async () => {
    const { items, events, error } = await broken({ midStreamError: { afterDeltas: 2, message: 'Overloaded' } })
    expect(error).toMatchObject({ code: 'overloaded', retryable: true })
    expect(error?.details).toEqual({ requestId: expect.stringMatching(/^req_/), quote: 'Overloaded' })
    expect(error?.message).not.toContain('Overloaded')
    expect(textOf(events)).toBe('One two ')
    expect(items.at(-1)?.map(({ type }) => type)).toContain('message.started')
  })

  it.each<readonly [string, TurnstateErrorCode, boolean]>([
    ['api_error', 'api-error', true],
    ['rate_limit_error', 'rate-limited', true],
    ['invalid_request_error', 'request-invalid', false],
    ['of_tomorrow', 'api-error', true],
  ])('of type %s is %s, retryable: %s', async (type, code, retryable) => {
    const { error } = await broken({ midStreamError: { type } })
    expect(error).toMatchObject({ code, retryable })
  })

  it('that is not JSON is stream-malformed, after the deltas before it', async () => {
    const { events, error } = await broken({ malformedAfterDeltas: 2 })
    expect(error).toMatchObject({ code: 'stream-malformed', retryable: false, cause: expect.any(SyntaxError) })
    expect(textOf(events)).toBe('One two ')
  })
})

describe('a stream that breaks off', () => {
  it('cleanly at any byte just ends, and the events before are complete', async () => {
    let at = 0
    const simulator = await simulate({ script: () => step({ dropAtByte: at }) })
    const source = claude(clientOf(simulator))
    for (at = 0; at < 1_000; at += 13) {
      const { events, error } = await listen(source)
      expect(error).toBeUndefined()
      expect('One two three'.startsWith(textOf(events))).toBe(true)
      expect(typesOf(events)).not.toContain('message.stopped')
    }
  })

  it('by a reset at any byte is connection-lost, retryable', async () => {
    let at = 1
    const simulator = await simulate({ script: () => step({ resetAtByte: at }) })
    const source = claude(clientOf(simulator))
    for (at = 1; at < 1_000; at += 97) {
      const { events, error } = await listen(source)
      expect(error).toMatchObject({ code: 'connection-lost', retryable: true })
      expect(error?.message).toContain('in the middle of the reply')
      expect('One two three'.startsWith(textOf(events))).toBe(true)
    }
  })

  it('after a delta or before message_stop yields no message_stop', async () => {
    const cut = await heard(step({ truncateAfterDeltas: 2 }))
    expect([textOf(cut.events), cut.error]).toEqual(['One two ', undefined])
    expect(typesOf(cut.events).at(-1)).toBe('block.delta')
    expect(typesOf((await heard(step({ truncateBeforeStop: true }))).events).at(-1)).toBe('message.delta')
  })

  it('before its first byte is connection-failed, retryable', async () => {
    const error = await errorOf(step({ resetBeforeHeaders: true }))
    expect([error.code, error.retryable]).toEqual(['connection-failed', true])
  })

  it('is stream-malformed, with advice, when it is a JSON body', async () => {
    const error = await errorOf(step({ answerAsJson: true }))
    expect([error.code, error.retryable]).toEqual(['stream-malformed', false])
    expect(error.message).toContain('proxies')
  })
})

describe('a client that cannot reach the API', () => {
  it('fails with connection-failed, retryable, and the reason without a server', async () => {
    const simulator = await simulate({})
    await simulator.close()
    const error = await errorOf(clientOf(simulator))
    expect([error.code, error.retryable]).toEqual(['connection-failed', true])
    expect(error.message).toContain('could not be reached')
  })

  it('fails with authentication-failed without a key', async () => {
    for (const name of ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_PROFILE']) vi.stubEnv(name, undefined)
    vi.stubEnv('HOME', '/nowhere')
    vi.stubEnv('XDG_CONFIG_HOME', '/nowhere')
    const { url } = await simulate({ script: [] })
    const error = await errorOf(new Anthropic({ apiKey: null, authToken: null, baseURL: url }))
    expect([error.code, error.retryable]).toEqual(['authentication-failed', false])
    expect(error.message).toContain('no way to sign requests')
  })

  it('fails with source-failed, not retryable, when the request cannot be written as JSON', async () => {
    const simulator = await simulate({ script: [] })
    const { error } = await listen(claude(clientOf(simulator)), { fields: { metadata: { user_id: 1n } } })
    expect(error).toMatchObject({ code: 'source-failed', retryable: false })
    expect(simulator.requests).toEqual([])
  })

  it('fails with source-failed when a header is invalid', async () => {
    const simulator = await simulate({ script: [] })
    const { error } = await listen(claude(clientOf(simulator)), { fields: { betas: ['a\nb'] } })
    expect(error).toMatchObject({ code: 'source-failed', retryable: false })
  })
})
