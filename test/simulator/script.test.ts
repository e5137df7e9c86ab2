import { describe, expect, it } from 'vitest'
import { httpError, refuse, reply, text, thinking, toolUse, type ScriptedRefusal } from '../../src/testing/index.ts'
import { ask, deltasOf, errorOf, request, send, simulate, stream, the, typesOf } from './http.ts'

describe('scripted blocks', () => {
  it('sends text in the given deltas', async () => {
    const simulator = await simulate({
      script: [reply([text('Hel', 'lo')]), reply([{ type: 'text', text: 'abcde', deltas: 2 }])],
    })
    expect(deltasOf(await stream(simulator)).map((delta) => delta['text'])).toEqual(['Hel', 'lo'])
    expect(deltasOf(await stream(simulator)).map((delta) => delta['text'])).toEqual(['ab', 'cd', 'e'])
  })

  it('sends citations after the text', async () => {
    const citation = { type: 'char_location', cited_text: 'x' }
    const simulator = await simulate({
      script: [1, 2].map(() => reply([{ type: 'text', text: 'Cited', citations: [citation] }])),
    })
    const events = await stream(simulator)
    expect(the(events, 'content_block_start').content_block).toEqual({ type: 'text', text: '', citations: [] })
    expect(deltasOf(events).at(-1)).toEqual({ type: 'citations_delta', citation })
    expect((await ask(simulator, request())).content[0]?.['citations']).toEqual([citation])
  })

  it('sends thinking with its signature last', async () => {
    const events = await stream(await simulate({ script: [reply([thinking('Hm', 'mm'), text('Yes')])] }))
    expect(the(events, 'content_block_start').content_block).toEqual({
      type: 'thinking',
      thinking: '',
      signature: '',
    })
    expect(deltasOf(events).map(({ type }) => type)).toEqual([
      'thinking_delta',
      'thinking_delta',
      'signature_delta',
      'text_delta',
    ])
  })

  it('sends only the signature of omitted thinking, and no signature if it is empty', async () => {
    const simulator = await simulate({
      script: [
        reply([{ type: 'thinking', thinking: 'Secret', omitted: true }]),
        reply([{ type: 'thinking', thinking: 'Open', signature: '' }]),
      ],
    })
    const omitted = await stream(simulator)
    expect(deltasOf(omitted).map(({ type }) => type)).toEqual(['signature_delta'])
    expect(JSON.stringify(omitted)).not.toContain('Secret')
    expect(deltasOf(await stream(simulator)).map(({ type }) => type)).toEqual(['thinking_delta'])
  })

  it('sends redacted thinking complete in its start', async () => {
    const events = await stream(await simulate({ script: [reply([{ type: 'redacted_thinking', data: 'abc' }])] }))
    expect(the(events, 'content_block_start').content_block).toEqual({ type: 'redacted_thinking', data: 'abc' })
    expect(deltasOf(events)).toEqual([])
  })

  it('sends tool input in fragments after an empty one, with stop reason tool_use', async () => {
    const simulator = await simulate({
      script: [
        reply([{ type: 'tool_use', name: 'look', input: { at: 'sky' }, fragment: 5 }]),
        reply([toolUse('look', { at: 'sky' }, 'toolu_x')]),
      ],
    })
    const events = await stream(simulator)
    expect(the(events, 'content_block_start').content_block).toEqual({
      type: 'tool_use',
      id: 'toolu_01Simulated000000000001',
      name: 'look',
      input: {},
    })
    const fragments = deltasOf(events).map((delta) => delta['partial_json'])
    expect(fragments).toEqual(['', '{"at"', ':"sky', '"}'])
    expect(the(events, 'message_delta').delta?.['stop_reason']).toBe('tool_use')
    expect((await ask(simulator, request())).content).toEqual([
      { type: 'tool_use', id: 'toolu_x', name: 'look', input: { at: 'sky' } },
    ])
  })

  it('sends broken tool input unchanged', async () => {
    const events = await stream(await simulate({ script: [reply([{ type: 'tool_use', name: 'a', json: '{"x":' }])] }))
    expect(
      deltasOf(events)
        .map((delta) => delta['partial_json'])
        .join(''),
    ).toBe('{"x":')
  })

  it('sends raw blocks of any type, with deltas of any type', async () => {
    const block = { type: 'hologram', light: '' }
    const deltas = [{ type: 'light_delta', light: 'blue' }]
    const simulator = await simulate({ script: [1, 2].map(() => reply([{ type: 'raw', block, deltas }])) })
    const events = await stream(simulator)
    expect(the(events, 'content_block_start').content_block).toEqual(block)
    expect(deltasOf(events)).toEqual(deltas)
    expect((await ask(simulator, request())).content).toEqual([{ type: 'hologram', light: 'blue' }])
  })
})

describe('scripted endings', () => {
  it.each(['max_tokens', 'pause_turn', 'model_context_window_exceeded', 'compaction', 'of_tomorrow', null])(
    'stops for %s',
    async (stopReason) => {
      expect((await ask(await simulate({ script: [reply('x', { stopReason })] }), request())).stop_reason).toBe(
        stopReason,
      )
    },
  )

  it('can have a stop sequence, and no stop reason', async () => {
    const simulator = await simulate({ script: [reply('x', { stopSequence: 'END' }), reply('')] })
    expect(await ask(simulator, request())).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' })
    expect(await ask(simulator, request())).toMatchObject({ stop_reason: 'end_turn', content: [] })
  })

  it('have the given usage, model, container and further fields', async () => {
    const events = await stream(
      await simulate({
        script: [
          reply('x', {
            model: 'claude-opus-4-8',
            container: { id: 'c1' },
            usage: {
              inputTokens: 7,
              outputTokens: 9,
              cacheReadInputTokens: 3,
              thinkingTokens: 2,
              extra: { iterations: [] },
            },
            startFields: { input_transformations: [] },
            deltaFields: { context_management: { applied_edits: [] } },
            headers: { 'x-extra': '1' },
          }),
        ],
      }),
    )
    expect(the(events, 'message_start').message).toMatchObject({
      model: 'claude-opus-4-8',
      input_transformations: [],
      usage: { input_tokens: 7, cache_read_input_tokens: 3 },
    })
    expect(the(events, 'message_delta')).toMatchObject({
      delta: { container: { id: 'c1' } },
      context_management: { applied_edits: [] },
      usage: { input_tokens: 7, output_tokens: 9, iterations: [], output_tokens_details: { thinking_tokens: 2 } },
    })
  })
})

describe('scripted refusals', () => {
  const cases: readonly [string, ScriptedRefusal['at'], boolean, readonly string[]][] = [
    ['before output', 'before', false, []],
    ['after n deltas, block closed', { afterDeltas: 1 }, false, ['start', 'delta', 'stop']],
    ['after n deltas, block open', { afterDeltas: 1 }, true, ['start', 'delta']],
    ['after all output', 'after', false, ['start', 'delta', 'delta', 'stop']],
    ['after all output, block open', 'after', true, ['start', 'delta', 'delta']],
    ['after no deltas', { afterDeltas: 0 }, false, []],
  ]
  it.each(cases)('can come %s', async (_, at, openBlock, blocks) => {
    const refusal = at === 'before' ? { at } : { at, openBlock }
    const events = await stream(await simulate({ script: [refuse(refusal, [text('a', 'b')])] }))
    expect(typesOf(events)).toEqual([
      'message_start',
      'ping',
      ...blocks.map((name) => `content_block_${name}`),
      'message_delta',
      'message_stop',
    ])
    expect(the(events, 'message_delta').delta).toMatchObject({ stop_reason: 'refusal' })
  })

  it('can cut off tool input and thinking', async () => {
    const simulator = await simulate({
      script: [
        refuse({ at: { afterDeltas: 2 }, openBlock: true }, [toolUse('a', { path: '/long/enough/to/be/cut' })]),
        refuse({ at: { afterDeltas: 1 } }, [thinking('One ', 'two')]),
      ],
    })
    expect(deltasOf(await stream(simulator))).toEqual([
      { type: 'input_json_delta', partial_json: '' },
      { type: 'input_json_delta', partial_json: '{"path":"/lo' },
    ])
    expect((await ask(simulator, request())).content).toEqual([{ type: 'thinking', thinking: 'One ', signature: '' }])
  })

  it('have a category and an explanation, or no details', async () => {
    const simulator = await simulate({
      script: [refuse({ category: 'bio', explanation: 'Why.' }), refuse({ omitDetails: true })],
    })
    expect((await ask(simulator, request())).stop_details).toEqual({
      type: 'refusal',
      category: 'bio',
      explanation: 'Why.',
    })
    expect(await ask(simulator, request())).toMatchObject({ stop_reason: 'refusal', stop_details: null })
  })

  it.each(['fallback-credit-2026-07-01', 'fallback-credit-2026-06-01', 'server-side-fallback-2026-07-01'])(
    'offers credit to requests with the header %s, and only to them',
    async (beta) => {
      const step = refuse({ creditToken: 'fct_1', hasPrefillClaim: true, recommendedModel: 'claude-opus-4-8' })
      const simulator = await simulate({ script: [step, step] })
      expect((await ask(simulator, request(), { 'anthropic-beta': beta })).stop_details).toMatchObject({
        fallback_credit_token: 'fct_1',
        fallback_has_prefill_claim: true,
        recommended_model: 'claude-opus-4-8',
      })
      expect((await ask(simulator, request())).stop_details).not.toHaveProperty('fallback_credit_token')
    },
  )
})

describe('scripted errors', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [409, 'conflict_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
  ])('has for status %i the type %s', async (status, type) => {
    const error = await errorOf(await send(await simulate({ script: [httpError(status)] }), request()))
    expect(error).toMatchObject({ status, error: { type } })
  })

  it('have a message, details, retry-after and x-should-retry', async () => {
    const script = [
      httpError(429, {
        message: 'Slow down',
        details: { error_code: 'ramp_limit_exceeded' },
        retryAfter: 7,
        shouldRetry: false,
        headers: { 'x-more': '1' },
      }),
    ]
    const response = await send(await simulate({ script }), request({ stream: true }))
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'retry-after': '7',
      'x-should-retry': 'false',
      'x-more': '1',
    })
    expect((await errorOf(response)).error).toEqual({
      type: 'rate_limit_error',
      message: 'Slow down',
      details: { error_code: 'ramp_limit_exceeded' },
    })
  })

  it('can be the page of a proxy', async () => {
    const response = await send(
      await simulate({ script: [httpError(502, { body: '<h1>Bad gateway</h1>' })] }),
      request(),
    )
    expect([response.status, await response.text()]).toEqual([502, '<h1>Bad gateway</h1>'])
  })
})

describe('scripts', () => {
  it('are used up by valid requests, in order', async () => {
    const simulator = await simulate({ script: [reply('one'), reply('two')] })
    expect((await ask(simulator, request())).content[0]?.['text']).toBe('one')
    expect((await send(simulator, request({ messages: [] }))).status).toBe(400)
    expect((await ask(simulator, request())).content[0]?.['text']).toBe('two')
    expect(simulator.requests.map(({ step }) => step)).toEqual([0, undefined, 1])
    simulator.assertConsumed()
    await simulator.close({ assertConsumed: true })
  })

  it('can be functions of the request; undefined means the default answer', async () => {
    const simulator = await simulate({
      script: ({ index, body }) => (index === 0 ? reply(`max ${String(body?.['max_tokens'])}`) : undefined),
    })
    expect((await ask(simulator, request())).content[0]?.['text']).toBe('max 1024')
    expect((await ask(simulator, request())).content[0]?.['text']).toContain('This is the turnstate simulator')
  })

  it('pass a function a record that is updated later', async () => {
    const seen: unknown[] = []
    const simulator = await simulate({ script: (asked) => void seen.push(asked) })
    await ask(simulator, request())
    expect(seen[0]).toBe(simulator.requests[0])
  })

  it('end with default answers if the option asks for it', async () => {
    const simulator = await simulate({ script: [reply('one')], onExhausted: 'answer' })
    await ask(simulator, request())
    expect((await ask(simulator, request())).stop_reason).toBe('end_turn')
    await simulator.close({ assertConsumed: true })
  })
})
