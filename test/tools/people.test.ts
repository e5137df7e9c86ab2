import { describe, expect, it } from 'vitest'
import { tool } from '../../src/tools/tool.ts'
import { anything, type AtWork, atWork, call, drivenTools, turn } from './fixtures.ts'

/** Three calls that wait to be allowed. */
async function threeToAllow(limit = 8) {
  const driven = drivenTools()
  const world = atWork(driven.tools, [call('a', 'ask'), call('b', 'ask'), call('c', 'ask')], { limit })
  await turn()
  return { ...driven, world }
}

describe('a call that needs approval', () => {
  it('is told so once, runs once it is allowed, and settles', async () => {
    const { world, running, of } = await threeToAllow()
    expect(world.news()).toEqual(['approvalNeeded a', 'approvalNeeded b', 'approvalNeeded c'])
    expect(running()).toEqual([])
    world.approve('b')
    await turn()
    expect(running()).toEqual(['b'])
    of('b').resolve('done')
    await turn()
    expect(world.news().slice(3)).toEqual(['started b', 'settled b'])
  })

  it.each([
    ['a', 'b', 'c'],
    ['c', 'a', 'b'],
    ['b', 'c', 'a'],
  ])('runs in the order in which people allow: %s %s %s', async (...order) => {
    const { world, running } = await threeToAllow()
    for (const callId of order) world.approve(callId)
    await turn()
    expect(running()).toEqual(order)
    expect(world.news().slice(3)).toEqual(order.map((callId) => `started ${callId}`))
  })

  it('runs once however often it is allowed', async () => {
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
    ['by people', 'too dear', 'The user did not allow this call: too dear'],
    ['without a word', undefined, 'The user did not allow this call.'],
    ['with blanks', '  ', 'The user did not allow this call.'],
  ])('ends as denied %s, and the model is told why', async (_, reason, text) => {
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

  it('can be denied no more once it was allowed', async () => {
    const { world, of } = await threeToAllow()
    world.approve('a')
    world.deny('a')
    await turn()
    of('a').resolve('done')
    await turn()
    expect(world.ending('a')).toEqual(['settled', 'done'])
  })

  it('takes no answer', async () => {
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
    ['no', () => false, 'started a'],
    ['no, later', async () => false, 'started a'],
    ['yes', () => true, 'approvalNeeded a'],
    ['yes, later', async () => true, 'approvalNeeded a'],
    ['nothing', () => undefined, 'approvalNeeded a'],
  ])('may say %s', async (_, needsApproval, news) => {
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
  ])('that %s counts as yes, and is reported', async (_, needsApproval) => {
    const world = atWork([guarded(needsApproval)], [call('a')])
    await turn()
    expect(world.news()).toEqual(['approvalNeeded a'])
    expect(world.errors).toMatchObject([{ code: 'tool-invalid', message: expect.stringContaining('no db') }])
  })

  it('is told the input and the call', async () => {
    const world = atWork(
      [guarded((...args) => void infos.push(args))],
      [call('a', 'look', { input: { city: 'Oslo' } })],
    )
    await turn()
    expect(infos).toEqual([[{ city: 'Oslo' }, { callId: 'a', name: 'look', turnId: 't1' }]])
    expect(world.news()).toEqual(['approvalNeeded a'])
  })

  it('that has not answered keeps no other call waiting', async () => {
    const slow = { ...guarded(() => new Promise(() => {})), name: 'slow' }
    const world = atWork(
      [slow, tool({ name: 'look', input: anything, run: () => 'ran' })],
      [call('a', 'slow'), call('b')],
    )
    await turn()
    expect(world.news()).toEqual(['started b', 'settled b'])
  })
})

describe('a call that the app answers', () => {
  it('is told so once, and settles with the answer as it is', async () => {
    const world = atWork(drivenTools().tools, [call('a', 'form')])
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
    world.answer('a', 'forty-two')
    world.answer('a', 'forty-three')
    await turn()
    expect(world.news()).toEqual(['answerNeeded a', 'settled a'])
    expect(world.ending('a')).toEqual(['settled', 'forty-two'])
  })

  it('is not for approval or denial', async () => {
    const world = atWork(drivenTools().tools, [call('a', 'form')])
    await turn()
    world.approve('a')
    world.deny('a')
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
  })

  it('may be one of the API’s own tools that runs at the app', async () => {
    const world = atWork([{ type: 'bash_20250124', name: 'bash' }], [call('a', 'bash')])
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
  })

  it('may be a member of a toolset, whose name is in no list', async () => {
    const world = atWork([{ type: 'browser_toolset_20260801' }], [call('a', 'navigate')])
    await turn()
    expect(world.news()).toEqual(['answerNeeded a'])
    const other = atWork([{ type: 'mcp_toolset', mcp_server_name: 'x' }], [call('a', 'navigate')])
    await turn()
    expect(other.news()).toEqual(['settled a'])
  })
})

it('an answer to a call that runs, and commands for calls that nobody knows, change nothing', async () => {
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

describe('calls that run at the same time', () => {
  const callIds = ['a', 'b', 'c', 'd', 'e']

  it.each([
    [1, ['a']],
    [3, ['a', 'b', 'c']],
    [9, callIds],
  ])('are %i at most', async (limit, first) => {
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

  it('are 8 when nobody says', async () => {
    const { tools, running } = drivenTools()
    atWork(
      tools,
      Array.from({ length: 12 }, (_, index) => call(`c${index}`)),
    )
    await turn()
    expect(running()).toHaveLength(8)
  })

  it('leave their place when they fail or run out of time', async () => {
    const { tools, running, of } = drivenTools()
    const world = atWork(tools, [call('a'), call('b'), call('c')], { limit: 1 })
    await turn()
    of('a').reject(new Error('no'))
    await turn()
    world.clock.increment(1_000)
    await turn()
    expect(running()).toEqual(['a', 'b', 'c'])
  })

  it('are not kept from running by those that wait for people', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [call('a', 'ask'), call('b', 'form'), call('c')], { limit: 1 })
    await turn()
    expect(running()).toEqual(['c'])
    world.approve('a')
    await turn()
    expect(running()).toEqual(['c'])
  })
})

describe('two calls of one id', () => {
  it('the first runs, each further one fails; each has its own result, in the order of the calls', async () => {
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
    ['runs out of time', (world) => (world.approve('a'), world.clock.increment(300_000)), 'timedOut'],
  ])('the further ones are told of when the first %s, too', async (_, end, status) => {
    const { tools } = drivenTools()
    const world = atWork(tools, [call('a', 'ask'), call('a', 'ask')])
    await turn()
    expect(world.settled()).toEqual([])
    end(world)
    await turn()
    expect(world.settled().map((ending) => ending.status)).toEqual([status, 'failed'])
  })

  it('an approval is for the first', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [call('a', 'ask'), call('a', 'ask')])
    await turn()
    expect(world.news()).toEqual(['approvalNeeded a'])
    world.approve('a')
    await turn()
    expect(running()).toEqual(['a'])
  })
})
