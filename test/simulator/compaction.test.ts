import { describe, expect, it } from 'vitest'
import {
  compact,
  compaction,
  type JsonObject,
  pause,
  refusalTestString,
  reply,
  serverToolUse,
  signCompaction,
  text,
  thinking,
  webSearchResult,
} from '../../src/testing/index.ts'
import { ask, deltasOf, errorOf, request, send, simulate, stream, the, typesOf } from './http.ts'

const header = { 'anthropic-beta': 'compact-2026-09-04' }
const threshold = { 'anthropic-beta': 'compact-2026-01-12' }
const model = 'claude-opus-5-5'
const summarize = { compaction: { type: 'summarize' } }
const user = (content: unknown): JsonObject => ({ role: 'user', content })
const assistant = (...content: readonly unknown[]): JsonObject => ({ role: 'assistant', content })
const history = [user('Hello'), assistant({ type: 'text', text: 'Hi' })]
const asked = request({ model, messages: history, ...summarize })

describe('compaction on demand', () => {
  it('answers with one signed block, complete in its start, and stop reason compaction', async () => {
    const events = await stream(await simulate(), asked, header)
    expect(typesOf(events).filter((type) => type !== 'ping')).toEqual([
      'message_start',
      'content_block_start',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    expect(the(events, 'content_block_start').content_block).toEqual(
      signCompaction('The turnstate simulator\'s summary of 2 messages. The last one said: "Hi".'),
    )
    expect(the(events, 'message_delta').delta).toMatchObject({ stop_reason: 'compaction' })
  })

  it('is an iteration of its own that the totals do not include', async () => {
    const { usage } = await ask(await simulate(), asked, header)
    expect(usage).toMatchObject({ input_tokens: 0, output_tokens: 0, iterations: [{ type: 'compaction' }] })
  })

  it('can be scripted', async () => {
    const step = compact('They greeted each other.', { usage: { inputTokens: 50, outputTokens: 5 } })
    const message = await ask(await simulate({ script: [step] }), asked, header)
    expect(message).toMatchObject({
      content: [signCompaction('They greeted each other.')],
      stop_reason: 'compaction',
      usage: { iterations: [{ type: 'compaction', input_tokens: 50, output_tokens: 5 }] },
    })
  })

  it('is refused if the request contains the test string', async () => {
    const messages = [user(refusalTestString)]
    expect(await ask(await simulate(), { ...asked, messages }, header)).toMatchObject({
      content: [],
      stop_reason: 'refusal',
    })
  })

  it.each<[string, JsonObject]>([
    ['that ends in an assistant message', {}],
    ['that ends in a user message', { messages: history.slice(0, 1) }],
    ['with instructions', { compaction: { type: 'summarize', instructions: 'Be short.' } }],
    ['after an earlier one', { messages: [assistant(signCompaction('Before.')), ...history] }],
  ])('accepts a request %s', async (_, change) => {
    expect((await ask(await simulate(), { ...asked, ...change }, header)).stop_reason).toBe('compaction')
  })

  it.each<[string, JsonObject, Record<string, string>, string]>([
    ['without its header', {}, {}, 'compaction: Extra inputs are not permitted'],
    ['under the header of the threshold', {}, threshold, 'compaction: Extra inputs are not permitted'],
    [
      'to a model without it',
      { model: 'claude-haiku-4-5', messages: history.slice(0, 1) },
      header,
      'compaction: not supported on claude-haiku-4-5',
    ],
    ['of an unknown type', { compaction: { type: 'forget' } }, header, "compaction: Input tag 'forget'"],
    [
      'with an unknown field',
      { compaction: { type: 'summarize', trigger: 1 } },
      header,
      'compaction.summarize.trigger: Extra inputs are not permitted',
    ],
    ['beside stop_sequences', { stop_sequences: ['x'] }, header, 'cannot be combined with stop_sequences'],
    ['beside context_management', { context_management: {} }, header, 'cannot be combined with context_management'],
    ['beside a format', { output_config: { format: {} } }, header, 'cannot be combined with output_config.format'],
    ['beside a forced tool', { tool_choice: { type: 'any' } }, header, 'a tool_choice that forces tool use'],
    [
      'at an unanswered tool call',
      { messages: [user('Hello'), assistant({ type: 'tool_use', id: 't1', name: 'look', input: {} })] },
      header,
      'messages.1.content.0: a conversation that ends in an unanswered `tool_use` cannot be compacted',
    ],
  ])('is a 400 %s', async (_, change, headers, message) => {
    const error = await errorOf(await send(await simulate(), { ...asked, ...change }, headers))
    expect(error).toMatchObject({ status: 400, error: { message: expect.stringContaining(message) } })
  })
})

describe('a signed compaction block', () => {
  const block = signCompaction('They greeted each other.')
  const sent = async (messages: readonly unknown[], headers: Record<string, string> = header) =>
    errorOf(await send(await simulate(), request({ model, messages }), headers))
  const invalid = 'messages.0.content.0: Invalid `signature` in `compaction` block'

  it('is accepted unchanged as the first message, and the conversation continues after it', async () => {
    const simulator = await simulate()
    const { content } = await ask(simulator, asked, header)
    const messages = [assistant(...content), user('So?')]
    expect(await ask(simulator, request({ model, messages }), header)).toMatchObject({ stop_reason: 'end_turn' })
  })

  it('can have a cache breakpoint', async () => {
    const marked = { ...block, cache_control: { type: 'ephemeral' } }
    expect((await sent([assistant(marked), user('So?')])).status).toBe(200)
  })

  it.each<[string, JsonObject]>([
    ['its encrypted part is edited', { ...block, encrypted_content: 'x' }],
    ['its encrypted part is gone', { ...block, encrypted_content: null }],
    ['its signature is another', { ...block, signature: 'c2ln' }],
  ])('is a 400 when %s', async (_, wrong) => {
    expect((await sent([assistant(wrong), user('So?')])).error.message).toBe(invalid)
  })

  it('is a 400 without its header, and with the header for thresholds', async () => {
    for (const headers of [{}, threshold])
      expect((await sent([assistant(block), user('So?')], headers)).error.message).toContain(
        'without the header anthropic-beta: compact-2026-09-04',
      )
  })

  it('is misplaced after any other block, and ambiguous together with another one', async () => {
    const coded = (code: string) => ({ error: { details: { error_code: code } } })
    expect(await sent([...history, assistant(block), user('So?')])).toMatchObject(coded('compaction_block_misplaced'))
    expect(await sent([assistant(block, block), user('So?')])).toMatchObject(coded('compaction_block_ambiguous'))
  })

  it('is a 400 in a user message', async () => {
    expect((await sent([user([block])])).error.message).toContain('can only be in `assistant` messages')
  })
})

describe('compaction at a threshold', () => {
  it('is sent in one delta, before the reply', async () => {
    const simulator = await simulate({ script: [1, 2].map(() => reply([compaction('Short.'), text('Yes')])) })
    const events = await stream(simulator, request({ model }), threshold)
    expect(the(events, 'content_block_start').content_block).toEqual({
      type: 'compaction',
      content: null,
      encrypted_content: null,
    })
    expect(deltasOf(events)[0]).toMatchObject({ type: 'compaction_delta', content: 'Short.' })
    expect(the(events, 'message_delta').delta).toMatchObject({ stop_reason: 'end_turn' })
    expect((await ask(simulator, request({ model }), threshold)).content[0]).toMatchObject({ content: 'Short.' })
  })

  it('can fail, and the failed block can be sent back', async () => {
    const simulator = await simulate({ script: [reply([compaction(null), text('Yes')])], onExhausted: 'answer' })
    const { content } = await ask(simulator, request({ model }), threshold)
    expect(content[0]).toEqual({ type: 'compaction', content: null, encrypted_content: null })
    const messages = [user('Hello'), assistant(...content), user('So?')]
    expect((await send(simulator, request({ model, messages }), threshold)).status).toBe(200)
  })

  it('can pause the reply, which continues when it is sent back', async () => {
    const simulator = await simulate({ script: [reply([compaction('Short.')])], onExhausted: 'answer' })
    const { content, stop_reason: reason } = await ask(simulator, request({ model }), threshold)
    expect(reason).toBe('compaction')
    const messages = [user('Hello'), assistant(...content)]
    expect((await send(simulator, request({ model, messages }), threshold)).status).toBe(200)
  })

  it('is a 400 with an empty summary and without a header', async () => {
    const messages = [assistant({ type: 'compaction', content: '' }), user('So?')]
    const simulator = await simulate()
    expect((await errorOf(await send(simulator, request({ model, messages }), threshold))).error.message).toContain(
      'String should have at least 1 character',
    )
    expect((await send(simulator, request({ model, messages }))).status).toBe(400)
  })
})

describe('a paused reply', () => {
  const tools = [{ type: 'web_search_20260318', name: 'web_search' }]
  const found = [serverToolUse('web_search', { query: 'x' }), webSearchResult([]), text('So far. ')]

  it('continues when it is sent back unchanged', async () => {
    const simulator = await simulate({ script: [pause(found), pause('And. '), reply('Done.')] })
    const body = request({ model, tools })
    const first = await ask(simulator, body)
    expect(first.stop_reason).toBe('pause_turn')
    const second = await ask(simulator, { ...body, messages: [user('Hello'), assistant(...first.content)] })
    const both = assistant(...first.content, ...second.content)
    const third = await ask(simulator, { ...body, messages: [user('Hello'), both] })
    expect(third.content).toEqual([{ type: 'text', text: 'Done.' }])
  })

  it('is a prefill if it was edited or did not pause', async () => {
    const simulator = await simulate({ script: [pause('So far.'), reply('Done.')] })
    const body = request({ model })
    const back = (said: string) =>
      send(simulator, { ...body, messages: [user('Hello'), assistant({ type: 'text', text: said })] })
    expect((await back('So far.')).status).toBe(400)
    await ask(simulator, body)
    expect((await back('So near.')).status).toBe(400)
    expect((await back('So far.')).status).toBe(200)
  })

  it('can pause inside a server tool, whose result is in the next reply', async () => {
    const simulator = await simulate({
      script: [
        pause([thinking('Hm'), serverToolUse('web_search')]),
        reply([webSearchResult('unavailable'), thinking('Ah'), text('No.')]),
        reply('Bye.'),
      ],
    })
    const body = request({ model, tools })
    const first = await ask(simulator, body)
    const going = [user('Hello'), assistant(...first.content)]
    const second = await ask(simulator, { ...body, messages: going })
    expect(second.content[0]).toEqual({
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_01Simulated000000000001',
      content: { type: 'web_search_tool_result_error', error_code: 'unavailable' },
    })
    const messages = [...going, assistant(...second.content), user('Thanks')]
    expect((await ask(simulator, { ...body, messages })).content[0]?.['text']).toBe('Bye.')
  })
})
