// Behaviour that other tests pass over: each of these was once changed in the code without a test that failed.
import { describe, expect, it } from 'vitest'
import { branchObstacle, defaultSettings, retryableTurn } from '../../machines/index.ts'
import { fold, step, type View } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import { createWorld, reloaded, type World, usage } from './world.ts'

const text = (said: string) => [{ type: 'text', text: said }]
const partial = { model: 'm1', promptHash: 'p', content: [], usage, shown: false }

/** The journal acknowledges all facts but the last `missing`. */
const acknowledge = (world: World, missing: number) => {
  world.store.push(...world.context.unsaved.slice(0, Math.max(0, world.context.unsaved.length - missing)))
  world.send({ type: 'journal.saved', revision: world.view.revision - missing })
}

describe('a reply', () => {
  it('that goes on for longer than a reply may take is given up', () => {
    const world = worldIn('streaming.receiving')
    world.clock.increment(3_599_999)
    expect(world.state).toBe('streaming.receiving')
    world.clock.increment(1)
    expect([world.state, world.context.failure?.code]).toEqual(['failed.saved', 'stream-stalled'])
  })

  it('that is cut before it says anything is paid for all the same', () => {
    const world = worldIn('streaming.receiving')
    const iterations = [{ type: 'message', usage }]
    world.send({ type: 'user.stop', partial: { ...partial, iterations } })
    expect(world.store.at(-1)).toMatchObject({
      type: 'turn.settled',
      status: 'stopped',
      kept: false,
      usage,
      iterations,
    })
    expect(world.view.usage).toMatchObject(usage)
    expect(world.view.turns.at(-1)?.attempts).toMatchObject([{ result: 'cut', billing: 'billed', usage }])
  })

  it('in several rounds of one model has refused in none of them', () => {
    const world = worldIn('streaming.receiving')
    const iterations = [
      { type: 'message', usage },
      { type: 'message', usage },
    ]
    world.reply({ content: text('hi'), stopReason: 'end_turn', iterations })
    expect(world.view.turns.at(-1)?.attempts.map(({ result }) => result)).toEqual(['answered', 'answered'])
  })
})

describe('an acknowledgement of a part of the facts', () => {
  it('announces nothing, and ends no saving', () => {
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

  it('passes no decision on to the tools', () => {
    const world = worldIn('tools.running.awaitingPeople')
    world.needApproval('k2')
    world.setJournal('is silent')
    world.send({ type: 'tool.approve', callId: 'k1' })
    world.send({ type: 'model.switch', model: 'm2' })
    acknowledge(world, 1)
    expect([world.context.unsaved.length, world.toolCommands]).toEqual([1, []])
    acknowledge(world, 0)
    expect(world.toolCommands).toEqual([{ type: 'call.approve', callId: 'k1' }])
  })
})

describe('a journal that never answers', () => {
  it.each([
    ['while an outcome is saved', 'completed.saving', 10_000],
    ['while the conversation is loaded', 'loading', 30_000],
  ])('is told of, in a sentence, %s', (_, leaf, wait) => {
    const world = worldIn(leaf)
    world.clock.increment(wait)
    expect(world.told('journal.unsaved')).toEqual([
      {
        type: 'journal.unsaved',
        failure: { code: 'journal-write-failed', message: expect.stringContaining('has not answered in time') },
      },
    ])
  })
})

describe('asking again', () => {
  it('the rest of a cut reply asks for the rest, and goes on with the same turn', () => {
    const world = createWorld({ input: { settings: { onTruncated: 'continue' } } })
    world.say('count')
    world.finish('One, ', 'max_tokens')
    world.fail(false)
    world.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    expect(world.view.open).toMatchObject({
      kind: 'continuation',
      continues: 't1',
      parent: 't1',
      input: defaultSettings.continueWith,
    })
  })

  it('what stood upon a turn that has left stands on head', () => {
    const world = createWorld({ input: { settings: { onStop: 'drop' } } })
    world.say('a')
    world.finish()
    world.say('b')
    world.fail(false)
    world.send({ type: 'context.clear' })
    expect(retryableTurn(world.view)).toMatchObject({ id: 't2', parent: 't1' })
    world.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    expect(world.view.open).toMatchObject({ id: 'again', input: 'b', parent: null, replaces: 't2' })
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('keeps what the app noted of a message that was queued', () => {
    const world = createWorld({ input: { settings: { whenBusy: 'queue' } } })
    world.say('a')
    world.send({ type: 'user.send', turnId: 'q', input: 'b', at: 2, metadata: { from: 'web' } })
    expect(world.view.queue).toMatchObject([{ turnId: 'q', metadata: { from: 'web' } }])
    world.finish()
    expect(world.view.open).toMatchObject({ id: 'q', metadata: { from: 'web' } })
    expect(world.store.filter((fact) => 'metadata' in fact).map(({ type }) => type)).toEqual([
      'input.queued',
      'turn.opened',
    ])
  })
})

describe('a branch', () => {
  it('is not made of a turn that is under way', () => {
    const { view } = worldIn('streaming.opening')
    expect(branchObstacle(view, { of: 't1' })).toBe('turn-unknown')
  })

  it.each([false, true])('is not made over a refused turn (force: %s)', (force) => {
    const world = createWorld()
    world.say('a')
    world.finish()
    const { view } = world
    // No journal has such a turn: it stands upon one that was refused later, as far as it says.
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

describe('a budget of cost', () => {
  it('is kept to when a model was used whose price is not known, by name', () => {
    const world = createWorld({ input: { settings: { prices: { m1: { input: 1, output: 1 } } } } })
    world.send({ type: 'model.switch', model: 'm2' })
    world.say('a')
    world.finish()
    world.send({ type: 'model.switch', model: 'm1' })
    world.send({ type: 'budget.set', budget: { cost: 100 } })
    world.say('b')
    expect([world.state, world.context.failure?.code]).toEqual(['failed.saved', 'budget-exceeded'])
    expect(world.context.failure?.message).toContain('m2, which was used')
  })
})

describe('thinking that was left out once', () => {
  it('is left out again when later thinking is objected to', () => {
    const thought = (said: string) => [{ type: 'thinking', thinking: said, signature: 's' }, ...text(`re ${said}`)]
    const world = createWorld()
    for (const said of ['one', 'two']) {
      world.say(said)
      if (said === 'two') world.reject('thinking-invalid', { thinking: true, pointed: 'thinking' })
      world.reply({ content: thought(said), stopReason: 'end_turn' })
    }
    world.say('three')
    expect(JSON.stringify(world.messages())).toContain('"thinking":"two"')
    world.reject('thinking-invalid', { thinking: true, pointed: 'thinking' })
    expect(JSON.stringify(world.messages())).not.toContain('"thinking"')
    expect(world.told('thinking.stripped').map(({ turnId }) => turnId)).toEqual(['t2', 't3'])
    world.finish()
    expect(world.state).toBe('completed.saved')
    expect(reloaded(world).view).toEqual(world.view)
  })
})

describe('a conversation that a fallback model has answered', () => {
  it('does not go back when all models refuse another message', () => {
    const world = createWorld()
    world.say('a')
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.finish()
    world.say('b')
    world.refuse()
    world.decideTo({ fallback: 'm3', from: 'this-turn' })
    world.refuse()
    world.decideTo('drop-turn')
    expect(world.told('model.switched').map(({ to }) => to)).toEqual(['m2', 'm3'])
    expect(world.view.away).toEqual({ from: 'm1', turns: 1 })
  })
})

describe('room that is made for a turn', () => {
  it('begins the counting of attempts anew, and so does the turn after it', () => {
    const world = createWorld({ input: { settings: { maxAttempts: 3, baseDelay: 1 } } })
    world.say('a')
    world.finish()
    world.say('b')
    world.fail(true)
    world.clock.increment(1)
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    expect(world.context).toMatchObject({ attempt: 1, tries: 1 })
    world.fail(true)
    world.clock.increment(1)
    world.reply({ content: [{ type: 'compaction', content: 'short' }], stopReason: 'compaction' })
    expect(world.context).toMatchObject({ attempt: 1, tries: 1, failure: null, retryAfter: null })
  })
})
