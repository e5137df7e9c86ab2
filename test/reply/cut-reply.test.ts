// A bare chart with the stream actor in its slot: what is kept of a reply that the user cuts.
import { describe, expect, it } from 'vitest'
import type { ConversationEvent, ConversationInput } from '../../machines/index.ts'
import { buildRequest } from '../../src/journal/index.ts'
import {
  ends,
  heldSource,
  over,
  says,
  sourceOf,
  started,
  stopped,
  talk,
  textBlock,
  turn,
  type Talk,
} from './fixtures.ts'

const half = [{ type: 'text', text: 'Half a sen' }]

/** A conversation whose first reply has arrived in part. */
async function receiving(settings: ConversationInput['settings'] = {}) {
  const held = heldSource()
  const conversation = talk(held.source, { input: { settings } })
  conversation.ask()
  await turn()
  await held.give(started({ usage: { inputTokens: 7 } }), textBlock(), says('Half a '), says('sen'))
  return { conversation, held }
}

const toldOf = ({ told }: Talk) => told.map(({ type }) => type).filter((type) => /^(turn|send|retracted)/.test(type))
const interrupt: ConversationEvent = { type: 'user.send', turnId: 't2', input: 'No, this', at: 11 }

describe.each([
  ['user.stop', { type: 'user.stop' }, 'stopped.saved'],
  ['user.stop of an aborted signal', { type: 'user.stop', cause: 'aborted' }, 'stopped.saved'],
  ['an interrupting user.send', interrupt, 'streaming.opening'],
  ['conversation.close', { type: 'conversation.close' }, 'closed'],
] as const satisfies readonly (readonly [string, ConversationEvent, string])[])('S9 %s', (name, event, state) => {
  const settings = { whenBusy: 'interrupt' } as const

  it('keeps what had arrived of the reply', async () => {
    const { conversation, held } = await receiving(settings)
    conversation.actor.send(event)
    expect(conversation.state).toBe(state)
    expect(conversation.view.turns).toMatchObject([
      { status: 'stopped', kept: true, steps: [{ content: half, stopReason: null, usage: { estimated: true } }] },
    ])
    expect(conversation.view.turns[0]?.failure?.code).toBe(name.includes('aborted') ? 'aborted' : undefined)
    expect(toldOf(conversation)).toEqual(['turn.stopped'])
    expect(held.calls[0]?.signal.aborted).toBe(true)
  })

  it('keeps the tokens of a reply without text', async () => {
    const held = heldSource()
    const conversation = talk(held.source, { input: { settings } })
    conversation.ask()
    await turn()
    await held.give(started({ usage: { inputTokens: 7 } }))
    conversation.actor.send(event)
    expect(conversation.view.turns).toMatchObject([{ status: 'stopped', kept: false, usage: { inputTokens: 7 } }])
  })

  it('leaves a reply that was not asked for yet, and nothing is sent', async () => {
    const held = heldSource()
    const conversation = talk(held.source, { input: { settings } })
    conversation.ask()
    conversation.actor.send(event)
    expect([conversation.state, conversation.view.turns[0]?.status]).toEqual([state, 'stopped'])
    expect(conversation.view.turns[0]?.usage?.estimated).toBeUndefined()
    await turn()
    expect(held.calls).toHaveLength(state === 'streaming.opening' ? 1 : 0)
  })

  it('quarantines a turn whose refusal has arrived behind what was shown', async () => {
    const chunk = [started(), textBlock(), says('Shown'), says(' more'), ends('refusal', { category: 'cyber' }), over]
    let isCut = false
    const conversation = talk(sourceOf(chunk), {
      input: { settings },
      onEmitted: ({ type }) => {
        if (type !== 'delta' || isCut) return
        isCut = true
        conversation.actor.send(event)
      },
    })
    conversation.ask('Forbidden')
    await turn()
    const [refused] = conversation.view.turns
    expect(refused).toMatchObject({ status: 'refused', kept: false, refusal: { category: 'cyber', textShown: true } })
    expect(refused?.steps).toEqual([])
    expect(toldOf(conversation).slice(0, 2)).toEqual(['retracted', 'turn.refused'])
    expect(conversation.view.head).toBe(null)
    const { messages } = buildRequest(conversation.view, { model: 'm1', promptHash: 'p' })
    expect(JSON.stringify(messages)).not.toMatch(/Forbidden|Shown/)
  })

  it('changes nothing when it comes again', async () => {
    const { conversation } = await receiving(settings)
    conversation.actor.send(event)
    const { view, state: before } = conversation
    const told = conversation.told.length
    // A message with an id that was taken is declined, as ever.
    const declined = event.type === 'user.send' ? ['send.declined'] : []
    conversation.actor.send(event)
    expect([conversation.state, conversation.view]).toEqual([before, view])
    expect(conversation.told.slice(told).map(({ type }) => type)).toEqual(declined)
  })
})

it('two stops from within one delta stop once', async () => {
  const conversation = talk(
    sourceOf([started(), textBlock(), says('a'), says('b'), stopped()], ends('end_turn'), over),
    {
      onEmitted: ({ type }) => {
        if (type !== 'delta') return
        conversation.stop()
        conversation.stop()
      },
    },
  )
  conversation.ask()
  await turn()
  expect(toldOf(conversation)).toEqual(['turn.stopped'])
  expect(conversation.view.turns).toMatchObject([{ steps: [{ content: [{ type: 'text', text: 'a' }] }] }])
})

it('a stop in the chunk that holds the end is too late: the turn completes', async () => {
  const conversation = talk(
    sourceOf([started(), textBlock(), says('a'), says('b'), stopped(), ends('end_turn'), over]),
    {
      onEmitted: ({ type }) => type === 'delta' && conversation.stop(),
    },
  )
  conversation.ask()
  await turn()
  expect([conversation.state, toldOf(conversation)]).toEqual(['completed.saved', ['turn.completed']])
  expect(conversation.deltas().map(({ text }) => text)).toEqual(['a', 'b'])
})

it.each([
  ['a stop and a close', [{ type: 'user.stop' }, { type: 'conversation.close' }], 'closed', []],
  ['a stop and a message', [{ type: 'user.stop' }, interrupt], 'streaming.opening', ['t2']],
  ['a message and a stop', [interrupt, { type: 'user.stop' }], 'streaming.opening', ['t2']],
  ['two messages', [interrupt, { ...interrupt, turnId: 't3' }], 'streaming.opening', ['t2']],
] as const satisfies readonly (readonly [string, readonly ConversationEvent[], string, readonly string[]])[])(
  '%s, sent while the chart handles another event, are both heeded, each once',
  async (_, events, state, opened) => {
    const { conversation } = await receiving({ whenBusy: 'interrupt' })
    let isSent = false
    // What is sent from within a transition waits until the chart is done with it.
    conversation.actor.on('model.switched', () => {
      if (isSent) return
      isSent = true
      for (const event of events) conversation.actor.send(event)
    })
    conversation.actor.send({ type: 'model.switch', model: 'm2' })
    expect(conversation.state).toBe(state)
    expect(conversation.view.turns).toMatchObject([{ id: 't1', status: 'stopped', steps: [{ content: half }] }])
    expect([conversation.view.open?.id].filter(Boolean)).toEqual(opened)
    expect(toldOf(conversation)).toEqual(['turn.stopped'])
  },
)

it('what cannot be read of a reply is not kept, and the stop leads out', async () => {
  const held = heldSource()
  const conversation = talk(held.source)
  conversation.ask()
  await turn()
  await held.give(started(), textBlock(), says('a'))
  Object.defineProperty(conversation.draft, 'partial', {
    value: () => {
      throw new Error('unreadable')
    },
  })
  conversation.stop()
  expect(conversation.view.turns).toMatchObject([{ status: 'stopped', steps: [] }])
})
