import { afterEach, describe, expect, it } from 'vitest'
import type { InspectionRecord } from '../../src/index.ts'
import { cited, httpError, refuse, reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const main = 'claude-opus-5-5'
const second = 'claude-opus-5'
const edits = [{ type: 'clear_tool_uses_20250919', cleared_tool_uses: 3, cleared_input_tokens: 900 }]
const dropped = [{ type: 'thinking_dropped', path: 'messages.1.content.0', reason: 'model_binding_mismatch' }]

describe('the metadata of a request', () => {
  it('is in the outcome: ids, stop sequence, context edits, and the container with its expiry', async () => {
    const { chat, sim, goesOn } = await conversing([
      reply('So', {
        stopSequence: 'END',
        container: { id: 'container_1', expires_at: '2026-12-01T00:00:00Z' },
        startFields: { input_transformations: dropped },
        deltaFields: { context_management: { applied_edits: edits } },
      }),
    ])
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({
      messageId: expect.stringMatching(/^msg_/),
      requestId: expect.stringMatching(/^req_/),
      stopReason: 'stop_sequence',
      stopSequence: 'END',
      appliedEdits: edits,
      inputTransformations: dropped,
      container: { id: 'container_1', expiresAt: '2026-12-01T00:00:00Z' },
      attempts: [{ messageId: outcome.messageId, requestId: outcome.requestId }],
    })
    expect(sim.requests).toHaveLength(1)
    await goesOn(chat)
  })

  it('is absent where the API reported none', async () => {
    const { chat } = await conversing([reply('So')])
    const outcome = await chat.sendMessage('Hello')
    for (const field of ['stopSequence', 'appliedEdits', 'inputTransformations', 'container'])
      expect(outcome).not.toHaveProperty(field)
  })

  it('is in the attempts of a turn for each request, and the outcome has the edits of all of them', async () => {
    const { weather } = weatherTool()
    const fields = { deltaFields: { context_management: { applied_edits: edits } } }
    const { chat } = await conversing(
      [httpError(529), reply([toolUse('weather', { city: 'Rome' })], fields), reply('Sunny.', fields)],
      { tools: [weather] },
    )
    const outcome = await chat.sendMessage('Rome?')
    const ids = outcome.attempts.map(({ requestId }) => requestId)
    expect([new Set(ids).size, outcome.requestId]).toEqual([3, ids[2]])
    expect(outcome.appliedEdits).toEqual([...edits, ...edits])
  })

  it('is in the report of a refusal: the ids, and the model that the API recommends', async () => {
    const { chat, goesOn } = await conversing(
      [
        refuse({ fallbacks: [{ content: [], refusal: { at: 'before', recommendedModel: 'claude-opus-4-8' } }] }, [], {
          headers: { 'request-id': 'req_of_the_refusal' },
        }),
      ],
      { serverFallbacks: [{ model: second }] },
    )
    const told: unknown[] = []
    chat.on('turn.refused', (event) => told.push(event))
    const outcome = await chat.sendMessage('bad one')
    const report = {
      requestId: 'req_of_the_refusal',
      messageId: expect.stringMatching(/^msg_/),
      recommendedModel: 'claude-opus-4-8',
    }
    expect(outcome).toMatchObject({ status: 'refused', requestId: 'req_of_the_refusal', refusal: report })
    expect(told).toMatchObject([report])
    await goesOn(chat, 'bad one')
  })

  it('has the request id of a failure, for an error response and for a broken stream', async () => {
    const cut = { faults: { truncateBeforeStop: true }, headers: { 'request-id': 'req_cut' } }
    const { chat } = await conversing(
      [httpError(400, { headers: { 'request-id': 'req_400' } }), reply([text('a')], cut)],
      { onRejection: 'stop', retry: { maxAttempts: 1 } },
    )
    for (const requestId of ['req_400', 'req_cut']) {
      const outcome = await chat.sendMessage('Hello')
      expect([outcome.requestId, outcome.error?.details.requestId]).toEqual([requestId, requestId])
    }
  })

  it('has the AWS request id on Bedrock', async () => {
    const headers = { 'request-id': '', 'x-amzn-requestid': 'aws-1' }
    const { chat } = await conversing([reply('So', { headers })])
    expect((await chat.sendMessage('Hello')).requestId).toBe('aws-1')
  })

  it('is in the records of an inspector, without the texts of the app', async () => {
    const records: InspectionRecord[] = []
    const { chat } = await conversing(
      [
        reply('So', {
          stopSequence: 'MY WORDS',
          startFields: { input_transformations: dropped },
          deltaFields: { context_management: { applied_edits: [{ ...edits[0], note: 'MY WORDS' }] } },
        }),
      ],
      { inspect: (record) => records.push(record) },
    )
    const { requestId, messageId } = await chat.sendMessage('Hello')
    const facts = records.flatMap((record) => (record.type === 'fact' ? [record.fact] : []))
    expect(facts.find(({ type }) => type === 'reply.recorded')).toMatchObject({
      requestId,
      messageId,
      inputTransformations: dropped,
      appliedEdits: [{ type: 'clear_tool_uses_20250919', cleared_tool_uses: 3 }],
    })
    expect(JSON.stringify(records)).not.toContain('MY WORDS')
  })
})

describe('citations', () => {
  const citation = { type: 'char_location', cited_text: 'The sky is blue.', document_index: 0 }
  const another = { ...citation, cited_text: 'Really.' }

  it('are delivered to the turn and to listeners as they arrive, and are in the transcript', async () => {
    const { chat, goesOn } = await conversing([reply([text('First.'), cited('It is blue.', citation, another)])])
    const told: unknown[] = []
    chat.on('citation', (event) => told.push(event))
    const turn = chat.sendMessage('Why?')
    const seen: unknown[] = []
    for await (const event of turn) {
      if (event.type !== 'citation') continue
      seen.push(event)
      // The transcript has the citation at once.
      const parts = chat.messages.at(-1)?.parts
      expect(parts?.at(-1)).toMatchObject({ type: 'text', citations: expect.arrayContaining([event.citation]) })
    }
    const { turnId } = await turn
    expect(seen).toEqual([
      { type: 'citation', turnId, attempt: 1, block: 1, citation },
      { type: 'citation', turnId, attempt: 1, block: 1, citation: another },
    ])
    expect(told).toEqual(seen)
    expect(chat.messages.at(-1)?.parts).toEqual([
      { type: 'text', text: 'First.' },
      { type: 'text', text: 'It is blue.', citations: [citation, another] },
    ])
    await goesOn(chat)
  })

  it('do not count as deltas', async () => {
    const { chat } = await conversing([reply([cited('One two', citation), text('three ', 'four')])])
    const turn = chat.sendMessage('Why?')
    const seqs: number[] = []
    for await (const event of turn) if (event.type === 'delta') seqs.push(event.seq)
    expect(seqs).toEqual(seqs.map((_, index) => index))
  })

  it('disappear from the transcript with a refused reply', async () => {
    const { chat, goesOn } = await conversing([refuse({ at: 'after' }, [cited('Bad.', citation)])])
    await chat.sendMessage('bad one')
    expect(JSON.stringify(chat.messages)).not.toContain('sky')
    await goesOn(chat, 'bad one')
  })
})

describe('the report that text was shown', () => {
  const outcomeOf = async (...steps: Parameters<typeof conversing>[0]) => {
    const { chat } = await conversing(steps, { retry: { maxAttempts: 2, baseDelay: 1 } })
    const retracted: string[] = []
    chat.on('retracted', ({ cause }) => retracted.push(cause))
    const { refusal, refusals } = await chat.sendMessage('bad one')
    return { refusal, refusals, retracted }
  }

  it.each([
    ['text', [text('So ', 'it is')], true],
    ['thinking', [thinking('Let me ', 'see')], true],
    ['nothing but an unfinished tool call', [toolUse('look', { path: '/a/long/path' })], false],
  ] as const)(
    'is set for a refused reply only when the reply showed text or thinking: %s',
    async (_, content, shown) => {
      const { refusal, retracted } = await outcomeOf(refuse({ at: { afterDeltas: 2 } }, content))
      expect([refusal?.textShown, retracted]).toEqual([shown, shown ? ['refusal'] : []])
    },
  )

  it('is absent when the reply was refused before any output', async () => {
    expect(await outcomeOf(refuse())).toMatchObject({ refusal: { textShown: false }, retracted: [] })
  })

  it('is set for a failed attempt only when it showed text', async () => {
    const broken = { faults: { truncateBeforeStop: true } }
    expect((await outcomeOf(reply([text('a')], broken), reply('b'))).retracted).toEqual(['retry'])
    expect((await outcomeOf(reply([toolUse('look', {})], broken), reply('b'))).retracted).toEqual([])
  })
})

describe('the refused hops of the API’s own fallbacks', () => {
  it('are in the outcome and in the counts, with their categories', async () => {
    const { chat, goesOn } = await conversing(
      [
        refuse(
          {
            category: 'bio',
            fallbacks: [
              {
                content: [],
                refusal: { at: 'before', category: 'cyber' },
                usage: { inputTokens: 20, outputTokens: 0 },
              },
              { content: [text('The third.')] },
            ],
          },
          [],
          { usage: { inputTokens: 10, outputTokens: 0 } },
        ),
      ],
      { serverFallbacks: [{ model: 'claude-opus-4-8' }, { model: second }] },
    )
    const outcome = await chat.sendMessage('Hello')
    expect(outcome.status).toBe('completed')
    expect(outcome).not.toHaveProperty('refusal')
    expect(outcome.refusals).toMatchObject([
      { model: main, category: 'bio', servedByApi: true, policy: null, textShown: false, usage: { inputTokens: 10 } },
      { model: 'claude-opus-4-8', category: 'cyber', servedByApi: true, policy: null, usage: { inputTokens: 20 } },
    ])
    expect(outcome.refusals[0]?.requestId).toBe(outcome.requestId)
    expect(chat.refusals).toEqual([
      { category: 'bio', model: main, policy: null, result: 'answered', servedByApi: true, count: 1 },
      { category: 'cyber', model: 'claude-opus-4-8', policy: null, result: 'answered', servedByApi: true, count: 1 },
    ])
    await goesOn(chat)
  })

  it('come before the refusal of the last model', async () => {
    const { chat, goesOn } = await conversing(
      [refuse({ category: 'bio', fallbacks: [{ content: [], refusal: { at: 'before', category: 'cyber' } }] })],
      { serverFallbacks: [{ model: second }] },
    )
    const outcome = await chat.sendMessage('bad one')
    expect(outcome).toMatchObject({
      status: 'refused',
      refusal: { model: second, category: 'cyber' },
      refusals: [
        { model: main, category: 'bio', servedByApi: true },
        { model: second, policy: 'drop-turn' },
      ],
    })
    expect(chat.refusals).toMatchObject([
      { model: second, policy: 'drop-turn', count: 1 },
      { model: main, policy: null, result: 'refused', servedByApi: true, count: 1 },
    ])
    await goesOn(chat, 'bad one')
  })

  it('are absent when the API continued after its own tools, without a fallback', async () => {
    const iterations = [
      { type: 'message', model: main, input_tokens: 5, output_tokens: 2 },
      { type: 'message', model: main, input_tokens: 9, output_tokens: 3 },
    ]
    const { chat } = await conversing([reply('Found.', { usage: { extra: { iterations } } })])
    expect(await chat.sendMessage('Hello')).toMatchObject({ refusals: [], servedAfterRefusal: false })
    expect(chat.refusals).toEqual([])
    expect(chat.ledger[main]).toMatchObject({ requests: 2, answered: { inputTokens: 14, outputTokens: 5 } })
  })

  it('include those of later replies in a tool loop', async () => {
    const { weather } = weatherTool()
    const { chat } = await conversing(
      [
        reply([toolUse('weather', { city: 'Rome' })]),
        refuse({ category: 'cyber', at: { afterDeltas: 2 }, fallbacks: [{ content: [text('Sunny.')] }] }, [
          text('It ', 'is ', 'so'),
        ]),
      ],
      { serverFallbacks: [{ model: second }], tools: [weather] },
    )
    const outcome = await chat.sendMessage('Rome?')
    expect(outcome.refusals).toMatchObject([{ model: main, category: 'cyber', servedByApi: true, textShown: true }])
  })
})
