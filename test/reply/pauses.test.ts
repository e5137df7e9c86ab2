import { describe, expect, it } from 'vitest'
import {
  type Answer,
  block,
  ends,
  over,
  played,
  scripted,
  started,
  stopped,
  textBlock,
  says,
  wholeReply,
} from './fixtures.ts'

const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }
const paused: Answer = [started(), block(search), stopped(), ends('pause_turn'), over]
const shortened: Answer = [
  started(),
  block({ type: 'compaction', content: 'All before' }),
  stopped(),
  ends('compaction'),
  over,
]
const goesOn: Answer = [
  started(),
  block(found),
  stopped(),
  textBlock(1),
  says('Here.', 1),
  stopped(1),
  ends('end_turn'),
  over,
]

describe.each([
  ['pause_turn', paused, [search]],
  ['compaction', shortened, [{ type: 'compaction', content: 'All before' }]],
] as const)('a reply that ended as %s', (stopReason, pause, blocks) => {
  it('is sent back unchanged within the turn, and the reply continues', async () => {
    const { source, requests } = scripted(pause, goesOn)
    const conversation = await played(source)
    expect(requests).toHaveLength(2)
    expect(requests[1]?.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: blocks },
    ])
    expect(conversation.view.turns).toHaveLength(1)
    expect(conversation.view.turns[0]).toMatchObject({
      status: 'completed',
      steps: [
        { attempt: 1, stopReason },
        { attempt: 2, stopReason: 'end_turn' },
      ],
      attempts: [{ attempt: 1 }, { attempt: 2 }],
    })
  })

  it('is sent back until the limit of replies in one turn', async () => {
    const { source, requests } = scripted(pause)
    const conversation = await played(source, { input: { settings: { maxSteps: 3 } } })
    expect(requests).toHaveLength(3)
    expect(conversation.state).toBe('failed.saved')
    expect(conversation.view.turns).toMatchObject([
      { status: 'failed', failure: { code: 'max-steps-reached' }, steps: [{}, {}, {}] },
    ])
  })

  it('starts a new draft after each pause', async () => {
    const { source } = scripted(pause, goesOn)
    const conversation = await played(source)
    const drafts = conversation.emitted.flatMap((event) =>
      event.type === 'draft.started' ? [event.draft.attempt] : [],
    )
    expect(drafts).toEqual([1, 2])
  })
})

describe('attempts', () => {
  it('count every request of a turn: failed ones and continuations', async () => {
    const { source } = scripted(paused, [started()], goesOn)
    const conversation = await played(source, { input: { settings: { maxAttempts: 2 } } })
    expect(conversation.state).toBe('waitingToRetry')
    conversation.chartClock.increment(500)
    await new Promise((resolve) => setImmediate(resolve))
    expect(conversation.view.turns[0]?.attempts).toMatchObject([
      { attempt: 1, result: 'answered' },
      { attempt: 2, result: 'failed' },
      { attempt: 3, result: 'answered' },
    ])
    expect(conversation.told.flatMap((event) => (event.type === 'attempt.started' ? [event.attempt] : []))).toEqual([
      1, 2, 3,
    ])
  })

  it('restart with the next turn', async () => {
    const { source } = scripted(paused, goesOn, wholeReply())
    const conversation = await played(source)
    conversation.ask('And then?', 't2')
    await new Promise((resolve) => setImmediate(resolve))
    expect(conversation.view.turns.at(-1)).toMatchObject({ attempts: [{ attempt: 1 }] })
  })
})
