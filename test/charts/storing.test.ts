import { describe, expect, it } from 'vitest'
import { fold } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import type { World } from './world.ts'

const savings = ['asking', 'tools', 'overflowed', 'completed', 'stopped', 'failed', 'refused', 'reset', 'switching']
const next: Readonly<Record<string, string>> = {
  asking: 'streaming.opening',
  tools: 'tools.running.working',
  overflowed: 'overflowed.deciding',
  refused: 'refused.deciding',
  reset: 'idle',
  switching: 'completed.saved',
}
/** What is emitted about it as soon as it is stored. */
const told: Readonly<Record<string, readonly string[]>> = {
  completed: ['turn.completed'],
  stopped: ['turn.stopped'],
  failed: ['turn.failed'],
  // A refusal is emitted with the decision about it.
  reset: ['turn.refused', 'context.reset'],
  switching: ['head.switched'],
}

describe.each(savings)('%s, while the journal can not store,', (state) => {
  const after = next[state] ?? `${state}.saved`

  it('keeps the facts and stores them later', () => {
    const world = worldIn(`${state}.unsaved`)
    const kept = world.context.unsaved
    expect(kept.length).toBeGreaterThan(0)
    expect(world.tags()).toContain('unsaved')
    world.clock.increment(1_000)
    expect(world.state).toBe(`${state}.unsaved`)
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(world.state).toBe(after)
    expect(world.context.unsaved).toEqual([])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('emits that nothing is stored, and no outcome before it is', () => {
    const world = worldIn(`${state}.unsaved`)
    const outcomes = () => world.types().filter((type) => /^(turn|context|head)\./.test(type))
    const before = outcomes()
    expect(world.emitted.at(-1)).toMatchObject({ type: 'journal.unsaved', failure: { message: 'disk full' } })
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(outcomes()).toEqual([...before, ...(told[state] ?? [])])
  })

  it('stops waiting for a silent journal, and keeps trying', () => {
    const world = worldIn(`${state}.saving`)
    world.clock.increment(10_000)
    expect(world.state).toBe(`${state}.unsaved`)
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(world.state).toBe(after)
  })

  it('continues as soon as the journal answers late', () => {
    const world = worldIn(`${state}.saving`)
    world.clock.increment(10_000)
    world.store.push(...world.context.unsaved)
    world.send({ type: 'journal.saved', revision: world.view.revision })
    expect(world.state).toBe(after)
  })
})

describe('durable before announced', () => {
  it.each(['asking.saving', 'asking.unsaved'])('in %s no request has gone out: its turn is stored first', (leaf) => {
    const world = worldIn(leaf)
    expect([world.replies, world.told('attempt.started')]).toEqual([[], []])
    world.setJournal('stores')
    world.clock.increment(10_000)
    world.clock.increment(1_000)
    expect([world.state, world.replies.length, world.types().at(-1)]).toEqual([
      'streaming.opening',
      1,
      'attempt.started',
    ])
    expect(world.store.at(-1)).toMatchObject({ type: 'turn.opened', turnId: 't1' })
  })

  it('a reply with tool calls is stored before any tool runs', () => {
    const world = worldIn('tools.saving')
    expect(world.toolRuns).toEqual([])
    world.setJournal('stores')
    world.clock.increment(10_000)
    world.clock.increment(1_000)
    expect(world.store.at(-1)).toMatchObject({ type: 'reply.recorded' })
    expect(world.toolRuns).toHaveLength(1)
  })

  it('a journal that fails while the reply streams loses nothing: the facts go with the next ones', () => {
    const world = worldIn('streaming.receiving')
    world.setJournal('fails')
    world.send({ type: 'model.switch', model: 'm2' })
    expect(world.state).toBe('streaming.receiving')
    expect(world.context.journalFailure).toMatchObject({ message: 'disk full' })
    world.setJournal('stores')
    world.finish()
    expect(world.state).toBe('completed.saved')
    expect(world.store.map(({ type }) => type)).toEqual([
      'conversation.created',
      'turn.opened',
      'model.switched',
      'reply.recorded',
      'turn.settled',
    ])
    expect(world.context.journalFailure).toBeNull()
  })
})

describe('a journal that fails where nothing waits for it', () => {
  const troubled: readonly (readonly [string, (world: World) => unknown])[] = [
    ['streaming.receiving', (world) => world.send({ type: 'model.switch', model: 'm2' })],
    ['completed.saved', (world) => world.send({ type: 'model.switch', model: 'm2' })],
    ['refused.awaitingDecision', (world) => world.send({ type: 'model.switch', model: 'm2' })],
  ]

  it.each(troubled)('is asked again after a while, in %s', (leaf, record) => {
    const world = worldIn(leaf)
    world.setJournal('fails')
    record(world)
    expect(world.context.unsaved).toHaveLength(1)
    for (let second = 0; second < 3; second++) world.clock.increment(1_000)
    expect([world.state, world.appends()]).toEqual([leaf, appendsIn(leaf) + 4])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect([world.state, world.context.unsaved, world.context.journalFailure]).toEqual([leaf, [], null])
    world.clock.increment(10_000)
    expect(world.appends()).toBe(appendsIn(leaf) + 5)
    expect(world.store.at(-1)).toMatchObject({ type: 'model.switched', to: 'm2' })
  })

  it('is asked again once a second all the same, whatever state the turn is in', () => {
    const world = worldIn('streaming.opening')
    world.setJournal('fails')
    world.send({ type: 'model.switch', model: 'm2' })
    world.finish()
    const before = world.appends()
    for (let second = 0; second < 10; second++) world.clock.increment(1_000)
    expect(world.state).toBe('completed.unsaved')
    expect(world.appends() - before).toBeGreaterThanOrEqual(10)
    expect(world.appends() - before).toBeLessThanOrEqual(12)
  })

  it('is asked again once a second, also where a message that is queued meanwhile could not be stored', () => {
    const world = worldIn('completed.unsaved', { input: { settings: { whenBusy: 'queue' } } })
    world.say('and this?')
    const before = world.appends()
    for (let second = 0; second < 10; second++) world.clock.increment(1_000)
    expect(world.appends() - before).toBeGreaterThanOrEqual(10)
  })

  const appendsIn = (leaf: string) => worldIn(leaf).appends()
})

/** The journal acknowledges all facts but the last `missing`. */
const acknowledge = (world: World, missing: number) => {
  world.store.push(...world.context.unsaved.slice(0, Math.max(0, world.context.unsaved.length - missing)))
  world.send({ type: 'journal.saved', revision: world.view.revision - missing })
}

describe('an acknowledgement of a part of the facts', () => {
  it('emits nothing, and ends no saving', () => {
    const world = worldIn('completed.saving')
    expect(world.context.unsaved.length).toBeGreaterThan(1)
    acknowledge(world, 1)
    expect([world.state, world.context.unsaved.length, world.told('turn.completed')]).toEqual([
      'completed.saving',
      1,
      [],
    ])
    acknowledge(world, 0)
    expect([world.state, world.told('turn.completed').length]).toEqual(['completed.saved', 1])
  })

  it('passes a decision on to the tools exactly if it is in that part', () => {
    const world = worldIn('tools.running.awaitingPeople')
    world.setJournal('is silent')
    world.send({ type: 'model.switch', model: 'm2' })
    world.send({ type: 'tool.approve', callId: 'k1' })
    world.send({ type: 'model.switch', model: 'm3' })
    acknowledge(world, 2)
    expect([world.context.unsaved.length, world.toolCommands]).toEqual([2, []])
    acknowledge(world, 1)
    expect([world.context.unsaved.length, world.toolCommands]).toEqual([1, [{ type: 'call.approve', callId: 'k1' }]])
    acknowledge(world, 0)
    expect(world.toolCommands).toEqual([{ type: 'call.approve', callId: 'k1' }])
  })
})

describe('a journal that never answers', () => {
  it.each([
    ['while an outcome is saved', 'completed.saving', 10_000],
    ['while the conversation is loaded', 'loading', 30_000],
  ])('is reported to the app in a sentence %s', (_, leaf, wait) => {
    const world = worldIn(leaf)
    world.clock.increment(wait)
    expect(world.told('journal.unsaved')).toEqual([
      {
        type: 'journal.unsaved',
        failure: { code: 'journal-write-failed', message: expect.stringContaining('did not answer in time') },
      },
    ])
  })
})
