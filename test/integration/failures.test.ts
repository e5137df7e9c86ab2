import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { claude } from '../../src/index.ts'
import { httpError, reply, type ScriptFaults, text } from '../../src/testing/index.ts'
import { endAll, simulated } from './simulated.ts'

afterEach(endAll)

const answer = (faults: ScriptFaults = {}) => reply([text('one ', 'two ', 'three')], { faults })

describe('a transient failure', () => {
  it.each([
    ['429', httpError(429)],
    ['500', httpError(500)],
    ['503', httpError(503)],
    ['529', httpError(529)],
    [
      'an overloaded_error in the middle of the stream',
      answer({ midStreamError: { afterDeltas: 1, type: 'overloaded_error' } }),
    ],
    ['a lost connection', answer({ resetAtByte: 600 })],
    ['a connection reset before the response', answer({ resetBeforeHeaders: true })],
    ['a stream that ends early', answer({ truncateAfterDeltas: 1 })],
    ['a stream without its last event', answer({ truncateBeforeStop: true })],
  ])('is retried after %s, and nothing of the failed attempt remains', async (_, step) => {
    const { chat, sim, asked } = await simulated({ script: [step, reply([text('whole')])] })
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({ status: 'completed', text: 'whole' })
    expect(sim.requests).toHaveLength(2)
    expect(asked(1)).toEqual(['Hello'])
    expect(chat.history).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [{ type: 'text', text: 'whole' }] },
    ])
  })

  it('is retried after a stalled stream', async () => {
    const { create } = await simulated({ script: [answer({ stallAfterDeltas: 1 }), reply([text('whole')])] })
    const chat = create({ idleTimeout: 50 })
    const scheduled: string[] = []
    chat.on('retry.scheduled', ({ failure }) => scheduled.push(failure.code))
    expect((await chat.sendMessage('Hello')).text).toBe('whole')
    expect(scheduled).toEqual(['stream-stalled'])
  })

  it('fails the turn after the last attempt, and keeps its text as partial', async () => {
    const { chat, sim } = await simulated({
      script: Array.from({ length: 3 }, () => answer({ truncateAfterDeltas: 2 })),
    })
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({ status: 'failed', text: 'one two ', error: { code: 'stream-truncated' } })
    expect(sim.requests).toHaveLength(3)
    expect(chat.messages.at(-1)?.status).toBe('partial')
  })

  it('fails at once, with the time to wait, when retry-after exceeds the cap', async () => {
    const { chat, sim } = await simulated({ script: [httpError(429, { retryAfter: 3_600 })] })
    const { error } = await chat.sendMessage('Hello')
    expect(error).toMatchObject({ code: 'rate-limited', details: { retryAfter: 3_600_000, status: 429 } })
    expect(error?.message).toContain('3600 s')
    expect(sim.requests).toHaveLength(1)
  })
})

describe('a permanent failure', () => {
  it.each([
    ['an invalid model name', { model: 'claude-imaginary' }, 'model-not-found', 404],
    ['a request that the API rejects', { request: { system: 5 as never } }, 'request-invalid', 400],
  ] as const)('%s fails the turn with %s and leaves the conversation usable', async (_, options, code, status) => {
    const { create, sim } = await simulated()
    const chat = create(options)
    const { status: ended, error } = await chat.sendMessage('Hello')
    expect([ended, error?.code, error?.details.status]).toEqual(['failed', code, status])
    expect(error?.details.requestId).toMatch(/^req_/)
    expect(sim.requests).toHaveLength(1)
    expect(chat.canSend).toBe(true)
  })

  it('with an unknown model is resolved by setModel() and retry()', async () => {
    const { create } = await simulated()
    const chat = create({ model: 'claude-imaginary' })
    await chat.sendMessage('Hello')
    chat.setModel('claude-opus-5-5')
    expect((await chat.retry()).status).toBe('completed')
  })

  it('with a wrong key is authentication-failed', async () => {
    const { create } = await simulated({ apiKeys: ['another'] })
    expect((await create().sendMessage('Hello')).error).toMatchObject({ code: 'authentication-failed' })
  })

  it('with an oversized system prompt is request-too-large until the prompt is smaller', async () => {
    const { create } = await simulated()
    const chat = create({ request: { system: 'x'.repeat(33 * 1024 * 1024) } })
    const { error } = await chat.sendMessage('Hello')
    expect(error).toMatchObject({ code: 'request-too-large', details: { status: 413 } })
    chat.setSystem('Be brief.')
    expect((await chat.sendMessage('Hello')).status).toBe('completed')
  })

  it('at an address without a server is connection-failed', async () => {
    const { sim, create } = await simulated()
    const { url } = sim
    await sim.close()
    const chat = create({
      source: claude(new Anthropic({ apiKey: 'k', baseURL: url })),
      retry: { maxAttempts: 2, baseDelay: 1 },
    })
    expect((await chat.sendMessage('Hello')).error?.code).toBe('connection-failed')
  })
})

describe('stop', () => {
  it('closes the socket of the request and keeps the partial reply, which a follow-up can build on', async () => {
    const { chat, sim, asked } = await simulated({ script: [answer({ stallAfterDeltas: 2 }), reply([text('short')])] })
    const turn = chat.sendMessage('Tell me')
    for await (const event of turn) if (event.type === 'delta' && event.seq === 1) break
    chat.stop()
    expect(await turn).toMatchObject({ status: 'stopped', text: 'one two ' })
    await sim.requests[0]?.closed
    expect(sim.requests[0]?.aborted).toBe(true)
    expect((await chat.sendMessage('shorter, please')).text).toBe('short')
    expect(asked(-1)).toEqual(['Tell me', 'one two ', 'shorter, please'])
  })
})

describe('the request', () => {
  it('carries further fields unchanged, and betas as a header', async () => {
    const { create, sim } = await simulated()
    const chat = create({
      request: {
        system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
        metadata: { user_id: 'u1' },
        stop_sequences: ['STOP'],
        betas: ['some-beta-2026-01-01', 'other-beta-2026-02-02'],
      },
    })
    expect((await chat.sendMessage('Hello')).status).toBe('completed')
    expect(sim.requests[0]).toMatchObject({
      body: {
        system: [{ text: 'Be brief.' }],
        metadata: { user_id: 'u1' },
        stop_sequences: ['STOP'],
        max_tokens: 1_000,
      },
      headers: { 'anthropic-beta': 'some-beta-2026-01-01,other-beta-2026-02-02' },
    })
    expect(sim.requests[0]?.body).not.toHaveProperty('betas')
  })
})
