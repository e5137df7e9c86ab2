import { describe, expect, it } from 'vitest'
import { RefusedRequests } from '../../src/refusals/refused-requests.ts'
import type { SourceEvent } from '../../src/source/message-source.ts'
import {
  block,
  ends,
  finished,
  over,
  played,
  refused,
  says,
  scripted,
  sourceOf,
  started,
  stopped,
  type TalkOptions,
  textBlock,
  watchedClock,
  wholeReply,
} from './fixtures.ts'

const serverSideFallback = 'server-side-fallback-2026-07-01'

const boundary = (to: unknown, index = 0): SourceEvent => block({ type: 'fallback', from: { model: 'm1' }, to }, index)
const count = { inputTokens: 5, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 }
const rounds = [
  { type: 'message', model: 'm1', usage: count },
  { type: 'fallback_message', model: 'm2', usage: count },
]

async function requestWith(stream: TalkOptions['stream'] = {}) {
  const { source, requests } = scripted(wholeReply())
  await played(source, { stream })
  return requests[0]
}

describe('server fallbacks', () => {
  it.each([
    ['the defaults', 'default' as const],
    ['a list', [{ model: 'm2', maxTokens: 9 }, { model: 'm3' }]],
  ])('are requested with their beta header: %s', async (_, fallbacks) => {
    expect(await requestWith({ fallbacks })).toMatchObject({ fallbacks, betas: [serverSideFallback] })
  })

  it('are requested with the beta name that the app sets', async () => {
    const stream = { fallbacks: 'default', betas: { serverSideFallback: 'fallback-of-tomorrow' } } as const
    expect(await requestWith(stream)).toMatchObject({ betas: ['fallback-of-tomorrow'] })
  })

  it('are not requested by default', async () => {
    const request = await requestWith()
    expect(request).not.toHaveProperty('fallbacks')
    expect(request?.betas).toEqual([])
  })

  it('exclude a fallback credit, because a request accepts one or the other', async () => {
    const refusedRequests = new RefusedRequests(watchedClock())
    expect((await requestWith({ fallbacks: 'default', refusedRequests }))?.betas).toEqual([serverSideFallback])
  })
})

describe('a reply served by a server fallback', () => {
  const hopped = [
    started(),
    textBlock(),
    says('I began'),
    stopped(),
    boundary({ model: 'm2' }, 1),
    stopped(1),
    textBlock(2),
    says(' and m2 went on.', 2),
    stopped(2),
  ]

  it('names the model of the fallback block from there on, and the requested model', async () => {
    const reply = await finished(...hopped, ends('end_turn', { iterations: rounds }), over)
    expect(reply).toMatchObject({
      model: 'm2',
      requestedModel: 'm1',
      servedAfterRefusal: true,
      iterations: rounds,
      content: [{ text: 'I began' }, { type: 'fallback' }, { text: ' and m2 went on.' }],
    })
  })

  it('names the last of several models', async () => {
    const events = [started(), boundary({ model: 'm2' }), boundary({ model: 'm3' }, 1), ends('end_turn'), over]
    expect(await finished(...events)).toMatchObject({ model: 'm3', requestedModel: 'm1' })
  })

  it('is recognized by its iterations when it has no fallback block', async () => {
    const reply = await finished(started({ model: 'm2' }), ends('end_turn', { iterations: rounds }), over)
    expect(reply).toMatchObject({ model: 'm2', requestedModel: 'm1', servedAfterRefusal: true })
  })

  it('is not assumed from other iterations', async () => {
    const iterations = [
      { type: 'compaction', usage: count },
      { type: 'message', usage: count },
    ]
    const reply = await finished(started(), ends('end_turn', { iterations }), over)
    expect(reply).not.toHaveProperty('servedAfterRefusal')
    expect(reply).toMatchObject({ iterations })
    expect(await finished(...wholeReply())).not.toHaveProperty('iterations')
  })

  it.each([undefined, null, 'm2', {}, { model: 7 }])('keeps its model when the block names none: %j', async (to) => {
    const reply = await finished(started(), boundary(to), stopped(), ends('end_turn'), over)
    expect(reply).toMatchObject({ model: 'm1', servedAfterRefusal: true })
  })

  it('is recorded with both models, and counted in the ledger per iteration', async () => {
    const source = sourceOf(...hopped, ends('end_turn', { iterations: rounds }), over)
    const { view } = await played(source)
    expect(view.turns[0]?.steps).toMatchObject([
      { model: 'm2', requestedModel: 'm1', servedAfterRefusal: true, iterations: rounds },
    ])
    expect(view.ledger).toMatchObject({
      m1: { requests: 1, refused: count },
      m2: { requests: 1, answered: count },
    })
    expect(view.model).toBe('m1')
  })

  it('has the API’s report on the fallback credit', async () => {
    const fallbackCredit = { status: 'redeemed', of_tomorrow: 1 }
    expect(await finished(started(), ends('end_turn', { fallbackCredit }), over)).toMatchObject({ fallbackCredit })
    const { view } = await played(
      sourceOf(started(), textBlock(), says('x'), stopped(), ends('end_turn', { fallbackCredit }), over),
    )
    expect(view.turns[0]?.steps).toMatchObject([{ fallbackCredit }])
  })

  it('names the model that refused last when all refused', async () => {
    const { refusal } = await refused(...hopped, ends('refusal'))
    expect(refusal).toMatchObject({ model: 'm2', textShown: true })
  })

  it('names both models when it was cut', async () => {
    const conversation = await played(sourceOf(...hopped))
    expect(conversation.endings()).toMatchObject([
      { type: 'reply.failed', partial: { model: 'm2', requestedModel: 'm1' } },
    ])
  })

  it('costs the sum of all models when all refused', async () => {
    const { view } = await played(sourceOf(...hopped, ends('refusal', { iterations: rounds })))
    expect(view.ledger).toMatchObject({ m1: { requests: 1 }, m2: { requests: 1 } })
  })
})
