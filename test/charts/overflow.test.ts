import { describe, expect, it } from 'vitest'
import type { ConversationInput } from '../../machines/index.ts'
import { fold } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import { createWorld, reloaded, type World } from './world.ts'

/** A conversation with one turn behind it, and the next one asked. */
function asked(settings: ConversationInput['settings'] = {}): World {
  const world = createWorld({ input: { settings } })
  world.say('a')
  world.finish('re a')
  world.say('b')
  return world
}

const windowFull = 'model_context_window_exceeded'
const byApi = { content: [{ type: 'compaction', content: 'a and its answer' }], stopReason: 'compaction' }

describe('a request that is too long', () => {
  it('is decided about while its turn is open', () => {
    const world = asked()
    world.reject('prompt-too-long')
    expect([world.state, world.view.open?.id, world.told('turn.failed')]).toEqual(['overflowed.deciding', 't2', []])
    world.overflowTo('fail')
    expect(world.told('turn.failed')).toEqual([])
    expect(world.overflows.map(({ input }) => input)).toMatchObject([
      { turnId: 't2', model: 'm1', failure: { code: 'prompt-too-long' } },
    ])
  })

  it.each([
    ['is decided so', (world: World) => world.overflowTo('fail')],
    ['is not decided in time', (world: World) => world.clock.increment(30_000)],
  ])('is a request that the API rejected when it %s: turns are set aside until it is taken', (_, go) => {
    const world = asked()
    world.reject('prompt-too-long')
    go(world)
    expect([world.state, world.view.rejections.setAside]).toEqual(['streaming.opening', ['turn:t1']])
    world.finish('re b')
    expect([world.state, world.view.head, world.replies.length]).toEqual(['completed.saved', 't2', 3])
  })

  it('that stays too long whatever is set aside fails, can be retried, and leaves the history unchanged', () => {
    const world = asked()
    world.reject('prompt-too-long')
    world.overflowTo('fail')
    world.rejectAll('prompt-too-long')
    expect([world.state, world.view.head, world.view.rejections.setAside]).toEqual(['failed.saved', 't1', []])
    expect(world.told('turn.failed')).toMatchObject([{ turnId: 't2', failure: { code: 'prompt-too-long' } }])
    world.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    expect(world.state).toBe('streaming.opening')
  })

  it('is stopped by a stop', () => {
    const world = asked()
    world.reject('prompt-too-long')
    world.send({ type: 'user.stop' })
    expect([world.state, world.view.turns.at(-1)?.status]).toEqual(['stopped.saved', 'stopped'])
  })

  it('is sent again after a compaction of the history before it', () => {
    const world = asked()
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    expect(world.view.open).toMatchObject({ id: 't2~1', kind: 'compaction', parent: 't1', replaces: 't2', input: '' })
    world.reply(byApi)
    expect(world.view.open).toMatchObject({ id: 't2~2', kind: 'user', parent: 't2~1', replaces: 't2~1', input: 'b' })
    expect(world.messages()).toEqual([
      ['assistant', byApi.content],
      ['user', 'b'],
    ])
    world.finish('re b')
    expect([world.state, world.view.head]).toEqual(['completed.saved', 't2~2'])
    expect(world.told('context.compacted')).toEqual([{ type: 'context.compacted', turnId: 't2~1' }])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('that is too long again after a compaction is not compacted twice', () => {
    const world = asked()
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    world.reply(byApi)
    world.reject('prompt-too-long')
    expect([world.overflows.length, world.view.rejections.setAside]).toEqual([1, ['turn:t2~1']])
    world.finish('re b')
    expect(world.state).toBe('completed.saved')
  })

  it('with nothing before it is not compacted', () => {
    const world = createWorld()
    world.say('far too much')
    world.reject('prompt-too-long')
    expect([world.state, world.replies.length, world.overflows]).toEqual(['failed.saved', 1, []])
  })

  it('holds the queue when its turn fails', () => {
    const world = asked({ whenBusy: 'queue' })
    world.say('c')
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    world.reject('prompt-too-long')
    expect(world.view.held).toBe(false)
    world.rejectAll('prompt-too-long')
    expect([world.state, world.view.held]).toEqual(['failed.saved', true])
  })

  it('does not hold the queue once its turn has completed', () => {
    const world = asked({ whenBusy: 'queue' })
    world.say('c')
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    world.reply(byApi)
    world.finish('re b')
    expect(world.view.open?.input).toBe('c')
  })
})

describe('a reply that filled the window', () => {
  it('is kept, and its turn fails', () => {
    const world = asked()
    world.finish('half of b', windowFull)
    world.overflowTo('fail')
    expect(world.state).toBe('failed.saved')
    expect(world.view.turns.at(-1)).toMatchObject({
      id: 't2',
      status: 'failed',
      kept: true,
      failure: { code: 'context-window-exceeded' },
      steps: [{ stopReason: windowFull }],
    })
  })

  it('is continued where it was cut, after a compaction that contains it', () => {
    const world = asked()
    world.finish('half of b', windowFull)
    world.overflowTo('compact')
    expect(world.view.open).toMatchObject({ kind: 'compaction', parent: 't2', replaces: 't2' })
    world.reply(byApi)
    expect(world.view.open).toMatchObject({ kind: 'continuation', continues: 't2', parent: 't2~1' })
    world.finish('other half', windowFull)
    world.overflowTo('compact')
    expect(world.state).toBe('failed.saved')
  })

  it('is asked again from its beginning when stopped turns are dropped', () => {
    const world = asked({ onStop: 'drop' })
    world.finish('half of b', windowFull)
    world.overflowTo('compact')
    expect(world.view.open).toMatchObject({ kind: 'compaction', parent: 't1' })
    world.reply(byApi)
    expect(world.view.open).toMatchObject({ kind: 'user', input: 'b' })
  })

  it('that was the first, and is not kept, leaves nothing to compact', () => {
    const world = createWorld({ input: { settings: { onStop: 'drop' } } })
    world.say('a')
    world.finish('half of a', windowFull)
    world.overflowTo('compact')
    expect([world.state, world.replies.length]).toEqual(['failed.saved', 1])
  })

  it('is stored before the policy is asked', () => {
    const world = asked()
    world.setJournal('fails')
    world.finish('half of b', windowFull)
    expect([world.state, world.overflows]).toEqual(['overflowed.unsaved', []])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(world.state).toBe('overflowed.deciding')
  })

  it.each(['overflowed.saving', 'overflowed.unsaved', 'overflowed.deciding'])(
    'is not decided about by a conversation that is restored in %s',
    (leaf) => {
      const before = worldIn(leaf)
      const world = createWorld({ snapshot: before.persist(), store: before.store })
      expect([world.state, world.overflows.filter(({ isLive }) => isLive)]).toEqual(['failed.saved', []])
      expect(world.view.turns.at(-1)).toMatchObject({ status: 'interrupted', kept: true })
    },
  )

  it('is not decided about by a conversation that is loaded', () => {
    const before = asked()
    before.finish('half of b', windowFull)
    const world = reloaded(before)
    expect([world.state, world.overflows]).toEqual(['failed.saved', []])
  })
})

describe('room that is made for a turn', () => {
  it('counts attempts from 1 again, and so does the turn after it', () => {
    const world = createWorld({ input: { settings: { maxAttempts: 3, baseDelay: 1 } } })
    world.say('a')
    world.finish()
    world.say('b')
    world.fail(true)
    world.clock.increment(1)
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    expect(world.view).toMatchObject({ attempt: 1, tries: 1, failure: null })
    world.fail(true)
    world.clock.increment(1)
    world.reply({ content: [{ type: 'compaction', content: 'short' }], stopReason: 'compaction' })
    expect(world.view).toMatchObject({ attempt: 1, tries: 1, failure: null })
  })
})
