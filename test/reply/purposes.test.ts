import { describe, expect, it } from 'vitest'
import { RefusedRequests } from '../../src/refusals/refused-requests.ts'
import { compactionBeta } from '../../src/journal/index.ts'
import { TurnstateError } from '../../src/errors.ts'
import type { ConversationSettings } from '../../machines/index.ts'
import {
  type Answer,
  block,
  ends,
  over,
  played,
  says,
  scripted,
  started,
  stopped,
  type Talk,
  type TalkOptions,
  textBlock,
  turn,
  watchedClock,
  wholeReply,
} from './fixtures.ts'

const compacted: Answer = [
  started(),
  block({ type: 'compaction', content: 'All before' }),
  stopped(),
  ends('compaction'),
  over,
]
const hello = wholeReply('Hello')

/** A conversation that is compacted after one turn. */
async function compacting(
  answers: readonly Answer[],
  settings: Partial<ConversationSettings> = {},
  stream: TalkOptions['stream'] = {},
) {
  const { source, requests } = scripted(hello, ...answers)
  const conversation = await played(source, { stream, input: { settings } })
  conversation.actor.send({ type: 'context.compact', turnId: 'k', at: 11 })
  await turn()
  return { conversation, requests }
}

describe('a request for a reply', () => {
  it('has no purpose field', async () => {
    const { requests } = await compacting([compacted])
    expect(requests[0]).not.toHaveProperty('purpose')
  })
})

describe('a request for a compaction by the API', () => {
  it('has its purpose, its beta header, and no instructions after the conversation', async () => {
    const { conversation, requests } = await compacting([compacted])
    expect(requests[1]).toMatchObject({ purpose: 'compaction', betas: [compactionBeta] })
    expect(requests[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(conversation.view.turns.at(-1)).toMatchObject({ kind: 'compaction', status: 'completed' })
  })

  it('has the beta header that the app names, once', async () => {
    const betas = { compaction: 'compact-of-tomorrow' }
    const { conversation, requests } = await compacting([compacted, hello], {}, { betas })
    conversation.ask('And now?', 't2')
    await turn()
    expect(requests.slice(1).map((request) => request.betas)).toEqual([
      ['compact-of-tomorrow'],
      ['compact-of-tomorrow'],
    ])
  })

  it('has no fallbacks, because another model would have to read the conversation anew', async () => {
    const { requests } = await compacting([compacted], {}, { fallbacks: 'default' })
    expect(requests[0]).toHaveProperty('fallbacks', 'default')
    expect(requests[1]).not.toHaveProperty('fallbacks')
  })

  it('is followed by one for a summary when the model rejects it', async () => {
    const { conversation, requests } = await compacting([
      new TurnstateError('request-invalid', 'no'),
      wholeReply('Short'),
    ])
    expect(requests.map(({ purpose }) => purpose)).toEqual([undefined, 'compaction', 'summary'])
    expect(conversation.view.turns.at(-1)).toMatchObject({ kind: 'compaction', status: 'completed' })
  })
})

describe('a request for a summary', () => {
  it('has its purpose and ends with the instructions for the model', async () => {
    const settings = { compactBy: 'summary', summariseWith: 'Shorten it.' } as const
    const { requests } = await compacting([wholeReply('Short')], settings)
    expect(requests[1]).toMatchObject({ purpose: 'summary', betas: [] })
    expect(requests[1]?.messages.at(-1)).toEqual({ role: 'user', content: 'Shorten it.' })
  })

  it('has no fallbacks', async () => {
    const { requests } = await compacting([wholeReply('Short')], { compactBy: 'summary' }, { fallbacks: 'default' })
    expect(requests[1]).not.toHaveProperty('fallbacks')
  })

  it('is followed by plain requests that begin with the summary', async () => {
    const { conversation, requests } = await compacting([wholeReply('Short'), hello], { compactBy: 'summary' })
    conversation.ask('And now?', 't2')
    await turn()
    expect(requests[2]).not.toHaveProperty('purpose')
    expect(JSON.stringify(requests[2]?.messages)).toContain('Short')
    expect(JSON.stringify(requests[2]?.messages)).not.toContain('Hello')
  })
})

describe('a compaction', () => {
  const settings = { compactBy: 'summary' } as const
  const deltasOf = (conversation: Talk, turnId: string) =>
    conversation.deltas().filter((delta) => delta.turnId === turnId)

  it('emits no deltas', async () => {
    const { conversation } = await compacting([wholeReply('Short')], settings)
    expect([deltasOf(conversation, 't1').length, deltasOf(conversation, 'k')]).toEqual([1, []])
    expect(conversation.view.turns.at(-1)?.steps).toMatchObject([{ content: [{ text: 'Short' }] }])
  })

  it('shows nothing when it is refused in the middle', async () => {
    const refusal: Answer = [started(), textBlock(), says('Sho'), ends('refusal')]
    const { conversation } = await compacting([refusal], settings)
    await turn()
    expect(conversation.endings().at(-1)).toMatchObject({ type: 'reply.refused', refusal: { textShown: false } })
    expect(conversation.told.map(({ type }) => type)).not.toContain('retracted')
  })

  it('shows nothing when it fails in the middle', async () => {
    const { conversation } = await compacting([[started(), textBlock(), says('Sho')]], { ...settings, maxAttempts: 2 })
    expect(conversation.endings().at(-1)).toMatchObject({
      type: 'reply.failed',
      partial: { shown: false, content: [{ text: 'Sho' }] },
    })
    expect(conversation.state).toBe('waitingToRetry')
    expect(conversation.told.map(({ type }) => type)).not.toContain('retracted')
  })
})

describe('a refused compaction', () => {
  it('uses no fallback model and redeems no credit', async () => {
    const refusedRequests = new RefusedRequests(watchedClock())
    const refusal: Answer = [started(), ends('refusal', { creditToken: 'token' })]
    const { conversation, requests } = await compacting([refusal, hello], { compactBy: 'summary' }, { refusedRequests })
    await turn()
    expect(requests).toHaveLength(2)
    expect(conversation.view).toMatchObject({ head: 't1', undecided: null, open: null })
    conversation.ask('And now?', 't2')
    await turn()
    expect(requests[2]).not.toHaveProperty('creditToken')
  })
})
