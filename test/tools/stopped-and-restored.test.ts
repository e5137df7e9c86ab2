import { describe, expect, it } from 'vitest'
import { anything, type AtWork, atWork, call, drivenTools, turn } from './fixtures.ts'

type Driven = ReturnType<typeof drivenTools>

interface Way {
  readonly name: string
  readonly go: (world: AtWork, driven: Driven) => void | Promise<void>
}

/** A path into each state of a call. */
const ways: Readonly<Record<string, Way>> = {
  'waiting.forNeeds': { name: 'look', go: () => {} },
  // `z` takes the only place.
  'waiting.forPlace': { name: 'look', go: () => turn() },
  // Its start is not stored.
  'waiting.forStart': {
    name: 'look',
    go: async (_, { of }) => {
      await turn()
      of('z').resolve('')
      await turn()
    },
  },
  awaitingApproval: { name: 'ask', go: () => turn() },
  awaitingAnswer: { name: 'form', go: () => turn() },
  running: {
    name: 'look',
    go: async (_, { of }) => {
      await turn()
      of('z').resolve('')
      await turn()
    },
  },
  settled: {
    name: 'form',
    go: async (world) => {
      await turn()
      world.answer('a', 'x')
    },
  },
  denied: {
    name: 'ask',
    go: async (world) => {
      await turn()
      world.deny('a')
    },
  },
  failed: { name: 'unheard', go: () => turn() },
  timedOut: {
    name: 'look',
    go: async (world, { of }) => {
      await turn()
      of('z').resolve('')
      await turn()
      world.clock.increment(1_000)
    },
  },
  cancelled: { name: 'look', go: () => turn() },
}

const states = Object.keys(ways)
const endings = ['settled', 'denied', 'failed', 'timedOut', 'cancelled']

const named = (value: unknown): string =>
  typeof value === 'string' ? value : Object.entries(value as object).map((entry) => entry.join('.'))[0]!

/** Three calls: the first takes the only place, the second is in the state, and the third keeps the slot active. */
async function resting(state: string) {
  const driven = drivenTools()
  const way = ways[state]!
  const calls = [
    call('z'),
    call('a', way.name, state === 'cancelled' ? { state: 'interrupted' } : {}),
    call('form', 'form'),
  ]
  const world = atWork(driven.tools, calls, { limit: 1, holdsStarts: state === 'waiting.forStart' ? ['a'] : [] })
  await way.go(world, driven)
  expect(named(world.stateOf(1))).toBe(state)
  return { world, driven, calls }
}

describe.each(states)('tools stopped while a call is %s', (state) => {
  it('send no further event and abort running calls', async () => {
    const { world, driven } = await resting(state)
    const told = world.told.length
    const live = driven.runs.filter(({ info }) => world.ending(info.callId) === undefined)
    world.leave()
    expect(live.every(({ info }) => info.signal.aborted)).toBe(true)
    for (const { resolve } of driven.runs) resolve('late')
    world.clock.increment(1e9)
    await turn()
    expect(world.told).toHaveLength(told)
    expect(driven.runs.filter(({ info }) => info.callId === 'a')).toHaveLength(
      state === 'running' || state === 'timedOut' ? 1 : 0,
    )
  })

  it('do nothing when they are restored and stopped in the same tick', async () => {
    const { world, calls } = await resting(state)
    const snapshot = world.persist()
    world.stop()
    const { tools, runs } = drivenTools()
    const restored = atWork(tools, calls, { limit: 1, snapshot })
    restored.leave()
    await turn()
    expect([restored.told, runs]).toEqual([[], []])
  })

  it('run no call a second time when they are restored, and settle the others', async () => {
    const { world, calls } = await resting(state)
    const snapshot = world.persist()
    const told = world.settled().length
    world.stop()
    const { tools, running, of } = drivenTools()
    const restored = atWork(tools, calls, { limit: 1, snapshot })
    expect(restored.told).toEqual([])
    await turn()
    expect(restored.news().filter((news) => news.startsWith('approval') || news.startsWith('answer'))).toEqual(
      state === 'waiting.forNeeds' ? ['answerNeeded form'] : [],
    )
    if (state === 'running' || state === 'waiting.forStart')
      expect(restored.ending('a')).toEqual(['cancelled', expect.stringContaining('not run again')])
    if (endings.includes(state)) expect(restored.ending('a')).toBeUndefined()
    const again = state === 'waiting.forNeeds' ? 'z' : undefined
    expect(running()).toEqual([again, state === 'waiting.forPlace' ? 'a' : undefined].filter(Boolean))
    if (again !== undefined) of(again).resolve('')
    await turn()
    if (state === 'awaitingApproval') restored.approve('a')
    if (state === 'awaitingAnswer') restored.answer('a', 'x')
    await turn()
    if (running().includes('a')) of('a').resolve('x')
    restored.answer('form', 'x')
    await turn()
    expect(told + restored.settled().length).toBe(3)
    expect(restored.context()).toMatchObject({ open: [], queue: [], running: [], endings: [], news: [] })
  })
})

describe('calls of a loaded conversation', () => {
  it('that waited for approval keep waiting without another event', async () => {
    const { tools, running, of } = drivenTools()
    const world = atWork(tools, [call('a', 'ask', { state: 'awaitingApproval' })])
    await turn()
    expect([world.told, running()]).toEqual([[], []])
    world.approve('a')
    await turn()
    of('a').resolve('done')
    await turn()
    expect(world.news()).toEqual(['ready a', 'settled a'])
  })

  it('are not checked again before people decide', async () => {
    let asked = 0
    const count = () => ++asked > 0
    const counting = { name: 'look', input: anything, run: count, needsApproval: count }
    const loaded = ['awaitingApproval', 'awaitingAnswer', 'denied', 'interrupted'] as const
    atWork(
      [counting],
      loaded.map((state) => call(state, 'look', { state })),
    )
    await turn()
    expect(asked).toBe(0)
  })

  it('can be decided in the tick of the start, and nothing runs before it', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [
      call('a', 'ask', { state: 'awaitingApproval' }),
      call('b', 'form', { state: 'awaitingAnswer' }),
      call('c', 'ask', { state: 'awaitingApproval' }),
    ])
    world.approve('a')
    world.answer('b', 'x')
    world.deny('c')
    expect([world.told, running()]).toEqual([[], []])
    await turn()
    expect(world.news()).toEqual(['settled b', 'settled c', 'ready a'])
    expect(running()).toEqual(['a'])
  })

  it('that waited for an answer keep waiting without another event', async () => {
    const world = atWork(drivenTools().tools, [call('a', 'form', { state: 'awaitingAnswer' })])
    await turn()
    expect(world.told).toEqual([])
    world.answer('a', 'x')
    await turn()
    expect(world.ending('a')).toEqual(['settled', 'x'])
  })

  it('that were approved and have not started run without another question', async () => {
    const { tools, running, of } = drivenTools()
    const world = atWork(tools, [call('a', 'ask', { state: 'approved' }), call('b', 'ask')])
    expect([world.told, running()]).toEqual([[], []])
    await turn()
    expect([world.news(), running()]).toEqual([['ready a', 'approvalNeeded b'], ['a']])
    of('a').resolve('done')
    await turn()
    expect(world.ending('a')).toEqual(['settled', 'done'])
  })

  it.each([
    ['with a reason', 'too dear', 'The user did not allow this call: too dear'],
    ['without a reason', undefined, 'The user did not allow this call.'],
  ])('that were denied %s end as denied, and never run', async (_, reason, text) => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [
      call('a', 'ask', { state: 'denied', ...(reason === undefined ? {} : { reason }) }),
      call('b'),
    ])
    expect(world.told).toEqual([])
    world.approve('a')
    await turn()
    expect(world.settled()).toMatchObject([
      { callId: 'a', status: 'denied', result: { tool_use_id: 'a', is_error: true, content: text } },
    ])
    expect(running()).toEqual(['b'])
  })

  it('that may have been running are cancelled and never run again', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [call('a', 'look', { state: 'interrupted' }), call('b')])
    expect(world.told).toEqual([])
    await turn()
    expect(world.ending('a')).toEqual(['cancelled', expect.stringMatching(/process ended.*not run again/)])
    expect(running()).toEqual(['b'])
  })

  it('that may have been running run again where their tool is idempotent, without another question', async () => {
    const { tools, running, of } = drivenTools()
    const [, ask] = tools
    const calls = [call('a', 'ask', { state: 'interrupted' }), call('b', 'look', { state: 'interrupted' })]
    const world = atWork([tools[0], { ...ask, idempotent: true }], calls)
    expect(world.told).toEqual([])
    await turn()
    expect(world.told).toMatchObject([
      { type: 'tool.ready', callId: 'a', again: true },
      { type: 'tool.settled', callId: 'b', status: 'cancelled' },
    ])
    expect(running()).toEqual(['a'])
    of('a').resolve('done')
    await turn()
    expect(world.ending('a')).toEqual(['settled', 'done'])
  })

  it('that may have been running are not run again where their tool is gone, or is answered by the app', async () => {
    const calls = ['fly', 'form'].map((name) => call(name, name, { state: 'interrupted' }))
    const world = atWork(drivenTools().tools, calls)
    await turn()
    expect(calls.map(({ callId }) => world.ending(callId)?.[0])).toEqual(['cancelled', 'cancelled'])
  })

  it.each([
    ['fly', 'There is no tool "fly"'],
    ['form', 'can no longer be run'],
  ])('are reported as failed when %s is approved and its tool is gone', async (name, says) => {
    const world = atWork(drivenTools().tools, [call('a', name, { state: 'awaitingApproval' })])
    world.approve('a')
    await turn()
    expect(world.ending('a')).toEqual(['failed', expect.stringContaining(says)])
  })
})

it('a parent that exits on an event still receives the events sent together with it', async () => {
  let leave = () => {}
  const { tools, of } = drivenTools()
  const calls = [call('a', 'fly'), call('a'), call('a'), call('b')]
  const world = atWork(tools, calls, { onTold: () => leave() })
  leave = world.leave
  await turn()
  expect(world.news()).toEqual(['settled a', 'settled a', 'settled a'])
  expect(() => of('b')).toThrow()
})
