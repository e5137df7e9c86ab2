import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../src/source/message-source.ts'
import { TurnstateError } from '../../src/errors.ts'
import { toUsage } from '../../src/claude/wire-evidence.ts'
import { toSourceEvent, toSourceEvents } from '../../src/claude/wire-to-events.ts'

const delta = (fields: object, index = 0) => ({ type: 'content_block_delta', index, delta: fields })
const start = (content_block: unknown, index: unknown = 0) => ({ type: 'content_block_start', index, content_block })
const ending = (fields: object | undefined, more: object = {}) => ({ type: 'message_delta', delta: fields, ...more })
const credited = { fallback_credit_token: 'fct_1', fallback_has_prefill_claim: true }
const counts = { input_tokens: 4, output_tokens: 1, cache_read_input_tokens: 2, cache_creation_input_tokens: 3 }

const known: readonly (readonly [string, unknown, SourceEvent])[] = [
  [
    'message_start',
    { type: 'message_start', message: { id: 'msg_1', model: 'm1', content: [], usage: counts, container: null } },
    {
      type: 'message.started',
      id: 'msg_1',
      model: 'm1',
      usage: { inputTokens: 4, outputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 3 },
    },
  ],
  [
    'message_start in a container',
    { type: 'message_start', message: { model: 'm1', container: { id: 'c1', expires_at: 'x' } } },
    { type: 'message.started', model: 'm1', usage: {}, container: 'c1', containerExpiresAt: 'x' },
  ],
  ['an empty message_start', { type: 'message_start' }, { type: 'message.started', model: '', usage: {} }],
  [
    'content_block_start',
    start({ type: 'text', text: '', citations: null }, 3),
    { type: 'block.started', index: 3, block: { type: 'text', text: '', citations: null } },
  ],
  [
    'content_block_start of an unknown block',
    start({ type: 'of_tomorrow', deep: { er: [1] } }),
    { type: 'block.started', index: 0, block: { type: 'of_tomorrow', deep: { er: [1] } } },
  ],
  [
    'text_delta',
    delta({ type: 'text_delta', text: 'Hi' }, 2),
    { type: 'block.delta', index: 2, kind: 'text', text: 'Hi' },
  ],
  [
    'thinking_delta',
    delta({ type: 'thinking_delta', thinking: 'hm', estimated_tokens: 3 }),
    { type: 'block.delta', index: 0, kind: 'thinking', text: 'hm' },
  ],
  [
    'input_json_delta',
    delta({ type: 'input_json_delta', partial_json: '' }),
    { type: 'block.delta', index: 0, kind: 'toolInput', text: '' },
  ],
  [
    'signature_delta',
    delta({ type: 'signature_delta', signature: 'sig' }),
    { type: 'block.fields', index: 0, fields: { signature: 'sig' } },
  ],
  [
    'citations_delta',
    delta({ type: 'citations_delta', citation: { cited_text: 'x' } }),
    { type: 'block.citation', index: 0, citation: { cited_text: 'x' } },
  ],
  [
    'compaction_delta',
    delta({ type: 'compaction_delta', content: 'All', encrypted_content: 'enc' }),
    { type: 'block.fields', index: 0, fields: { content: 'All', encrypted_content: 'enc' } },
  ],
  ['content_block_stop', { type: 'content_block_stop', index: 1 }, { type: 'block.stopped', index: 1 }],
  [
    'message_delta',
    ending({ stop_reason: 'end_turn', stop_sequence: null, stop_details: null }, { usage: { output_tokens: 9 } }),
    { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 9 } },
  ],
  [
    'message_delta of a refusal',
    ending({ stop_reason: 'refusal', stop_details: { type: 'refusal', category: 'bio', explanation: 'why' } }),
    { type: 'message.delta', stopReason: 'refusal', category: 'bio', explanation: 'why', usage: {} },
  ],
  [
    'message_delta of a refusal whose details are null',
    ending({ stop_reason: 'refusal', stop_details: { type: 'refusal', category: null, explanation: null } }),
    { type: 'message.delta', stopReason: 'refusal', category: null, explanation: null, usage: {} },
  ],
  [
    'message_delta of a refusal whose details have another type',
    ending({ stop_reason: 'refusal', stop_details: { category: 7 } }),
    { type: 'message.delta', stopReason: 'refusal', category: null, explanation: null, usage: {} },
  ],
  [
    'message_delta of a refusal with a credit token',
    ending({ stop_reason: 'refusal', stop_details: { category: 'cyber', explanation: null, ...credited } }),
    {
      type: 'message.delta',
      stopReason: 'refusal',
      category: 'cyber',
      explanation: null,
      creditToken: 'fct_1',
      hasPrefillClaim: true,
      usage: {},
    },
  ],
  [
    'message_delta of a refusal whose credit is null',
    ending({
      stop_reason: 'refusal',
      stop_details: { category: null, fallback_credit_token: null, fallback_has_prefill_claim: null },
    }),
    { type: 'message.delta', stopReason: 'refusal', category: null, explanation: null, usage: {} },
  ],
  [
    'message_delta of a refusal whose token claims no prefill',
    ending({
      stop_reason: 'refusal',
      stop_details: { category: null, fallback_credit_token: 'fct_1', fallback_has_prefill_claim: false },
    }),
    {
      type: 'message.delta',
      stopReason: 'refusal',
      category: null,
      explanation: null,
      creditToken: 'fct_1',
      usage: {},
    },
  ],
  [
    'message_delta of a refusal whose credit has another type',
    ending({
      stop_reason: 'refusal',
      stop_details: { category: null, fallback_credit_token: 7, fallback_has_prefill_claim: 'yes' },
    }),
    { type: 'message.delta', stopReason: 'refusal', category: null, explanation: null, usage: {} },
  ],
  [
    'message_delta with iterations',
    ending(
      { stop_reason: 'end_turn' },
      {
        usage: {
          output_tokens: 9,
          iterations: [
            { type: 'message', model: 'm1', ...counts },
            { type: 'fallback_message', model: 'm2', input_tokens: 4, output_tokens: 5 },
            { type: 'compaction', input_tokens: null },
          ],
        },
      },
    ),
    {
      type: 'message.delta',
      stopReason: 'end_turn',
      usage: { outputTokens: 9 },
      iterations: [
        {
          type: 'message',
          model: 'm1',
          usage: { inputTokens: 4, outputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 3 },
        },
        {
          type: 'fallback_message',
          model: 'm2',
          usage: { inputTokens: 4, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 },
        },
        {
          type: 'compaction',
          usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
        },
      ],
    },
  ],
  [
    'message_delta with unknown iterations',
    ending({ stop_reason: 'end_turn' }, { usage: { iterations: [{ type: 'of_tomorrow' }, {}, null, 7] } }),
    {
      type: 'message.delta',
      stopReason: 'end_turn',
      usage: {},
      iterations: ['of_tomorrow', 'unknown'].map((type) => ({
        type,
        usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
      })),
    },
  ],
  ...[null, [], {}, 'none'].map(
    (iterations) =>
      [
        `message_delta without iterations: ${JSON.stringify(iterations)}`,
        ending({ stop_reason: 'end_turn' }, { usage: { iterations } }),
        { type: 'message.delta', stopReason: 'end_turn', usage: {} },
      ] as const,
  ),
  [
    'message_delta with the result of a credit',
    ending({ stop_reason: 'end_turn' }, { usage: { fallback_credit: { status: 'redeemed', of_tomorrow: 1 } } }),
    {
      type: 'message.delta',
      stopReason: 'end_turn',
      usage: {},
      fallbackCredit: { status: 'redeemed', of_tomorrow: 1 },
    },
  ],
  [
    'message_delta whose credit is null',
    ending({ stop_reason: 'end_turn' }, { usage: { fallback_credit: null } }),
    { type: 'message.delta', stopReason: 'end_turn', usage: {} },
  ],
  [
    'message_delta with a container',
    ending({ stop_reason: 'tool_use', container: { id: 'c2' } }),
    { type: 'message.delta', stopReason: 'tool_use', usage: {}, container: 'c2' },
  ],
  ['message_delta without a stop reason', ending({}), { type: 'message.delta', stopReason: null, usage: {} }],
  ['an empty message_delta', ending(undefined), { type: 'message.delta', stopReason: null, usage: {} }],
  ['message_stop', { type: 'message_stop' }, { type: 'message.stopped' }],
  ['ping', { type: 'ping' }, { type: 'ping' }],
]

const unknown: readonly (readonly [string, unknown])[] = [
  ['an unknown event', { type: 'of_tomorrow', with: { anything: 1 } }],
  ['a delta without a delta', { type: 'content_block_delta', index: 0 }],
  ['a delta without an index', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } }],
  ['a text_delta without text', delta({ type: 'text_delta' })],
  ['a text_delta with null for text', delta({ type: 'text_delta', text: null })],
  ['a thinking_delta without thinking', delta({ type: 'thinking_delta' })],
  ['an input_json_delta without JSON', delta({ type: 'input_json_delta' })],
  ['a block without a block', start(undefined)],
  ['a block without an index', { type: 'content_block_start', content_block: { type: 'text', text: '' } }],
  ['an end of a block without an index', { type: 'content_block_stop' }],
  ['an object without a type', { data: 1 }],
  ['an object whose type is not a string', { type: 7 }],
  ['null', null],
  ['a string', 'ping'],
  ['a number', 7],
  ['a list', []],
]

describe('an API event', () => {
  it.each(known)('is translated: %s', (_, raw, event) => {
    expect(toSourceEvent(raw)).toEqual(event)
  })

  it.each(unknown)('is passed on unchanged as unknown: %s', (_, raw) => {
    const event = toSourceEvent(raw)
    expect(event).toEqual({ type: 'unknown', event: raw })
    expect(event.type === 'unknown' && event.event).toBe(raw)
  })

  it.each([
    ['of an unknown type', delta({ type: 'of_tomorrow_delta', x: 1 }, 3)],
    ['without a type', delta({ text: 'Hi' }, 3)],
  ])('that is a delta %s is passed on as unknown with the index of its block', (_, raw) => {
    expect(toSourceEvent(raw)).toEqual({ type: 'unknown', event: raw, index: 3 })
  })

  it('that starts a message may contain all of it', () => {
    const content = [
      { type: 'text', text: 'So' },
      { type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } },
    ]
    const message = {
      id: 'msg_1',
      model: 'm1',
      content,
      stop_reason: 'tool_use',
      container: { id: 'container_1' },
      usage: { output_tokens: 9 },
    }
    expect(toSourceEvents({ type: 'message_start', message })).toEqual([
      { type: 'message.started', id: 'msg_1', model: 'm1', usage: { outputTokens: 9 }, container: 'container_1' },
      { type: 'block.started', index: 0, block: content[0] },
      { type: 'block.stopped', index: 0 },
      { type: 'block.started', index: 1, block: content[1] },
      { type: 'block.stopped', index: 1 },
      { type: 'message.delta', stopReason: 'tool_use', usage: { outputTokens: 9 }, container: 'container_1' },
    ])
  })

  it('that starts an already refused message yields none of its content', () => {
    const message = { model: 'm1', content: [{ type: 'text', text: 'bad' }], stop_reason: 'refusal' }
    const events = toSourceEvents({ type: 'message_start', message })
    expect(events.map(({ type }) => type)).toEqual(['message.started', 'message.delta'])
  })

  it.each([
    ['with its type', { type: 'overloaded_error', message: 'Overloaded' }, 'overloaded', 'Overloaded'],
    ['of an unknown type', { type: 'of_tomorrow', message: 'Hm' }, 'api-error', 'Hm'],
    ['without details', undefined, 'api-error', ''],
    ['that is a string', 'boom', 'api-error', 'boom'],
    [
      'about a prompt that is too long',
      { type: 'invalid_request_error', message: 'prompt is too long' },
      'prompt-too-long',
      'too long',
    ],
    [
      'about thinking that was signed elsewhere',
      { type: 'invalid_request_error', message: 'messages.1.content.0: Invalid `signature` in `thinking` block' },
      'thinking-invalid',
      'signature',
    ],
  ])('that is an error %s is thrown with its code', (_, error, code, said) => {
    let thrown: unknown
    try {
      toSourceEvent({ type: 'error', error, request_id: 'req_1' })
    } catch (caught) {
      thrown = caught
    }
    expect(TurnstateError.is(thrown)).toBe(true)
    expect(thrown).toMatchObject({ code, details: { requestId: 'req_1' } })
    expect((thrown as TurnstateError).details.quote ?? '').toContain(said)
  })
})

describe('usage', () => {
  it('has the valid counts; missing, null and invalid ones keep the earlier count', () => {
    expect(toUsage(counts)).toEqual({ inputTokens: 4, outputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 3 })
    expect(toUsage({ output_tokens: 0, input_tokens: null, cache_read_input_tokens: '7' })).toEqual({ outputTokens: 0 })
    for (const none of [undefined, null, 7, 'x', {}]) expect(toUsage(none)).toEqual({})
  })
})
