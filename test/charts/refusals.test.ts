import { describe, expect, it } from 'vitest'
import { buildRequest, fold } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import { createWorld, type World } from './world.ts'

const inputs = (world: World) =>
  buildRequest(world.view, { model: 'm1', promptHash: 'p' })
    .messages.filter(({ role }) => role === 'user')
    .map(({ content }) => content)

/** A conversation with three completed turns: a, b, c. */
function threeTurns(): World {
  const world = createWorld()
  for (const text of ['a', 'b', 'c']) {
    world.say(text, text)
    world.finish(`re ${text}`)
  }
  return world
}

describe('a refusal', () => {
  it('goes through refused, reset and idle, with the events after their transitions', () => {
    const world = worldIn('refused.deciding')
    const before = world.states.length
    world.decideTo('drop-turn')
    expect(world.states.slice(before)).toEqual(['reset.saving', 'idle'])
    expect(world.types()).toEqual(['attempt.started', 'retracted', 'turn.refused', 'context.reset'])
  })

  it('is emitted once, with category, explanation, usage, whether text was shown, and the policy', () => {
    const world = worldIn('refused.deciding')
    world.decideTo({ rewind: 1 })
    expect(world.emitted.filter(({ type }) => type === 'turn.refused')).toMatchObject([
      {
        turnId: 't1',
        refusal: { category: 'cyber', explanation: 'for logs', textShown: true },
        usage: { outputTokens: 5 },
        policy: { rewind: 1 },
        nothingLeft: true,
      },
    ])
  })

  it('before any text retracts nothing', () => {
    const world = createWorld()
    world.say('hi')
    world.refuse(null, false)
    expect(world.types()).not.toContain('retracted')
  })

  it.each([
    ['drop-turn', ['a', 'b', 'c'], ['bad']],
    [{ rewind: 0 }, ['a', 'b', 'c'], ['bad']],
    [{ rewind: 1 }, ['a', 'b'], ['c', 'bad']],
    [{ rewind: 2 }, ['a'], ['b', 'c', 'bad']],
    [{ rewind: 9 }, [], ['a', 'b', 'c', 'bad']],
    [{ rewind: 'all' }, [], ['a', 'b', 'c', 'bad']],
    ['clear', [], ['a', 'b', 'c', 'bad']],
  ] as const)('under %o leaves %o in the context, and says that %o left it', (policy, stays, left) => {
    const world = threeTurns()
    world.say('bad', 'bad')
    world.refuse()
    world.decideTo(policy)
    expect(inputs(world)).toEqual(stays)
    expect(world.emitted.at(-1)).toMatchObject({ type: 'context.reset', policy, cause: 'refusal', turnId: 'bad', left })
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
    world.say('next')
    expect(inputs(world)).toEqual([...stays, 'next'])
  })

  it('under a rewind of 1 withdraws a whole reply together with its continuation', () => {
    const world = createWorld({ input: { settings: { onTruncated: 'continue' } } })
    world.say('a', 'a')
    world.finish('re a')
    world.say('b', 'b')
    world.finish('half', 'max_tokens')
    world.finish('whole')
    world.say('bad', 'bad')
    world.refuse()
    world.decideTo({ rewind: 1 })
    expect(world.emitted.at(-1)).toMatchObject({ left: ['b', 'b~1', 'bad'], head: 'a' })
    expect(inputs(world)).toEqual(['a'])
  })

  it('gives `decide` the refusals in a row; a completed turn resets the count, stopped and failed ones do not', () => {
    const world = createWorld()
    const refuse = (text: string) => {
      world.say(text, text)
      world.refuse()
      const count = world.decisions.at(-1)?.input.refusalsInARow
      world.decideTo('drop-turn')
      return count
    }
    expect([refuse('r1'), refuse('r2')]).toEqual([1, 2])
    world.say('s')
    world.send({ type: 'user.stop' })
    world.say('f')
    world.fail(false)
    expect(refuse('r3')).toBe(3)
    world.say('ok')
    world.finish()
    expect(refuse('r4')).toBe(1)
  })

  it('that is not decided in time drops the turn', () => {
    const world = worldIn('refused.deciding')
    world.clock.increment(30_000)
    expect(world.state).toBe('idle')
    expect(world.emitted.at(-1)).toMatchObject({ type: 'context.reset', policy: 'drop-turn' })
  })

  it('that is rephrased opens a new turn with the other input', () => {
    const world = threeTurns()
    world.say('bad', 'bad')
    world.refuse()
    world.decideTo({ rephrase: 'good' })
    expect(world.view.open).toMatchObject({ id: 'bad~1', parent: 'c', replaces: 'bad', input: 'good' })
    expect(inputs(world)).toEqual(['a', 'b', 'c', 'good'])
    world.refuse()
    expect(world.decisions.at(-1)?.input).toMatchObject({ turnId: 'bad~1', refusalsInARow: 2, wordings: 2 })
  })

  it('that is stopped while its rephrased turn is being stored sends nothing', () => {
    const world = worldIn('refused.deciding')
    world.setJournal('is silent')
    world.decideTo({ rephrase: 'good' })
    world.send({ type: 'user.stop' })
    world.setJournal('stores')
    world.clock.increment(10_000)
    world.clock.increment(1_000)
    expect(world.state).toBe('stopped.saved')
    expect(world.replies).toHaveLength(1)
    expect(world.types().slice(-2)).toEqual(['context.reset', 'turn.stopped'])
  })

  it('left to a person waits without a limit, and is emitted when it is handed over', () => {
    const world = worldIn('refused.awaitingDecision')
    expect(world.emitted.at(-1)).toMatchObject({ type: 'turn.refused', policy: 'manual' })
    world.clock.increment(1_000_000_000)
    expect(world.state).toBe('refused.awaitingDecision')
    world.send({ type: 'refusal.resolve', policy: 'clear' })
    expect(world.state).toBe('idle')
    expect(world.types().filter((type) => type === 'turn.refused')).toHaveLength(1)
  })

  it('quarantines the turn for ever: its reply text is in no fact and in no snapshot', () => {
    const world = createWorld()
    world.say('hi')
    world.fail(true)
    world.clock.increment(500)
    world.refuse()
    expect(world.view.quarantine).toEqual(['t1'])
    expect(JSON.stringify([world.store, world.persist()])).not.toContain('"par"')
  })

  it('in the middle of a tool loop quarantines the whole turn', () => {
    const world = worldIn('tools.running.working')
    world.settle('k1', 'poison')
    world.refuse()
    world.decideTo('drop-turn')
    expect(inputs(world)).toEqual([])
  })
})

describe('clearing by the user', () => {
  it('resets the count of refusals at the root too', () => {
    const world = createWorld()
    world.say('hi')
    world.refuse()
    world.decideTo('drop-turn')
    expect([world.view.head, world.view.refusalsInARow]).toEqual([null, 1])
    world.send({ type: 'context.clear' })
    expect([world.state, world.view.refusalsInARow]).toEqual(['idle', 0])
    expect(world.emitted.at(-1)).toMatchObject({ type: 'context.reset', cause: 'clear', left: [], head: null })
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
    const { view } = world
    world.send({ type: 'context.clear' })
    expect(world.view).toBe(view)
  })

  it('withdraws everything through reset, and names what left', () => {
    const world = threeTurns()
    world.send({ type: 'context.clear' })
    expect(world.state).toBe('idle')
    expect(world.states.slice(-2)).toEqual(['reset.saving', 'idle'])
    expect(world.emitted.at(-1)).toMatchObject({ cause: 'clear', left: ['a', 'b', 'c'], turnId: null, head: null })
    expect(inputs(world)).toEqual([])
  })
})
