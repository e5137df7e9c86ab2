import { describe, expect, it } from 'vitest'
import type { ConversationInput } from '../../machines/index.ts'
import { fold } from '../../src/journal/index.ts'
import { leaves, worldIn } from './leaves.ts'
import { calling, createWorld, reloaded, restored, type World } from './world.ts'

const resume = { onInterrupted: 'resume' } as const
const queueing = { whenBusy: 'queue' } as const

const load = (before: World, settings?: ConversationInput['settings']) =>
  reloaded(before, settings, { holdsRejections: true })

const liveRequests = ({ replies }: World) => replies.filter(({ isLive }) => isLive).length

const whole = (world: World) => expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)

/** The API finds the second message too long. */
const tooLong = (): World => {
  const world = worldIn('completed.saved')
  world.say('b')
  world.reject('prompt-too-long')
  return world
}

/** Room was made for the second message, and the process ended before it was asked again. */
const roomMade = (): World => {
  const world = tooLong()
  world.overflowTo('compact')
  world.storeOnly('turn.settled')
  world.reply({ content: [{ type: 'compaction', content: 'short' }], stopReason: 'compaction' })
  return world
}

/** The reply was cut, and the process ended before the rest was asked for. */
const cutReply = (): World => {
  const world = worldIn('streaming.receiving', { input: { settings: { onTruncated: 'continue' } } })
  world.storeOnly('turn.settled')
  world.finish('half', 'max_tokens')
  return world
}

/** The API could not compact, and the process ended before the next method was tried. */
const compactionFailed = (): World => {
  const world = tooLong()
  world.overflowTo('compact')
  world.storeOnly('turn.settled')
  world.finish('')
  return world
}

describe('a journal that is loaded', () => {
  it.each<readonly [string, string, () => World]>([
    ['nothing was said', 'idle', () => worldIn('idle')],
    ['the last turn completed', 'completed.saved', () => worldIn('completed.saved')],
    ['the last turn was stopped', 'stopped.saved', () => worldIn('stopped.saved')],
    ['the last turn failed', 'failed.saved', () => worldIn('failed.saved')],
    ['a refusal was not decided', 'refused.deciding', () => worldIn('refused.deciding')],
    ['a person decides about a refusal', 'refused.awaitingDecision', () => worldIn('refused.awaitingDecision')],
    ['a rejection was not decided', 'rejected.deciding', () => worldIn('rejected.deciding')],
    ['a request was too long', 'overflowed.deciding', tooLong],
    ['calls wait for people', 'tools.running.awaitingPeople', () => worldIn('tools.running.awaitingPeople')],
    ['a compaction made room for a message', 'stopped.saved', roomMade],
    ['a cut reply was to be continued', 'completed.saved', cutReply],
    ['a compaction failed', 'failed.saved', compactionFailed],
    ['the context was cleared', 'idle', () => cleared(worldIn('completed.saved'))],
  ])('comes up where it was: %s → %s', (_, state, make) => {
    const before = make()
    const world = load(before)
    expect([world.state, liveRequests(world)]).toEqual([state, 0])
    expect([world.view, world.store.length]).toEqual([fold(before.store), before.store.length])
    expect(world.emitted).toEqual([])
  })

  const cleared = (world: World) => {
    world.send({ type: 'context.clear' })
    return world
  }

  it.each([
    ['before its request went out', () => worldIn('asking.saving')],
    ['while the request was opened', () => worldIn('streaming.opening')],
    ['while the reply arrived', () => worldIn('streaming.receiving')],
    ['between two attempts', () => worldIn('waitingToRetry')],
    ['while a tool ran', () => started(calling('k1'))],
    ['with a reply to be stopped', () => worldIn('streaming.ending.stopped')],
    ['after its window was full', () => worldIn('overflowed.deciding')],
  ])('with a turn that was interrupted %s settles it, and asks nothing', (_, make) => {
    const before = make()
    if (before.state === 'asking.saving') before.store.push(...before.context.unsaved)
    const world = load(before)
    expect([world.state, liveRequests(world), world.toolRuns]).toEqual(['failed.saved', 0, []])
    expect(world.view.turns.at(-1)).toMatchObject({ status: 'interrupted', failure: { code: 'interrupted' } })
    expect(world.types().at(-1)).toBe('turn.failed')
    expect(world.told('turn.failed')).toMatchObject([{ turnId: 't1', failure: { code: 'interrupted' } }])
    expect(world.revisions.at(-1)).toEqual(['turn.failed', world.store.length])
    whole(world)
  })

  const started = (world: World) => {
    world.start('k1')
    return world
  }

  it('asks the refusal policy again, and resets once', () => {
    const world = load(worldIn('refused.deciding'))
    expect(world.decisions.map(({ input }) => input)).toMatchObject([{ turnId: 't1', refusalsInARow: 1 }])
    world.decideTo('drop-turn')
    expect([world.state, world.types()]).toEqual(['idle', ['turn.refused', 'context.reset']])
    whole(world)
  })

  it('keeps a refusal with the person who decides: it is not emitted again, and the policy is not asked', () => {
    const world = load(worldIn('refused.awaitingDecision'))
    expect([world.decisions, world.emitted, world.tags()]).toEqual([[], [], ['awaitingDecision']])
    world.send({ type: 'refusal.resolve', policy: 'drop-turn' })
    expect([world.state, world.types()]).toEqual(['idle', ['context.reset']])
    expect(world.store.at(-1)).toMatchObject({ type: 'head.moved', decidedBy: 'person' })
  })

  it('resets a refused compaction, and asks what it was to make room for', () => {
    const before = tooLong()
    before.overflowTo('compact')
    before.storeOnly('turn.settled')
    before.refuse()
    const world = load(before)
    expect([world.state, world.view.open?.kind, world.decisions]).toEqual(['streaming.opening', 'compaction', []])
    whole(world)
  })

  it('decides a rejection again with the failure and the tries that are stored', () => {
    const before = createWorld({ holdsRejections: true })
    before.say('hi')
    before.reject('request-invalid')
    const told = before.rejections.map(({ input }) => input)
    const world = load(before)
    expect(world.rejections.map(({ input }) => input)).toEqual(told)
    world.resolveRejection('stop')
    expect([world.state, world.told('turn.failed')]).toMatchObject([
      'failed.saved',
      [{ turnId: 't1', failure: { code: 'request-invalid' } }],
    ])
    whole(world)
  })

  it('decides about a request that was too long as it did before', () => {
    const world = load(tooLong())
    expect(world.overflows.map(({ input }) => input)).toMatchObject([
      { turnId: 't2', failure: { code: 'prompt-too-long' } },
    ])
    world.overflowTo('compact')
    expect([world.state, world.view.open?.kind]).toEqual(['streaming.opening', 'compaction'])
    whole(world)
  })

  it('makes a compaction that failed when it is retried, for the same message', () => {
    const world = load(compactionFailed())
    expect([world.state, world.emitted]).toEqual(['failed.saved', []])
    world.send({ type: 'turn.retry', turnId: 'again', at: 20 })
    expect(world.view.open).toMatchObject({ id: 'again', kind: 'compaction', parent: 't1' })
    world.reply({ content: [{ type: 'compaction', content: 'short' }], stopReason: 'compaction' })
    whole(world)
  })

  it('asks a message that room was made for when it is retried, after the compaction', () => {
    const world = load(roomMade())
    expect(world.emitted).toEqual([])
    world.send({ type: 'turn.retry', turnId: 'again', at: 20 })
    expect(world.state).toBe('streaming.opening')
    expect(world.view.open).toMatchObject({ id: 'again', input: 'b', parent: 't2~1' })
    world.finish()
    expect(world.view.head).toBe('again')
    whole(world)
  })

  it('keeps the budget, the model, the hold and the number of refusals', () => {
    const before = createWorld({ input: { settings: queueing } })
    before.send({ type: 'budget.set', budget: { tokens: 1_000 } })
    before.say('a')
    before.say('b')
    before.refuse()
    before.decideTo('drop-turn')
    before.send({ type: 'model.switch', model: 'm2' })
    const world = load(before, queueing)
    expect(world.view).toMatchObject({
      budget: { tokens: 1_000 },
      model: 'm2',
      held: true,
      refusalsInARow: 1,
      queue: [{ turnId: 't2' }],
    })
    expect(world.store).toEqual(before.store)
  })

  it('applies the stored budget, not the one of its settings', () => {
    const before = createWorld()
    before.send({ type: 'budget.set', budget: { tokens: 0 } })
    const world = load(before, { budget: { tokens: 1_000_000 } })
    world.say('hi')
    expect([world.state, world.replies]).toEqual(['failed.saved', []])
    world.send({ type: 'budget.set', budget: {} })
    world.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    expect(world.state).toBe('streaming.opening')
  })

  it('never gives a number of an attempt twice', () => {
    const before = createWorld({ input: { settings: { baseDelay: 1 } } })
    before.say('hi')
    before.fail(true)
    before.clock.increment(1)
    const world = load(before, resume)
    expect(world.replies.map(({ input }) => input.attempt)).toEqual([3])
    expect(world.view.open?.attempts.map(({ attempt }) => attempt)).toEqual([1, 2])
  })
})

describe('a queue that is loaded', () => {
  const waiting = (end: (world: World) => void) => {
    const world = createWorld({ input: { settings: queueing } })
    world.say('a')
    world.say('b')
    end(world)
    return world
  }

  it.each<readonly [string, (world: World) => void]>([
    ['behind a turn that was interrupted', () => {}],
    [
      'behind a turn that completed',
      (world) => {
        world.storeOnly('turn.settled')
        world.finish()
      },
    ],
    [
      'behind a turn that was stopped',
      (world) => {
        world.storeOnly('turn.settled')
        world.send({ type: 'user.stop' })
      },
    ],
  ])('%s is held until it is released', (_, end) => {
    const world = load(waiting(end), queueing)
    expect(world.view).toMatchObject({ held: true, open: null, queue: [{ turnId: 't2' }] })
    expect([liveRequests(world), world.context.unsaved]).toEqual([0, []])
    world.send({ type: 'queue.release' })
    expect([world.state, world.view.open?.id]).toEqual(['streaming.opening', 't2'])
    whole(world)
  })

  it('is held by a fact of its own, where nothing else holds it', () => {
    const before = waiting((world) => {
      world.storeOnly('turn.settled')
      world.finish()
    })
    const world = load(before, queueing)
    expect(world.store.slice(before.store.length)).toMatchObject([{ type: 'queue.held' }])
    // And not a second time.
    const again = load(world, queueing)
    expect(again.store).toEqual(world.store)
  })

  it.each<readonly [string, (world: World) => void]>([
    ['a turn whose calls wait for people', (world) => (world.callTools('k1'), world.needApproval('k1'))],
    ['a turn whose request was rejected', (world) => world.reject('request-invalid')],
  ])('is held behind %s, too', (_, end) => {
    const before = createWorld({ input: { settings: queueing }, holdsRejections: true })
    before.say('a')
    before.say('b')
    end(before)
    const world = load(before, queueing)
    expect(world.view).toMatchObject({ held: true, queue: [{ turnId: 't2' }], open: { id: 't1' } })
  })

  it('is drained where interrupted turns are to be resumed', () => {
    const before = waiting((world) => {
      world.storeOnly('turn.settled')
      world.finish()
    })
    const world = load(before, { ...queueing, ...resume })
    expect([world.state, world.view.open?.id, world.view.held]).toEqual(['streaming.opening', 't2', false])
  })
})

describe('with onInterrupted "resume"', () => {
  it.each([
    ['opened', () => worldIn('streaming.opening')],
    ['received', () => worldIn('streaming.receiving')],
  ])('a turn whose reply was being %s continues with another attempt', (_, make) => {
    const world = load(make(), resume)
    expect([world.state, world.view.open?.id]).toEqual(['streaming.opening', 't1'])
    expect(world.store.at(-1)).toMatchObject({
      type: 'attempt.failed',
      turnId: 't1',
      attempt: 1,
      failure: { code: 'interrupted' },
    })
    expect(world.emitted).toEqual([
      { type: 'retracted', turnId: 't1', attempt: 1, cause: 'retry' },
      { type: 'attempt.started', turnId: 't1', attempt: 2, model: 'm1' },
    ])
    world.finish('at last')
    expect([world.state, world.messages()]).toEqual([
      'completed.saved',
      [
        ['user', 'hi'],
        ['assistant', [{ type: 'text', text: 'at last' }]],
      ],
    ])
    whole(world)
  })

  it('the request goes out once it is stored that the attempt before it was lost', () => {
    const world = reloaded(worldIn('streaming.receiving'), resume, { journal: 'is silent' })
    expect([world.state, world.replies, world.emitted]).toEqual(['asking.saving', [], []])
    world.setJournal('stores')
    world.clock.increment(10_000)
    world.clock.increment(1_000)
    expect([world.state, world.replies.length]).toEqual(['streaming.opening', 1])
  })

  it('a turn without attempts left settles as interrupted', () => {
    const world = load(worldIn('streaming.receiving'), { ...resume, maxAttempts: 1 })
    expect([world.state, liveRequests(world)]).toEqual(['failed.saved', 0])
    expect(world.view.turns.at(-1)).toMatchObject({ status: 'interrupted' })
  })

  it('lost attempts count among the tries, over any number of loads', () => {
    let world = load(worldIn('streaming.receiving'), { ...resume, maxAttempts: 3 })
    world = load(world, { ...resume, maxAttempts: 3 })
    expect([world.state, world.view.tries, world.replies.map(({ input }) => input.attempt)]).toEqual([
      'streaming.opening',
      3,
      [3],
    ])
    world = load(world, { ...resume, maxAttempts: 3 })
    expect([world.state, world.view.turns.at(-1)?.status]).toEqual(['failed.saved', 'interrupted'])
    whole(world)
  })

  it('a call that may have begun is not run again, one that has not is run', () => {
    const before = calling('k1', 'k2', 'k3')
    before.start('k1')
    before.settle('k2')
    const world = load(before, resume)
    expect(world.state).toBe('tools.running.working')
    expect(world.toolRuns.map(({ input }) => input.calls)).toMatchObject([
      [
        { callId: 'k1', state: 'interrupted' },
        { callId: 'k3', state: 'new' },
      ],
    ])
    world.settle('k1', 'It is not known whether it ran.', 'cancelled')
    world.start('k3')
    expect(world.toolCommands).toEqual([{ type: 'call.start', callId: 'k3' }])
    world.settle('k3')
    expect(world.state).toBe('streaming.opening')
    whole(world)
  })

  it('a call that may have begun starts again where the tools say so, and that is stored before it runs', () => {
    const before = calling('k1')
    before.start('k1')
    const world = load(before, resume)
    world.start('k1')
    expect(world.toolCommands).toEqual([])
    world.setJournal('is silent')
    world.start('k1', { again: true })
    expect([world.toolCommands, world.told('toolCall.started')]).toEqual([[], []])
    world.setJournal('stores')
    world.clock.increment(10_000)
    expect(world.store.at(-1)).toMatchObject({ type: 'call.started', callId: 'k1', again: true })
    expect(world.toolCommands).toEqual([{ type: 'call.start', callId: 'k1' }])
    expect(world.told('toolCall.started')).toMatchObject([{ callId: 'k1' }])
    const next = load(world, resume)
    expect(next.toolRuns.at(-1)?.input.calls).toMatchObject([{ callId: 'k1', state: 'interrupted' }])
    next.start('k1', { again: true })
    next.settle('k1')
    expect(next.state).toBe('streaming.opening')
    whole(next)
  })

  it('a turn whose calls all have results asks with them', () => {
    const before = calling('k1')
    before.storeOnly('toolResults.recorded')
    before.settle('k1')
    const world = load(before, resume)
    expect(world.state).toBe('streaming.opening')
    expect(world.messages().at(-1)).toMatchObject(['user', [{ tool_use_id: 'k1' }]])
  })

  it('a cut reply is continued', () => {
    const world = load(cutReply(), { ...resume, onTruncated: 'continue' })
    expect(world.view.open).toMatchObject({ kind: 'continuation', continues: 't1' })
    expect(world.types()).toEqual(['turn.continued', 'attempt.started'])
    whole(world)
  })

  it('a message that a compaction made room for is asked', () => {
    const world = load(roomMade(), resume)
    expect(world.view.open).toMatchObject({ input: 'b', parent: 't2~1' })
    expect(world.emitted).toMatchObject([
      { type: 'turn.continued', turnId: 't2~1', by: world.view.open?.id },
      { type: 'attempt.started', turnId: world.view.open?.id },
    ])
    whole(world)
  })

  it('a compaction that failed is made by the next method', () => {
    const world = load(compactionFailed(), resume)
    expect(world.view.open).toMatchObject({ kind: 'compaction', input: expect.stringMatching(/^Summarise/) })
    expect(world.types()).toEqual(['turn.continued', 'attempt.started'])
    whole(world)
  })
})

describe('an actor that is restored', () => {
  const silent = leaves.filter((leaf) => leaf !== 'closed' && leaf !== 'lost')

  it.each(silent)('from %s sends everything unacknowledged to its new journal, without a gap', (leaf) => {
    const before = worldIn(leaf, { input: { settings: queueing } })
    // A part was sent and never acknowledged, and the journal has a part of that.
    before.setJournal('is silent')
    before.say('while nothing is stored', 'late')
    before.send({ type: 'model.switch', model: 'm9' })
    const [unsaved] = before.context.unsaved
    if (unsaved) before.store.push(unsaved)
    const world = restored(before)
    world.clock.increment(11_000)
    world.clock.increment(1_000)
    expect([world.actor.getSnapshot().status, world.context.unsaved]).toEqual([
      leaf === 'closing' ? 'done' : 'active',
      [],
    ])
    expect(world.journals.at(-1)?.[0]?.expected).toBe(unsaved?.seq)
    expect(world.store.map((fact) => (fact as { seq?: number }).seq)).toEqual(world.store.map((_, seq) => seq))
    whole(world)
  })

  it('emits what was recorded before and never stored, once it is', () => {
    const world = restored(worldIn('completed.saving'))
    expect([world.state, world.emitted]).toEqual(['completed.saved', [{ type: 'turn.completed', turnId: 't1' }]])
  })

  it('waits with it for a journal that does not store yet', () => {
    const world = restored(worldIn('completed.saving'), { journal: 'fails' })
    expect([world.state, world.types()]).toEqual(['completed.unsaved', ['journal.unsaved']])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect([world.state, world.types().at(-1)]).toEqual(['completed.saved', 'turn.completed'])
  })

  it('with a journal that had thrown starts another one', () => {
    const before = worldIn('completed.saved')
    before.setJournal('throws')
    before.send({ type: 'model.switch', model: 'm2' })
    const world = restored(before)
    world.clock.increment(1_000)
    expect([world.state, world.context.unsaved, world.view.model]).toEqual(['completed.saved', [], 'm2'])
    whole(world)
  })

  it('settles the outcome of a turn that another one was to follow, which is not asked', () => {
    const before = worldIn('streaming.receiving', { input: { settings: { onTruncated: 'continue' } } })
    before.setJournal('is silent')
    before.finish('half', 'max_tokens')
    const world = restored(before)
    expect([world.state, liveRequests(world)]).toEqual(['stopped.saved', 0])
    expect(world.emitted).toEqual([{ type: 'turn.completed', turnId: 't1' }])
  })
})
