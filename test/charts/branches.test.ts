import { describe, expect, it } from 'vitest'
import { branchObstacle } from '../../machines/index.ts'
import { fold, step, type View } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import { createWorld, usage, type World } from './world.ts'

/** a – b – c, completed. */
function threeTurns(): World {
  const world = createWorld()
  for (const text of ['a', 'b', 'c']) {
    world.say(text, text)
    world.finish(`re ${text}`)
  }
  return world
}

/** The same, with b and c withdrawn by a refusal: a – (b) – (c), and `bad` in quarantine. */
function withdrawn(): World {
  const world = threeTurns()
  world.say('bad', 'bad')
  world.refuse()
  world.decideTo({ rewind: 2 })
  return world
}

interface Branching {
  readonly input?: string
  readonly force?: boolean
}

const branch = (world: World, of: string, how: Branching = {}) =>
  world.send({ type: 'turn.branch', turnId: 'new', of, at: 20, ...how })

const questions = (world: World) =>
  world
    .messages()
    .filter(([role]) => role === 'user')
    .map(([, content]) => content)

const whole = (world: World) => expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)

describe('a branch', () => {
  it('asks the same input again as a sibling, and the head moves only when it is answered', () => {
    const world = threeTurns()
    branch(world, 'b')
    expect(world.view.open).toMatchObject({ id: 'new', parent: 'a', input: 'b' })
    expect([world.view.head, questions(world)]).toEqual(['c', ['a', 'b']])
    world.finish()
    expect([world.view.head, questions(world)]).toEqual(['new', ['a', 'b']])
    expect(world.view.withdrawn).toEqual({})
    whole(world)
  })

  it('drops the metadata of an edited input, and keeps or replaces that of the same input', () => {
    const world = createWorld()
    world.send({ type: 'user.send', turnId: 'a', input: 'a', at: 1, metadata: { from: 'a' } })
    world.finish()
    world.send({ type: 'turn.branch', turnId: 'x', of: 'a', input: 'better', at: 2 })
    expect(world.view.open).toMatchObject({ parent: null, input: 'better' })
    expect(world.view.open?.metadata).toBeUndefined()
    world.finish()
    world.send({ type: 'turn.branch', turnId: 'y', of: 'a', at: 3, metadata: { from: 'y' } })
    expect(world.view.open).toMatchObject({ parent: null, input: 'a', metadata: { from: 'y' } })
  })

  it('drops or replaces the system message of an edited input, and keeps that of the same input', () => {
    const world = createWorld()
    world.send({ type: 'user.send', turnId: 'a', input: 'a', system: 'Be brief.', at: 1 })
    expect(world.view.open).toMatchObject({ system: 'Be brief.' })
    world.finish()
    world.send({ type: 'turn.branch', turnId: 'x', of: 'a', input: 'better', at: 2 })
    expect(world.view.open).not.toHaveProperty('system')
    world.finish()
    world.send({ type: 'turn.branch', turnId: 'y', of: 'a', input: 'best', system: 'Be kind.', at: 3 })
    expect(world.view.open).toMatchObject({ input: 'best', system: 'Be kind.' })
    world.finish()
    world.send({ type: 'turn.branch', turnId: 'z', of: 'a', at: 4 })
    expect(world.view.open).toMatchObject({ input: 'a', system: 'Be brief.' })
    whole(world)
  })

  it.each([
    ['stopped', (world: World) => world.send({ type: 'user.stop' })],
    ['failed', (world: World) => world.fail(false)],
  ])('stands beside a turn that was %s', (_, end) => {
    const world = threeTurns()
    world.say('d', 'd')
    end(world)
    branch(world, 'd')
    expect(world.view.open).toMatchObject({ parent: 'c', input: 'd' })
    whole(world)
  })

  it('that is refused does not move the head', () => {
    const world = threeTurns()
    branch(world, 'b', { input: 'worse' })
    world.refuse()
    world.decideTo('drop-turn')
    expect([world.state, world.view.head, questions(world)]).toEqual(['idle', 'c', ['a', 'b', 'c']])
    whole(world)
  })

  it('that is refused and rephrased keeps its parent', () => {
    const world = threeTurns()
    branch(world, 'b', { input: 'worse' })
    world.refuse()
    world.decideTo({ rephrase: 'milder' })
    expect(world.view.open).toMatchObject({ parent: 'a', replaces: 'new', input: 'milder' })
    expect([world.view.head, questions(world)]).toEqual(['c', ['a', 'milder']])
    whole(world)
  })

  it('that is stopped without any text does not move the head', () => {
    const world = threeTurns()
    branch(world, 'b')
    world.send({ type: 'user.stop' })
    expect(world.view.head).toBe('c')
  })

  it('needs an id of its own', () => {
    const world = threeTurns()
    world.send({ type: 'turn.branch', turnId: 'a', of: 'b', at: 1 })
    expect(world.state).toBe('completed.saved')
  })

  it('is declined unless the conversation is ready', () => {
    const world = threeTurns()
    world.say('d')
    branch(world, 'b')
    expect(world.view.open?.id).not.toBe('new')
  })

  it('is declined for an open turn', () => {
    const { view } = worldIn('streaming.opening')
    expect(branchObstacle(view, { of: 't1' })).toBe('turn-unknown')
  })

  it.each([false, true])('is declined for a refused turn (force: %s)', (force) => {
    const world = createWorld()
    world.say('a')
    world.finish()
    const { view } = world
    // No journal has such a turn: its parent was refused later.
    const over: View = {
      ...view,
      head: null,
      turns: view.turns.map((turn) => ({ ...turn, status: 'refused' as const })),
    }
    const opened = step(over, { type: 'turn.opened', turnId: 'x', parent: 't1', input: 'b', at: 1 })
    const settled = step(opened, { type: 'turn.settled', turnId: 'x', status: 'completed', kept: true })
    expect(branchObstacle(settled, { of: 'x', force })).toBe(force ? 'turn-quarantined' : 'turn-withdrawn')
  })
})

describe('a turn that can not be branched', () => {
  const cases: readonly (readonly [string, () => World, string, Branching])[] = [
    ['is not there', threeTurns, 'z', {}],
    ['is not there, in other words', threeTurns, 'z', { input: 'x' }],
    ['is quarantined', withdrawn, 'bad', {}],
    ['is quarantined, even by force', withdrawn, 'bad', { force: true }],
    ['is withdrawn', withdrawn, 'b', {}],
    ['stands upon a withdrawn one', withdrawn, 'c', {}],
    ['is a compaction', compacted, 'k', {}],
    ['is a compaction, in other words', compacted, 'k', { input: 'x' }],
    ['is a continuation', continued, 'a~1', {}],
    ['is a continuation, by force', continued, 'a~1', { force: true }],
  ]
  it.each(cases)('because it %s', (_, make, of, how) => {
    const world = make()
    const before = [world.state, world.view]
    branch(world, of, how)
    expect([world.state, world.view]).toEqual(before)
  })

  function compacted(): World {
    const world = threeTurns()
    world.send({ type: 'context.compact', turnId: 'k', at: 1 })
    world.reply({ content: [{ type: 'compaction', content: 'x' }], stopReason: 'compaction' })
    return world
  }

  function continued(): World {
    const world = createWorld({ input: { settings: { onTruncated: 'continue' } } })
    world.say('a', 'a')
    world.finish('half', 'max_tokens')
    world.finish('whole')
    return world
  }
})

describe('an edit of a turn', () => {
  it.each([
    ['quarantined', 'bad'],
    ['withdrawn', 'b'],
    ['upon a withdrawn one', 'c'],
  ])('that is %s opens on head', (_, of) => {
    const world = withdrawn()
    branch(world, of, { input: 'other words' })
    expect(world.view.open).toMatchObject({ parent: 'a', input: 'other words' })
    expect(questions(world)).toEqual(['a', 'other words'])
    whole(world)
  })

  it('before a compaction gets the history before it', () => {
    const world = threeTurns()
    world.send({ type: 'context.compact', turnId: 'k', at: 1 })
    world.reply({ content: [{ type: 'compaction', content: 'x' }], stopReason: 'compaction' })
    branch(world, 'b', { input: 'b, but better' })
    expect(questions(world)).toEqual(['a', 'b, but better'])
  })
})

describe('force', () => {
  it('asks a withdrawn turn again', () => {
    const world = withdrawn()
    branch(world, 'b', { force: true })
    expect(world.view.open).toMatchObject({ parent: 'a', input: 'b' })
    expect(world.view.head).toBe('a')
    whole(world)
  })

  it('branches from a withdrawn path, and the head moves there with the answer', () => {
    const world = withdrawn()
    branch(world, 'c', { force: true })
    expect(world.view.open).toMatchObject({ parent: 'b', input: 'c', force: true })
    expect(world.store.at(-1)).toMatchObject({ type: 'turn.opened', parent: 'b', force: true })
    expect([world.view.head, questions(world)]).toEqual(['a', ['a', 'b', 'c']])
    world.finish()
    expect([world.view.head, questions(world)]).toEqual(['new', ['a', 'b', 'c']])
    whole(world)
    world.say('d')
    world.finish()
    expect(questions(world)).toEqual(['a', 'b', 'c', 'd'])
    whole(world)
  })

  it.each([
    ['refused', (world: World) => (world.refuse(), world.decideTo('drop-turn'))],
    ['stopped before it said anything', (world: World) => world.send({ type: 'user.stop' })],
    ['failed before it said anything', (world: World) => world.rejectAll('request-invalid')],
  ])('leaves head where it was when the turn is %s', (_, end) => {
    const world = withdrawn()
    branch(world, 'c', { force: true })
    end(world)
    expect([world.view.head, questions(world)]).toEqual(['a', ['a']])
    whole(world)
  })

  it('moves the head to a stopped turn that is kept', () => {
    const world = withdrawn()
    branch(world, 'c', { force: true })
    const content = [{ type: 'text', text: 'half' }]
    world.send({ type: 'user.stop', partial: { model: 'm1', promptHash: 'p', content, usage, shown: true } })
    expect([world.view.head, questions(world)]).toEqual(['new', ['a', 'b', 'c']])
    whole(world)
  })

  it('also holds for a rephrased turn, which keeps the parent of the refused one', () => {
    const world = withdrawn()
    branch(world, 'c', { force: true })
    world.refuse()
    world.decideTo({ rephrase: 'milder' })
    expect(questions(world)).toEqual(['a', 'b', 'milder'])
    whole(world)
  })

  it('also holds for a retry of a failed turn', () => {
    const world = withdrawn()
    branch(world, 'c', { force: true })
    world.failWith('source-failed')
    world.send({ type: 'turn.retry', turnId: 'again', at: 30 })
    expect(questions(world)).toEqual(['a', 'b', 'c'])
    whole(world)
  })

  it('also holds for a compaction that makes room for the turn', () => {
    const world = withdrawn()
    branch(world, 'c', { force: true })
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    expect(world.view.open).toMatchObject({ kind: 'compaction', parent: 'b' })
    whole(world)
    world.reply({ content: [{ type: 'compaction', content: 'a and b' }], stopReason: 'compaction' })
    whole(world)
    expect(questions(world)).toEqual(['c'])
  })

  it('edits a withdrawn turn in its place', () => {
    const world = withdrawn()
    branch(world, 'c', { input: 'c, but better', force: true })
    expect(world.view.open).toMatchObject({ parent: 'b' })
    expect(questions(world)).toEqual(['a', 'b', 'c, but better'])
  })
})

describe('a switch of head', () => {
  it('to another branch is stored, then emitted, and the next turn continues there', () => {
    const world = threeTurns()
    const before = world.states.length
    world.send({ type: 'head.switch', to: 'a' })
    expect(world.states.slice(before)).toEqual(['switching.saving', 'completed.saved'])
    expect(world.emitted.at(-1)).toEqual({ type: 'head.switched', from: 'c', to: 'a' })
    world.say('d')
    expect(questions(world)).toEqual(['a', 'd'])
    whole(world)
  })

  it('and back withdraws nothing', () => {
    const world = threeTurns()
    world.send({ type: 'head.switch', to: 'a' })
    world.send({ type: 'head.switch', to: 'c' })
    expect([world.view.head, world.view.withdrawn]).toEqual(['c', {}])
  })

  it.each([
    ['z', undefined],
    ['bad', undefined],
    ['bad', true],
    ['c', undefined],
    ['b', undefined],
  ])('to %s, with force %s, is not made', (to, force) => {
    const world = withdrawn()
    const { view } = world
    world.send({ type: 'head.switch', to, ...(force ? { force } : {}) })
    expect([world.state, world.view]).toEqual(['idle', view])
  })

  it('by force goes back to a withdrawn turn', () => {
    const world = withdrawn()
    world.send({ type: 'head.switch', to: 'c', force: true })
    expect([world.state, world.view.head, questions(world)]).toEqual(['completed.saved', 'c', ['a', 'b', 'c']])
    whole(world)
    world.say('d')
    world.finish()
    expect(questions(world)).toEqual(['a', 'b', 'c', 'd'])
    whole(world)
  })

  it('to a turn that was not kept is declined', () => {
    const world = threeTurns()
    world.say('d', 'd')
    world.send({ type: 'user.stop' })
    world.send({ type: 'head.switch', to: 'd', force: true })
    expect([world.state, world.view.head]).toEqual(['stopped.saved', 'c'])
  })
})
