import { describe, expect, it } from 'vitest'
import {
  type JsonObject,
  redactedThinking,
  refuse,
  refusalTestString,
  reply,
  type ScriptStep,
  type ScriptedRefusal,
  serverToolUse,
  type SimulatorOptions,
  text,
  thinking,
  toolUse,
  webSearchResult,
} from '../../src/testing/index.ts'
import { ask, errorOf, request, send, simulate, stream, the } from './http.ts'

const granted = { 'anthropic-beta': 'fallback-credit-2026-07-01' }
const asked = request({ model: 'claude-opus-5-5', system: 'Be brief.' })
const target = 'claude-opus-4-8'
const minted = (refusal: Partial<ScriptedRefusal> = {}, content: Parameters<typeof refuse>[1] = []): ScriptStep =>
  refuse({ creditToken: 'mint', ...refusal }, content)

/** A refused request, its credit token, and a function that retries it. */
const refused = async (
  step: ScriptStep = minted(),
  change: JsonObject = {},
  options: SimulatorOptions = {},
  headers: Record<string, string> = granted,
) => {
  const simulator = await simulate({ script: [step], onExhausted: 'answer', ...options })
  const body = { ...asked, ...change }
  const first = await ask(simulator, body, headers)
  const details: JsonObject = first.stop_details ?? {}
  const token = details['fallback_credit_token']
  const retry = (more: JsonObject = {}, retryHeaders: Record<string, string> = headers) =>
    send(simulator, { ...body, model: target, fallback_credit_token: token, ...more }, retryHeaders)
  const bestEffort = async (more: JsonObject = {}, retryHeaders: Record<string, string> = headers) =>
    (await retry({ fallback_credit_token: { token, mode: 'best_effort' }, ...more }, retryHeaders)).json()
  return { simulator, body, first, details, token, retry, bestEffort }
}

const redeemed = { fallback_credit: { status: { type: 'redeemed' } } }
const notApplied = (reason: string) => ({
  usage: { fallback_credit: { status: { type: 'not_applied', reason } } },
  stop_reason: 'end_turn',
})
const continuing = (content: unknown): JsonObject => ({
  messages: [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content },
  ],
})

describe('a credit token is minted', () => {
  it.each(['fallback-credit-2026-07-01', 'fallback-credit-2026-06-01', 'server-side-fallback-2026-07-01'])(
    'under the header %s',
    async (beta) => {
      const headers = { 'anthropic-beta': beta }
      const { details, retry } = await refused(minted(), {}, {}, headers)
      expect(details).toMatchObject({
        fallback_credit_token: expect.stringMatching(/^fct_/),
        fallback_has_prefill_claim: false,
      })
      expect((await retry()).status).toBe(200)
    },
  )

  it('not with another header, and not without one', async () => {
    const other = { 'anthropic-beta': 'server-side-fallback-2026-06-01' }
    for (const headers of [other, {}])
      expect((await refused(minted(), {}, {}, headers)).details).not.toHaveProperty('fallback_credit_token')
  })

  it('for the refusal test string if the option asks for it', async () => {
    const messages = [{ role: 'user', content: refusalTestString }]
    const refusal = { models: ['claude-opus-5-5'], afterDeltas: 2, credit: true }
    const { details, retry } = await refused({ default: true }, { messages }, { refusal })
    expect(details).toMatchObject({ fallback_has_prefill_claim: true })
    expect(await (await retry()).json()).toMatchObject({ model: target, stop_reason: 'end_turn', usage: redeemed })
  })

  it.each<[string, JsonObject]>([
    ['for a model without fallback targets', { model: 'claude-haiku-5-5' }],
    ['for a model without a successor', { model: 'claude-opus-4-8' }],
    ['with output_config.format', { output_config: { format: { type: 'json_schema', schema: {} } } }],
    [
      'with a forced tool',
      {
        model: 'claude-fable-5',
        tools: [{ name: 'look', input_schema: { type: 'object' } }],
        tool_choice: { type: 'any' },
      },
    ],
  ])('but not %s', async (_, change) => {
    const { details } = await refused(minted(), change)
    expect(details).toMatchObject({ fallback_credit_token: null, fallback_has_prefill_claim: null })
  })

  it('a token from a script is sent unchanged and can be redeemed by any request', async () => {
    const { details, retry } = await refused(refuse({ creditToken: 'fct_own' }))
    expect(details).toMatchObject({ fallback_credit_token: 'fct_own', fallback_has_prefill_claim: false })
    expect(await (await retry({ system: 'Be long.' })).json()).toMatchObject({ usage: redeemed })
  })
})

it('if all fallback models refuse, the credit is for the refusal of the last one', async () => {
  const both = { 'anthropic-beta': 'fallback-credit-2026-07-01,server-side-fallback-2026-07-01' }
  const hop = refuse({ creditToken: 'mint', at: 'after' }, 'two')
  const step = refuse({ at: 'after', fallbacks: [hop] }, 'one ')
  const simulator = await simulate({ script: [step], onExhausted: 'answer' })
  const fallbacks = [{ model: 'claude-opus-5', output_config: { effort: 'low' } }]
  const events = await stream(simulator, { ...asked, fallbacks }, both)
  const details = the(events, 'message_delta').delta?.['stop_details'] as JsonObject
  const retry = { ...asked, model: target, fallback_credit_token: details['fallback_credit_token'] }
  const said = [text('one '), { type: 'fallback', from: {}, to: {} }, text('two')]
  expect((await send(simulator, { ...retry, ...continuing(said) }, both)).status).toBe(200)
  expect((await send(simulator, retry, both)).status).toBe(200)
  expect((await send(simulator, { ...retry, model: 'claude-opus-5' }, both)).status).toBe(400)
})

describe('a credit token is redeemed', () => {
  it('by the same body on a permitted model, which message_start and message_delta say', async () => {
    const { simulator, body, token } = await refused()
    const events = await stream(simulator, { ...body, model: target, fallback_credit_token: token }, granted)
    expect(the(events, 'message_start').message).toMatchObject({ usage: redeemed })
    expect(the(events, 'message_delta').usage).toMatchObject(redeemed)
  })

  it.each<[string, JsonObject]>([
    ['max_tokens', { max_tokens: 9 }],
    ['stop_sequences', { stop_sequences: ['x'] }],
    ['metadata', { metadata: { user_id: 'u' } }],
    ['service_tier', { service_tier: 'auto' }],
  ])('although %s changes', async (_, change) => {
    expect((await (await refused()).retry(change)).status).toBe(200)
  })

  it('although a server-side-fallback header is added or removed', async () => {
    const both = { 'anthropic-beta': 'server-side-fallback-2026-07-01, fallback-credit-2026-07-01' }
    expect((await (await refused()).retry({}, both)).status).toBe(200)
  })

  it('more than once', async () => {
    const { retry } = await refused()
    expect([(await retry()).status, (await retry()).status]).toEqual([200, 200])
  })

  it('by continuing the text of the refused reply without trailing whitespace, even on a model without prefill', async () => {
    const { details, retry } = await refused(minted({ at: { afterDeltas: 2 } }, [text('It begins ', 'so ', 'well')]))
    expect(details['fallback_has_prefill_claim']).toBe(true)
    const response = await retry(continuing([{ type: 'text', text: 'It begins so' }]))
    expect(await response.json()).toMatchObject({ usage: redeemed })
  })

  it('by continuing with server tool results, without thinking and client tool calls', async () => {
    const content = [
      thinking('Hm'),
      redactedThinking(),
      serverToolUse('web_search', { query: 'x' }),
      webSearchResult([]),
      text('Found. '),
      serverToolUse('web_search'),
      toolUse('look'),
    ]
    const { first, retry } = await refused(minted({ at: 'after' }, content))
    const kept = [first.content[2], first.content[3], { type: 'text', text: 'Found.' }]
    expect((await retry(continuing(kept))).status).toBe(200)
    expect((await retry(continuing([...first.content.slice(0, 2), ...kept]))).status).toBe(200)
    expect((await retry(continuing(kept.slice(2)))).status).toBe(400)
  })

  it('between further models', async () => {
    const { retry } = await refused(minted(), { model: 'one' }, { models: ['one', 'two'] })
    expect((await retry({ model: 'two' })).status).toBe(200)
    expect((await errorOf(await retry({ model: 'one' }))).error.message).toContain('cannot be retried on one')
  })
})

describe('a credit token that can’t be redeemed', () => {
  const other = { role: 'user', content: 'Other' }
  const search = { type: 'web_search_20260318', name: 'web_search' }

  it.each<[string, JsonObject, string]>([
    ['another system prompt', { system: 'Be long.' }, '`system` differs from the refused request'],
    ['other messages', { messages: [other] }, '`messages` differs'],
    ['other tools', { tools: [search] }, '`tools` differs'],
    ['another tool choice', { tools: [search], tool_choice: { type: 'none' } }, '`tools` differs'],
    ['other thinking', { thinking: { type: 'adaptive' } }, '`thinking` differs'],
    ['another cache_control', { cache_control: { type: 'ephemeral' } }, '`cache_control` differs'],
    ['another output_config', { output_config: { effort: 'low' } }, '`output_config` differs'],
    ['another container', { container: 'c1' }, '`container` differs'],
    ['a continuation without the claim', continuing('It begins'), 'does not permit an appended assistant message'],
    ['the refusing model', { model: 'claude-opus-5-5' }, 'cannot be retried on claude-opus-5-5'],
    ['a model that is not permitted', { model: 'claude-sonnet-5' }, 'cannot be retried on claude-sonnet-5'],
  ])('is a 400 for %s', async (_, change, message) => {
    const { retry } = await refused()
    expect((await errorOf(await retry(change))).error.message).toMatch(/^fallback_credit_token: /)
    expect((await errorOf(await retry(change))).error.message).toContain(message)
  })

  it('is a 400 with other beta headers', async () => {
    const { retry } = await refused()
    const more = { 'anthropic-beta': 'fallback-credit-2026-07-01,context-management-2025-06-27' }
    expect((await errorOf(await retry({}, more))).error.message).toContain('`anthropic-beta` differs')
  })

  it('expires five minutes after the refusal', async () => {
    let time = 0
    const { retry, bestEffort } = await refused(minted(), {}, { now: () => time })
    time = 299_999
    expect((await retry()).status).toBe(200)
    time = 300_000
    expect((await errorOf(await retry())).error.message).toContain('the token expired')
    expect(await bestEffort()).toMatchObject(notApplied('expired'))
  })

  it('does not fail a best_effort request, which names the reason', async () => {
    const { bestEffort } = await refused()
    expect(await bestEffort()).toMatchObject({ usage: redeemed })
    expect(await bestEffort({ system: 'Be long.' })).toMatchObject(notApplied('body_mismatch'))
    expect(await bestEffort({ model: 'claude-sonnet-5' })).toMatchObject(notApplied('invalid_target_model'))
  })

  it('can require a continuation', async () => {
    const { retry, bestEffort } = await refused(minted({ at: 'after', continuationOnly: true }, 'Half'))
    expect((await errorOf(await retry())).error.message).toBe(
      'fallback_credit_token: the token must be redeemed by continuing the partial response',
    )
    expect(await bestEffort()).toMatchObject(notApplied('continuation_only'))
    expect(await bestEffort(continuing('Half'))).toMatchObject({ usage: redeemed })
  })

  it('can exclude a continuation, which is then an ordinary prefill', async () => {
    const { bestEffort } = await refused(minted({ at: 'after', hasPrefillClaim: false }, 'Half'))
    expect(await bestEffort()).toMatchObject({ usage: redeemed })
    expect(await bestEffort(continuing('Half'))).toMatchObject({
      error: { message: expect.stringContaining('does not support assistant message prefill') },
    })
  })
})

describe('a credit token is a 400 in both modes', () => {
  it.each<[string, unknown]>([
    ['if it was not minted', 'fct_1'],
    ['if it is empty', ''],
    ['if it is a number', 7],
  ])('%s', async (_, token) => {
    const { retry } = await refused()
    for (const given of [token, { token, mode: 'best_effort' }])
      expect((await errorOf(await retry({ fallback_credit_token: given }))).error.message).toBe(
        'fallback_credit_token: malformed token',
      )
  })

  it('if it was edited', async () => {
    const { token, retry } = await refused()
    expect((await retry({ fallback_credit_token: `${String(token)}x` })).status).toBe(400)
  })

  it('together with fallbacks', async () => {
    const both = { 'anthropic-beta': 'fallback-credit-2026-07-01,server-side-fallback-2026-07-01' }
    const { token, retry } = await refused(minted(), {}, {}, both)
    for (const given of [token, { token, mode: 'best_effort' }])
      expect((await errorOf(await retry({ fallback_credit_token: given, fallbacks: 'default' }))).error.message).toBe(
        'fallback_credit_token: cannot be combined with fallbacks',
      )
  })

  it.each<[string, JsonObject, string]>([
    [
      'with an unknown mode',
      { mode: 'lenient' },
      "fallback_credit_token.mode: Input should be 'strict' or 'best_effort'",
    ],
    ['with an unknown field', { x: 1 }, 'fallback_credit_token.x: Extra inputs are not permitted'],
  ])('%s', async (_, more, message) => {
    const { token, retry } = await refused()
    expect((await errorOf(await retry({ fallback_credit_token: { token, ...more } }))).error.message).toBe(message)
  })

  it('as an object with any header but the newest', async () => {
    const { token, retry } = await refused(minted(), {}, {}, { 'anthropic-beta': 'fallback-credit-2026-06-01' })
    expect((await retry()).status).toBe(200)
    expect((await errorOf(await retry({ fallback_credit_token: { token } }))).error.message).toContain(
      'an object requires the header anthropic-beta: fallback-credit-2026-07-01',
    )
  })

  it('without its header', async () => {
    const { retry } = await refused()
    expect((await errorOf(await retry({}, {}))).error.message).toBe(
      'fallback_credit_token: Extra inputs are not permitted',
    )
  })
})

it('the reply to a request without a token does not mention credit', async () => {
  const simulator = await simulate({ script: [reply('Hi')] })
  expect((await ask(simulator, asked, granted)).usage).not.toHaveProperty('fallback_credit')
})
