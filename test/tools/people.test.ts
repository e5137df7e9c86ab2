import { describe, expect, it } from 'vitest'
import { tool } from '../../src/tools/tool.ts'
import { anything, type AtWork, atWork, call, drivenTools, turn } from './fixtures.ts'

/** Three calls that wait for approval. */
async function threeToAllow(limit = 8) {
  const driven = drivenTools()
  const world = atWork(driven.tools, [call('a', 'ask'), call('b', 'ask'), call('c', 'ask')], { limit })
  await turn()
  return { ...driven, world }
}

describe('a call that needs approval', () => {
  it('is reported once, runs after its approval, and settles', async () => {
    const { world, running, of } = await threeToAllow()
    expect(world.news()).toEqual(['approvalNeeded a', 'approvalNeeded b', 'approvalNeeded c'])
    expect(running()).toEqual([])
    world.approve('b')
    await turn()
    expect(running()).toEqual(['b'])
    of('b').resolve('done')
    await turn()
    expect(world.news().slice(3)).toEqual(['ready b', 'settled b'])
  })

  it.each([
    ['a', 'b', 'c'],
    ['c', 'a', 'b'],
    ['b', 'c', 'a'],
  ])('runs in the order of approvals: %s %s %s', async (...order) => {
    const { world, running } = await threeToAllow()
    for (const callId of order) world.approve(callId)
    await turn()
    expect(running()).toEqual(order)
    expect(world.news().slice(3)).toEqual(order.map((callId) => `ready ${callId}`))
  })

  it('runs once, however often it is approved', async () => {
    const { world, running, of } = await threeToAllow(1)
    world.approve('a')
    world.approve('b')
    world.approve('b')
    world.approve('a')
    await turn()
    world.approve('a')
    of('a').resolve('done')
    await turn()
    world.approve('a')
    await turn()
    expect(running()).toEqual(['a', 'b'])
  })

  it.each([
    ['with a reason', 'too dear', 'The user did not allow this call: too dear'],
    ['without a reason', undefined, 'The user did not allow this call.'],
    ['with a blank reason', '  ', 'The user did not allow this call.'],
  ])('ends as denied %s, and the model is given the reason', async (_, reason, text) => {
    const { world, running } = await threeToAllow()
    world.deny('a', reason)
    world.approve('a')
    world.deny('a', 'again')
    await turn()
    expect(world.settled()).toMatchObject([
      { callId: 'a', status: 'denied', result: { tool_use_id: 'a', is_error: true, content: text } },
    ])
    expect(running()).toEqual([])
  })

  it('cannot be denied after its approval', async () => {
    const { world, of } = await threeToAllow()
    world.approve('a')
    world.deny('a')
    await turn()
    of('a').resolve('done')
    await turn()
    expect(world.ending('a')).toEqual(['settled', 'done'])
  })

  it('accepts no answer', async () => {
    const { world } = await threeToAllow()
    world.answer('a', 'mine')
    await turn()
    expect(world.settled()).toEqual([])
  })
})

describe('needsApproval', () => {
  const infos: unknown[] = []
  const guarded = (needsApproval: (...args: unknown[]) => unknown) => ({
    name: 'look',
    input: anything,
    run: () => 'ran',
    needsApproval,
  })

  it.each<readonly [string, (...args: unknown[]) => unknown, string]>([
    ['false', () => false, 'ready a'],
    ['a promise of false', async () => false, 'ready a'],
    ['true', () => true, 'approvalNeeded a'],
    ['a promise of true', async () => true, 'approvalNeeded a'],
    ['nothing', () => undefined, 'approvalNeeded a'],
  ])('may return %s', async (_, needsApproval, news) => {
    const world = atWork([guarded(needsApproval)], [call('a')])
    await turn()
    expect(world.news()[0]).toBe(news)
    expect(world.errors).toEqual([])
  })

  it.each<readonly [string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no db')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no db'))],
  ])('requires approval and reports an error when it %s', async (_, needsApproval) => {
    const world = atWork([guarded(needsApproval)], [call('a')])
    await turn()
    expect(world.news()).toEqual(['approvalNeeded a'])
    expect(world.errors).toMatchObject([{ code: 'tool-invalid', message: expect.stringContaining('no db') }])
  })

  it('is given the input and the call', async () => {
    const world = atWork(
      [guarded((...args) => void infos.push(args))],
      [call('a', 'look', { input: { city: 'Oslo' } })],
    )
    await turn()
    expect(infos).toEqual([[{ city: 'Oslo' }, { callId: 'a', name: 'look', turnId: 't1' }]])
    expect(world.news()).toEqual(['approvalNeeded a'])
  })

  it('does not delay other calls while it is pending', async () => {
    const slow = { ...guarded(() => new Promise(() => {})), name: 'slow' }
    const world = atWork(
      [slow, tool({ name: 'look', input: anything, run: () => 'ran' })],
      [call('a', 'slow'), call('b')],
    )
    await turn()
    expect(world.news()).toEqual(['ready b', 'settled b'])
  })
})

describe('a call that the app answers', () => {
  it('is reported once, and settles with the unchanged answer', async () => {
    const world = atWork(drivenTools().tools, [call('a', 'form')])
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
    world.answer('a', 'forty-two')
    world.answer('a', 'forty-three')
    await turn()
    expect(world.news()).toEqual(['answerNeeded a', 'settled a'])
    expect(world.ending('a')).toEqual(['settled', 'forty-two'])
  })

  it('can be neither approved nor denied', async () => {
    const world = atWork(drivenTools().tools, [call('a', 'form')])
    await turn()
    world.approve('a')
    world.deny('a')
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
  })

  it('may be an API tool that the app runs', async () => {
    const world = atWork([{ type: 'bash_20250124', name: 'bash' }], [call('a', 'bash')])
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
  })

  it('may be a member of a toolset, whose name is not listed', async () => {
    const world = atWork([{ type: 'browser_toolset_20260801' }], [call('a', 'navigate')])
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
    const other = atWork([{ type: 'mcp_toolset', mcp_server_name: 'x' }], [call('a', 'navigate')])
    await turn()
    expect(other.news()).toEqual(['settled a'])
  })
})

it('an answer to a running call, and commands for unknown calls, change nothing', async () => {
  const { tools, of } = drivenTools()
  const world = atWork(tools, [call('a')])
  await turn()
  world.answer('a', 'mine')
  world.approve('z')
  world.deny('z')
  world.answer('z', 'mine')
  of('a').resolve('the tool’s')
  await turn()
  expect(world.settled()).toHaveLength(1)
  expect(world.ending('a')).toEqual(['settled', 'the tool’s'])
  world.approve('a')
  world.answer('a', 'mine')
  await turn()
  expect(world.settled()).toHaveLength(1)
})

describe('concurrent calls', () => {
  const callIds = ['a', 'b', 'c', 'd', 'e']

  it.each([
    [1, ['a']],
    [3, ['a', 'b', 'c']],
    [9, callIds],
  ])('are limited to %i', async (limit, first) => {
    const { tools, running, of } = drivenTools()
    const world = atWork(
      tools,
      callIds.map((callId) => call(callId)),
      { limit },
    )
    await turn()
    expect(running()).toEqual(first)
    for (const callId of callIds) {
      of(callId).resolve(callId)
      await turn()
    }
    expect(running()).toEqual(callIds)
    expect(world.settled().map(({ callId }) => callId)).toEqual(callIds)
    expect(world.context()).toMatchObject({ open: [], queue: [], running: [], endings: [], news: [] })
  })

  it('are limited to 8 by default', async () => {
    const { tools, running } = drivenTools()
    atWork(
      tools,
      Array.from({ length: 12 }, (_, index) => call(`c${index}`)),
    )
    await turn()
    expect(running()).toHaveLength(8)
  })

  it('free their place when they fail or time out', async () => {
    const { tools, running, of } = drivenTools()
    const world = atWork(tools, [call('a'), call('b'), call('c')], { limit: 1 })
    await turn()
    of('a').reject(new Error('no'))
    await turn()
    world.clock.increment(1_000)
    await turn()
    expect(running()).toEqual(['a', 'b', 'c'])
  })

  it('are not blocked by calls that wait for people', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [call('a', 'ask'), call('b', 'form'), call('c')], { limit: 1 })
    await turn()
    expect(running()).toEqual(['c'])
    world.approve('a')
    await turn()
    expect(running()).toEqual(['c'])
  })
})

describe('two calls with one id', () => {
  it('run once: the first runs, each further one fails, and each has its own result in the order of the calls', async () => {
    const { tools, running, of } = drivenTools()
    const world = atWork(tools, [call('a'), call('a'), call('b'), call('a')])
    await turn()
    expect(running()).toEqual(['a', 'b'])
    expect(world.settled()).toEqual([])
    of('b').resolve('second')
    await turn()
    of('a').resolve('first')
    await turn()
    expect(world.settled().map(({ callId, status }) => [callId, status])).toEqual([
      ['b', 'settled'],
      ['a', 'settled'],
      ['a', 'failed'],
      ['a', 'failed'],
    ])
    for (const { result } of world.settled().slice(2)) {
      expect(result).toMatchObject({ tool_use_id: 'a', is_error: true })
      expect(String(result['content'])).toContain('the same id')
    }
  })

  it.each<readonly [string, (world: AtWork) => unknown, string]>([
    ['is denied', (world) => world.deny('a'), 'denied'],
    ['times out', (world) => (world.approve('a'), world.clock.increment(300_000)), 'timedOut'],
  ])('are both reported when the first %s', async (_, end, status) => {
    const { tools } = drivenTools()
    const world = atWork(tools, [call('a', 'ask'), call('a', 'ask')])
    await turn()
    expect(world.settled()).toEqual([])
    end(world)
    await turn()
    expect(world.settled().map((ending) => ending.status)).toEqual([status, 'failed'])
  })

  it('apply an approval to the first', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [call('a', 'ask'), call('a', 'ask')])
    await turn()
    expect(world.news()).toEqual(['approvalNeeded a'])
    world.approve('a')
    await turn()
    expect(running()).toEqual(['a'])
  })
})
