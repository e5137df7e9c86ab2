import { describe, expect, it } from 'vitest'
import { fold } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import { calling, createWorld, type World } from './world.ts'

const failed = { type: 'journal.failed', failure: { code: 'journal-write-failed', message: 'x' } } as const

/** What the journal was sent, as the places of the facts. */
const sent = (world: World) => world.journals.flat().map(({ facts }) => facts.map(({ seq }) => seq))

/** Everything that an answer may change. */
const all = (world: World) => [
  world.state,
  world.actor.getSnapshot().context,
  world.emitted.length,
  world.replies.length,
  world.toolRuns.flatMap(({ received }) => received),
]

describe('facts', () => {
  it('are sent once, in order, without gaps', () => {
    const world = createWorld()
    world.say('hi')
    world.callTools('k1')
    world.start('k1')
    world.settle('k1')
    world.finish()
    expect(sent(world).flat()).toEqual(world.store.map((_, seq) => seq))
  })

  it('are not sent again because later ones are, while the journal has not answered', () => {
    const world = calling('k1', 'k2')
    const { revision } = world.view
    const before = world.appends()
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    world.settle('k1')
    expect(sent(world).slice(before)).toEqual([[revision], [revision + 1], [revision + 2]])
    expect(world.journals.flat().slice(before)).toMatchObject([
      { expected: revision },
      { expected: revision + 1 },
      { expected: revision + 2 },
    ])
  })

  it('are sent under an id that no other append of the same journal has', () => {
    const world = calling('k1', 'k2')
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    world.settle('k1')
    const ids = world.journals.flat().map(({ appendId }) => appendId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('are all sent again after a failure, and only then', () => {
    const world = calling('k1', 'k2')
    const { revision } = world.view
    const before = world.appends()
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    world.send(failed)
    expect(sent(world).slice(before)).toEqual([[revision], [revision + 1]])
    world.clock.increment(1_000)
    expect(sent(world).slice(before)).toEqual([[revision], [revision + 1], [revision, revision + 1]])
    world.clock.increment(5_000)
    expect(world.appends()).toBe(before + 3)
  })

  it('are all sent again after ten silent seconds', () => {
    const world = calling('k1', 'k2')
    const { revision } = world.view
    const before = world.appends()
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    world.clock.increment(9_999)
    expect(world.appends()).toBe(before + 2)
    world.clock.increment(1)
    expect(sent(world).slice(before)).toEqual([[revision], [revision + 1], [revision, revision + 1]])
  })

  it('are all sent again as soon as the journal is ready again', () => {
    const world = calling('k1', 'k2')
    const { revision } = world.view
    const before = world.appends()
    world.setJournal('fails')
    world.start('k1')
    world.start('k2')
    world.setJournal('stores')
    world.send({ type: 'journal.ready' })
    expect(sent(world).at(-1)).toEqual([revision, revision + 1])
    expect(world.context.unsaved).toEqual([])
    world.clock.increment(60_000)
    expect(world.appends()).toBeLessThanOrEqual(before + 4)
  })

  it('of which a part is acknowledged are sent again without that part', () => {
    const world = calling('k1', 'k2')
    const { revision } = world.view
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    world.send({ type: 'journal.saved', revision: revision + 1 })
    world.send(failed)
    world.clock.increment(1_000)
    expect(sent(world).at(-1)).toEqual([revision + 1])
  })
})

describe('an answer of the journal', () => {
  const busy = () => {
    const world = calling('k1', 'k2', 'k3')
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    world.settle('k3')
    return world
  }

  it('that comes twice changes nothing the second time', () => {
    const world = busy()
    world.send({ type: 'journal.saved', revision: world.view.revision - 1 })
    const before = all(world)
    world.send({ type: 'journal.saved', revision: world.view.revision - 1 })
    expect(all(world)).toEqual(before)
  })

  it('that comes after the answer to a later append changes nothing', () => {
    const world = busy()
    const { revision } = world.view
    world.send({ type: 'journal.saved', revision })
    const before = all(world)
    for (const late of [revision - 1, revision - 2, 1, 0]) world.send({ type: 'journal.saved', revision: late })
    expect(all(world)).toEqual(before)
    expect(world.context.unsaved).toEqual([])
  })

  it('that comes out of order stores everything up to it at once', () => {
    const world = busy()
    const { revision } = world.view
    const before = world.emitted.length
    world.send({ type: 'journal.saved', revision })
    expect(world.revisions.slice(before)).toEqual([
      ['toolCall.started', revision - 2],
      ['toolCall.started', revision - 1],
      ['toolCall.settled', revision],
    ])
  })

  it.each(['completed.saved', 'streaming.receiving', 'tools.running.working', 'refused.awaitingDecision', 'idle'])(
    'that nothing waits for changes nothing, in %s',
    (leaf) => {
      const world = worldIn(leaf)
      const [before, appends] = [all(world), world.appends()]
      world.send({ type: 'journal.saved', revision: world.view.revision })
      world.send({ type: 'journal.saved', revision: 0 })
      world.send(failed)
      world.send({ type: 'journal.ready' })
      expect(all(world)).toEqual(before)
      world.clock.increment(20_000)
      expect(world.appends()).toBe(appends)
    },
  )

  it('that facts were not stored comes too late if they are stored by then', () => {
    const world = worldIn('completed.saving')
    world.store.push(...world.context.unsaved)
    world.send({ type: 'journal.saved', revision: world.view.revision })
    world.send(failed)
    expect([world.state, world.context.journalFailure]).toEqual(['completed.saved', null])
  })

  it('that everything is stored comes late, after a failure, and counts', () => {
    const world = worldIn('completed.unsaved')
    world.store.push(...world.context.unsaved)
    world.send({ type: 'journal.saved', revision: world.view.revision })
    expect([world.state, world.types().at(-1), world.context.journalFailure]).toEqual([
      'completed.saved',
      'turn.completed',
      null,
    ])
  })

  it('that is lost does no harm: the facts come again, and are stored once', () => {
    const world = calling('k1')
    world.setJournal('is silent')
    world.start('k1')
    // They are stored, and the answer is lost.
    world.store.push(...world.context.unsaved)
    world.setJournal('stores')
    world.clock.increment(10_000)
    expect(world.toolCommands).toEqual([{ type: 'call.start', callId: 'k1' }])
    expect(world.store.filter(({ type }) => type === 'call.started')).toHaveLength(1)
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('that the journal is ready leads out of a state that can not store', () => {
    const world = worldIn('completed.unsaved')
    world.setJournal('stores')
    world.send({ type: 'journal.ready' })
    expect([world.state, world.tags()]).toEqual(['completed.saved', ['ready']])
  })
})

describe('a journal actor that throws', () => {
  it.each(['streaming.receiving', 'tools.running.working', 'completed.saved', 'refused.awaitingDecision'])(
    'is started again after a second, and nothing is lost, in %s',
    (leaf) => {
      const world = worldIn(leaf)
      world.setJournal('throws')
      world.send({ type: 'model.switch', model: 'm2' })
      expect([world.state, world.journals.length]).toEqual([leaf, 1])
      expect(world.context.journalFailure).toMatchObject({
        code: 'journal-write-failed',
        quote: 'the driver is broken',
      })
      world.setJournal('stores')
      world.clock.increment(999)
      expect(world.journals).toHaveLength(1)
      world.clock.increment(1)
      expect([world.state, world.journals.length, world.context.unsaved]).toEqual([leaf, 2, []])
      expect(world.context.journalFailure).toBeNull()
      expect(world.store.at(-1)).toMatchObject({ type: 'model.switched', to: 'm2' })
      expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
    },
  )

  it.each([
    'asking',
    'tools',
    'overflowed',
    'completed',
    'stopped',
    'failed',
    'refused',
    'rejected',
    'reset',
    'switching',
  ])('is started again where something waits for it, in %s.saving', (state) => {
    const world = worldIn(`${state}.saving`, { holdsRejections: true })
    const unsaved = world.context.unsaved
    world.setJournal('throws')
    world.send({ type: 'journal.ready' })
    expect(world.journals).toHaveLength(1)
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect([world.journals.length, world.context.unsaved]).toEqual([2, []])
    expect(world.journals[1]?.[0]?.facts).toEqual(unsaved)
    expect(world.state).not.toMatch(/\.(saving|unsaved)$/)
  })

  it('is started again as often as it throws', () => {
    const world = worldIn('streaming.receiving')
    world.setJournal('throws')
    world.send({ type: 'model.switch', model: 'm2' })
    for (let second = 0; second < 5; second++) world.clock.increment(1_000)
    expect([world.journals.length, world.state]).toEqual([6, 'streaming.receiving'])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect([world.journals.length, world.context.unsaved]).toEqual([7, []])
  })

  it('before a conversation has been loaded is started again, and the conversation is loaded', () => {
    const world = createWorld({ journal: 'never starts' })
    world.send({ type: 'xstate.error.actor.journal', error: new Error('boom'), actorId: 'journal' } as never)
    world.setJournal('stores')
    expect(world.state).toBe('loading')
    world.clock.increment(1_000)
    expect([world.state, world.journals.length]).toEqual(['idle', 2])
  })

  it('ends the conversation no later than the timeout of a close', () => {
    const world = worldIn('streaming.receiving')
    world.setJournal('throws')
    world.send({ type: 'conversation.close', timeout: 5_000 })
    world.clock.increment(4_999)
    expect(world.state).toBe('closing')
    world.clock.increment(1)
    expect([world.state, world.told('turn.stopped')]).toEqual(['closed', []])
  })

  it('is no reason to say that the journal can not store, once another one can', () => {
    const world = worldIn('completed.saved')
    world.send({ type: 'xstate.error.actor.journal', error: new Error('boom'), actorId: 'journal' } as never)
    expect(world.context.journalFailure).not.toBeNull()
    world.clock.increment(1_000)
    expect([world.journals.length, world.context.journalFailure]).toEqual([2, null])
  })

  it('takes facts that are recorded before it is started again', () => {
    const world = worldIn('completed.saved')
    world.setJournal('throws')
    world.send({ type: 'model.switch', model: 'm2' })
    world.setJournal('stores')
    world.say('and this?')
    expect(world.actor.getSnapshot().status).toBe('active')
    world.clock.increment(1_000)
    expect([world.state, world.context.unsaved]).toEqual(['streaming.opening', []])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })
})
