import { describe, expect, it } from 'vitest'
import { type ConversationInput, defaultSettings } from '../../machines/index.ts'
import { fold } from '../../src/journal/index.ts'
import { createWorld, type JournalMode, reloaded, restored, type World } from './world.ts'

const byApi = { content: [{ type: 'compaction', content: 'a and its answer' }], stopReason: 'compaction' }

/** A conversation with one turn, that is being compacted. m2 and m3 may be asked for a summary. */
function compacting(settings: ConversationInput['settings'] = {}): World {
  const world = createWorld({ input: { settings: { compactionModels: ['m1', 'm2', 'm3'], ...settings } } })
  world.say('a')
  world.finish('re a')
  world.send({ type: 'context.compact', turnId: 'c', at: 20 })
  return world
}

/** Each model that was asked for a compaction, and by which method. */
const asked = (world: World) =>
  world.replies
    .filter(({ input }) => input.view.open?.kind === 'compaction')
    .map(({ input: { view } }) => `${view.model}: ${view.open?.input === '' ? 'api' : 'words'}`)

const all = ['m1: api', 'm1: words', 'm2: words', 'm3: words']

/** Ways in which a compaction fails. */
const nothing: Readonly<Record<string, (world: World) => void>> = {
  'is refused': (world) => world.refuse(),
  'has a block without words': (world) =>
    world.reply({ content: [{ type: 'compaction', content: null }], stopReason: 'compaction' }),
  'has a blank block': (world) =>
    world.reply({ content: [{ type: 'compaction', content: ' ' }], stopReason: 'compaction' }),
  'is empty': (world) => world.finish(''),
  'is blank': (world) => world.finish(' \n'),
  'is cut': (world) => world.finish('They said', 'max_tokens'),
  'is a call of a tool': (world) => world.callTools('k1'),
  'is not taken': (world) => world.reject('request-invalid'),
  'fails at the API': (world) => world.failWith('api-error'),
  'is not allowed': (world) => world.failWith('permission-denied'),
  'breaks off for good': (world) => world.failWith('stream-malformed'),
}

describe.each(Object.entries(nothing))('a compaction that %s', (_, comesToNothing) => {
  it('is followed by the next method, and leaves nothing behind', () => {
    const world = compacting()
    const before = world.view
    for (let way = 1; way < all.length; way++) comesToNothing(world)
    expect(asked(world)).toEqual(all)
    world.finish('a, in short')
    expect([world.state, world.view.model, world.view.away]).toEqual(['completed.saved', 'm1', null])
    expect(world.view.head).toBe(world.view.turns.at(-1)?.id)
    expect(world.told('context.compacted')).toHaveLength(1)
    expect(world.view).toMatchObject({ queue: before.queue, held: false, refusalsInARow: 0 })
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('by every method leaves the conversation unchanged, and fails with compaction-failed', () => {
    const world = compacting({ whenBusy: 'queue' })
    const { head } = world.view
    const before = world.messages()
    for (const _way of all) comesToNothing(world)
    expect([world.view.head, world.view.model, world.view.held]).toEqual([head, 'm1', false])
    expect(['failed.saved', 'idle']).toContain(world.state)
    expect([world.context.failure?.code, world.view.turns.at(-1)?.failure?.code]).toEqual([
      'compaction-failed',
      'compaction-failed',
    ])
    expect(world.messages()).toEqual(before)
    expect(world.told('context.compacted')).toEqual([])
    world.say('b')
    world.finish('re b')
    expect(world.state).toBe('completed.saved')
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })
})

describe('the methods of compacting', () => {
  it('count attempts from 1, and each has its own tries', () => {
    const world = compacting({ maxAttempts: 2, baseDelay: 1 })
    for (let tries = 0; tries < 2; tries++) {
      world.fail(true)
      world.clock.increment(1)
    }
    world.fail(true)
    world.clock.increment(1)
    expect(world.told('attempt.started').slice(1)).toMatchObject([
      { turnId: 'c', attempt: 1 },
      { turnId: 'c', attempt: 2 },
      { turnId: 'c~1', attempt: 1 },
      { turnId: 'c~1', attempt: 2 },
    ])
    // The failure is that of the attempt before.
    expect(world.view).toMatchObject({ attempt: 2, tries: 2, failure: { code: 'overloaded' } })
  })

  it('never switch the model of the conversation, as an outage does', () => {
    const world = compacting({ maxAttempts: 1, outageModels: ['m1', 'm2'] })
    world.fail(true)
    world.clock.increment(120_000)
    expect(asked(world)).toEqual(['m1: api', 'm1: words', 'm2: words'])
    expect([world.told('model.switched'), world.view.goesBackTo]).toEqual([[], 'm1'])
  })

  it('end where no other method could succeed', () => {
    const world = compacting()
    world.reject('prompt-too-long')
    expect([asked(world), world.state]).toEqual([['m1: api'], 'failed.saved'])
    const unpaid = compacting()
    unpaid.failWith('billing-failed')
    expect([asked(unpaid), unpaid.state]).toEqual([['m1: api'], 'failed.saved'])
    expect(unpaid.context.failure).toMatchObject({ code: 'compaction-failed', causedBy: 'billing-failed' })
  })

  it('begin with the first again after a retry', () => {
    const world = compacting()
    for (const _way of all) world.finish('')
    world.send({ type: 'turn.retry', turnId: 'again', at: 30 })
    expect(asked(world)).toEqual([...all, 'm1: api'])
    expect(world.view.open).toMatchObject({ id: 'again', kind: 'compaction', parent: 't1' })
  })

  it('use the model that the app switches to meanwhile', () => {
    const world = compacting({ compactBy: 'summary' })
    world.finish('')
    expect([world.view.model, world.view.goesBackTo]).toEqual(['m2', 'm1'])
    world.send({ type: 'model.switch', model: 'm2' })
    world.finish('a, in short')
    expect([world.state, world.view.model]).toEqual(['completed.saved', 'm2'])
  })

  it('have an outcome where the app switches to the next one’s model before the failure is stored', () => {
    const world = compacting({ compactBy: 'summary', compactionModels: ['m2'] })
    world.setJournal('is silent')
    world.finish('')
    expect(world.state).toBe('failed.saving')
    world.send({ type: 'model.switch', model: 'm2' })
    world.setJournal('stores')
    world.clock.increment(10_000)
    world.clock.increment(1_000)
    const ended = world.types().filter((type) => ['turn.failed', 'turn.continued'].includes(type))
    expect([world.state, ended]).toEqual(['failed.saved', ['turn.failed']])
  })

  it('wait until the outcome of the last one is stored', () => {
    const world = compacting()
    world.setJournal('is silent')
    world.finish('')
    expect([world.state, world.replies.length]).toEqual(['failed.saving', 2])
    world.send({ type: 'journal.saved', revision: world.view.revision })
    expect([world.state, world.view.open?.id, world.replies.length]).toEqual(['asking.saving', 'c~1', 2])
    // The request goes out once the next method is stored, too.
    world.send({ type: 'journal.saved', revision: world.view.revision })
    expect([world.state, world.view.open?.id, world.replies.length]).toEqual(['streaming.opening', 'c~1', 3])
  })

  it.each<[string, JournalMode]>([
    ['failed.saving', 'is silent'],
    ['failed.unsaved', 'fails'],
  ])('are left by a stop between two of them, in %s', (state, mode) => {
    const world = compacting()
    world.setJournal(mode)
    world.finish('')
    expect(world.state).toBe(state)
    world.send({ type: 'user.stop' })
    world.setJournal('stores')
    world.clock.increment(11_000)
    world.clock.increment(1_000)
    expect([world.state, world.replies.length, world.view.head]).toEqual(['stopped.saved', 2, 't1'])
  })
})

describe('while another model makes the summary', () => {
  const lent = (settings: ConversationInput['settings'] = {}) => {
    const world = compacting({ compactBy: 'summary', whenBusy: 'queue', ...settings })
    world.finish('')
    world.say('b', 'later')
    expect([world.view.model, world.view.open?.input]).toEqual(['m2', defaultSettings.summariseWith])
    return world
  }

  it('a stop gives the conversation its own model back, and the queue continues', () => {
    const world = lent()
    world.send({ type: 'user.stop' })
    expect([world.view.model, world.view.open?.input, world.view.head]).toEqual(['m1', 'b', 't1'])
  })

  it('a close does too, and loses no queued message', () => {
    const world = lent()
    world.send({ type: 'conversation.close' })
    expect([world.state, world.view.model]).toEqual(['closed', 'm1'])
    const after = reloaded(world, { whenBusy: 'queue' })
    expect([after.view.head, after.view.open, after.view.held]).toEqual(['t1', null, true])
    after.send({ type: 'queue.release' })
    expect([after.view.head, after.view.open?.input]).toEqual(['t1', 'b'])
  })

  it('a crash does too: once it is loaded, the queue waits until it is released', () => {
    const world = reloaded(lent())
    expect([world.view.model, world.view.head, world.replies]).toEqual(['m1', 't1', []])
    expect(world.view.turns.at(-1)).toMatchObject({ kind: 'compaction', status: 'interrupted', kept: false })
    expect(world.view).toMatchObject({ open: null, held: true, queue: [{ turnId: 'later' }] })
    world.send({ type: 'queue.release' })
    expect(world.view.open).toMatchObject({ id: 'later', input: 'b', parent: 't1' })
  })

  it('a crash does too: once it is restored, the queue continues', () => {
    const world = restored(lent())
    expect([world.view.model, world.view.head]).toEqual(['m1', 't1'])
    expect(world.view.turns.at(-1)).toMatchObject({ kind: 'compaction', status: 'interrupted', kept: false })
    expect(world.view.open).toMatchObject({ id: 'later', input: 'b', parent: 't1' })
  })

  it('a compaction that the user asked for can be retried after a stop', () => {
    const world = compacting()
    world.send({ type: 'user.stop' })
    world.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    world.reply(byApi)
    expect([world.state, world.view.head]).toEqual(['completed.saved', 'again'])
  })
})
