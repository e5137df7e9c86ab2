import { describe, expect, it } from 'vitest'
import { calling, createWorld, type World } from './world.ts'
import { worldIn } from './leaves.ts'

/** The journal acknowledges everything up to this revision. */
const acknowledge = (world: World, revision: number) => {
  world.store.push(...world.context.unsaved.filter(({ seq }) => seq >= world.store.length && seq < revision))
  world.send({ type: 'journal.saved', revision })
}

describe('an event', () => {
  it('is emitted as soon as its own facts are stored, while later ones are pending', () => {
    const world = calling('k1', 'k2', 'k3')
    const { revision } = world.view
    const before = world.emitted.length
    world.setJournal('is silent')
    world.start('k1')
    world.settle('k2')
    world.needApproval('k3')
    expect([world.view.revision, world.revisions.slice(before)]).toEqual([revision + 3, []])
    acknowledge(world, revision + 1)
    expect(world.revisions.slice(before)).toEqual([['toolCall.started', revision + 1]])
    acknowledge(world, revision + 2)
    expect(world.revisions.slice(before)).toEqual([
      ['toolCall.started', revision + 1],
      ['toolCall.settled', revision + 2],
    ])
    expect([world.context.unsaved.length, world.state]).toEqual([1, 'tools.running.working'])
    acknowledge(world, revision + 3)
    expect(world.revisions.slice(before)).toEqual([
      ['toolCall.started', revision + 1],
      ['toolCall.settled', revision + 2],
      ['toolCall.approvalRequested', revision + 3],
    ])
    expect([world.context.unsaved, world.state]).toEqual([[], 'tools.running.awaitingPeople'])
  })

  it('carries the revision of its own batch when one answer stores several', () => {
    const world = calling('k1', 'k2')
    const { revision } = world.view
    const before = world.emitted.length
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    world.settle('k1')
    acknowledge(world, revision + 3)
    expect(world.revisions.slice(before)).toEqual([
      ['toolCall.started', revision + 1],
      ['toolCall.started', revision + 2],
      ['toolCall.settled', revision + 3],
    ])
  })

  it('waits for all facts of its batch: the reply and the end of its turn', () => {
    const world = worldIn('streaming.receiving')
    const { revision } = world.view
    world.setJournal('is silent')
    world.finish()
    expect(world.view.revision).toBe(revision + 2)
    acknowledge(world, revision + 1)
    expect([world.state, world.told('turn.completed')]).toEqual(['completed.saving', []])
    acknowledge(world, revision + 2)
    expect([world.state, world.revisions.at(-1)]).toEqual(['completed.saved', ['turn.completed', revision + 2]])
  })

  it('about what is not recorded is emitted at once, with the revision that is stored by then', () => {
    const world = worldIn('completed.saving')
    const { revision } = world.context.stored
    expect(world.view.revision).toBeGreaterThan(revision)
    world.say('and this?')
    expect(world.revisions.at(-1)).toEqual(['send.declined', revision])
  })

  it('of an attempt carries the revision of everything that led to the request', () => {
    const world = createWorld()
    world.say('hi')
    expect(world.revisions).toEqual([['attempt.started', world.view.revision]])
    expect(world.store).toHaveLength(world.view.revision)
  })

  it('is never about a revision before that of the event before it', () => {
    const world = createWorld({ input: { settings: { whenBusy: 'queue', baseDelay: 1 } } })
    world.say('a')
    world.say('b')
    world.fail(true)
    world.clock.increment(1)
    world.finish()
    world.refuse()
    world.decideTo('drop-turn')
    const revisions = world.revisions.map(([, revision]) => revision)
    expect(revisions).toEqual(revisions.toSorted((one, other) => one - other))
    expect(revisions.at(-1)).toBe(world.view.revision)
  })

  const afterRefusal = (world: World) => {
    world.open()
    world.setJournal('is silent')
    world.refuse()
  }

  it.each<readonly [string, string, (world: World) => void, readonly string[]]>([
    ['a refusal', 'refused.saving', afterRefusal, ['retracted']],
    ['a failed attempt', 'waitingToRetry', (world) => world.fail(true), ['retracted', 'retry.scheduled']],
    [
      'a rejected request',
      'rejected.saving',
      (world) => world.reject('request-invalid', { shown: true }),
      ['retracted', 'request.rejected'],
    ],
  ])('that voids what was shown waits until %s is stored', (_, state, go, expected) => {
    const world = worldIn('streaming.receiving', { holdsRejections: true })
    world.setJournal('is silent')
    const before = world.emitted.length
    go(world)
    expect([world.state, world.emitted.slice(before)]).toEqual([state, []])
    acknowledge(world, world.view.revision)
    expect(world.types().slice(before)).toEqual(expected)
    expect(world.revisions.at(-1)?.[1]).toBe(world.view.revision)
  })

  it('that a turn was refused waits for the decision, and comes with the reset and the turn asked instead', () => {
    const world = worldIn('refused.deciding')
    const before = world.emitted.length
    world.setJournal('is silent')
    world.decideTo({ rephrase: 'milder' })
    const { revision } = world.view
    acknowledge(world, revision - 1)
    expect([world.state, world.emitted.slice(before)]).toEqual(['reset.saving', []])
    acknowledge(world, revision)
    expect(world.revisions.slice(before)).toEqual([
      ['turn.refused', revision],
      ['context.reset', revision],
      ['attempt.started', revision],
    ])
    expect(world.told('turn.refused')).toMatchObject([{ turnId: 't1', policy: { rephrase: 'milder' } }])
    expect(world.told('attempt.started').at(-1)).toMatchObject({ turnId: 't1~1' })
  })

  it('that a person decides about a refusal waits until that is stored', () => {
    const world = worldIn('refused.deciding')
    world.setJournal('is silent')
    world.ask()
    expect([world.state, world.told('turn.refused')]).toEqual(['refused.awaitingDecision', []])
    expect(world.context.unsaved).toMatchObject([{ type: 'refusal.deferred', turnId: 't1' }])
    acknowledge(world, world.view.revision)
    expect(world.told('turn.refused')).toMatchObject([{ turnId: 't1', policy: 'manual' }])
    world.send({ type: 'refusal.resolve', policy: 'drop-turn' })
    acknowledge(world, world.view.revision)
    expect([world.told('turn.refused').length, world.types().at(-1)]).toEqual([1, 'context.reset'])
  })

  it('that another turn follows waits until that turn is stored, and the turn before it has no outcome', () => {
    const world = worldIn('streaming.receiving', { input: { settings: { onTruncated: 'continue' } } })
    const before = world.emitted.length
    world.setJournal('is silent')
    world.finish('half', 'max_tokens')
    acknowledge(world, world.view.revision)
    expect([world.state, world.emitted.slice(before)]).toEqual(['asking.saving', []])
    acknowledge(world, world.view.revision)
    expect(world.emitted.slice(before)).toEqual([
      { type: 'turn.continued', turnId: 't1', by: 't1~1' },
      { type: 'attempt.started', turnId: 't1~1', attempt: 1, model: 'm1' },
    ])
  })

  it.each([
    ['a stop', (world: World) => world.send({ type: 'user.stop' })],
    ['a close', (world: World) => world.send({ type: 'conversation.close' })],
  ])('of the outcome is emitted after all where %s prevents the turn that was to follow', (_, prevent) => {
    const world = worldIn('streaming.receiving', { input: { settings: { onTruncated: 'continue' } } })
    const before = world.emitted.length
    world.setJournal('is silent')
    world.finish('half', 'max_tokens')
    prevent(world)
    expect(world.emitted.slice(before)).toEqual([])
    acknowledge(world, world.view.revision)
    expect(world.emitted.slice(before)).toEqual([{ type: 'turn.completed', turnId: 't1' }])
    expect(world.view.open).toBeNull()
  })

  it('that the budget is spent is the failure of the turn, and no request goes out', () => {
    const world = createWorld()
    world.send({ type: 'budget.set', budget: { tokens: 0 } })
    world.say('hi')
    expect([world.state, world.replies]).toEqual(['failed.saved', []])
    expect(world.emitted).toMatchObject([{ type: 'turn.failed', turnId: 't1', failure: { code: 'budget-exceeded' } }])
    expect(world.store).toMatchObject([
      { type: 'conversation.created' },
      { type: 'budget.set', budget: { tokens: 0 } },
      { type: 'turn.opened' },
      { type: 'turn.settled', status: 'failed' },
    ])
  })
})

describe('a tool', () => {
  it('is given call.start only after its call.started is stored', () => {
    const world = calling('k1', 'k2')
    const { revision } = world.view
    world.setJournal('is silent')
    world.start('k1')
    world.start('k2')
    expect([world.toolCommands, world.told('toolCall.started')]).toEqual([[], []])
    acknowledge(world, revision + 1)
    expect(world.toolCommands).toEqual([{ type: 'call.start', callId: 'k1' }])
    expect(world.store.at(-1)).toMatchObject({ type: 'call.started', callId: 'k1' })
    acknowledge(world, revision + 2)
    expect(world.toolCommands).toEqual([
      { type: 'call.start', callId: 'k1' },
      { type: 'call.start', callId: 'k2' },
    ])
  })

  it('is given call.start once, however often it says that it is ready and the journal answers', () => {
    const world = calling('k1')
    world.start('k1')
    world.start('k1')
    world.send({ type: 'journal.saved', revision: world.view.revision })
    world.send({ type: 'journal.saved', revision: world.view.revision })
    expect(world.toolCommands).toEqual([{ type: 'call.start', callId: 'k1' }])
    expect(world.store.filter(({ type }) => type === 'call.started')).toHaveLength(1)
  })

  it('that waits for a person is not started before that person has allowed it', () => {
    const world = calling('k1')
    world.needApproval('k1')
    world.start('k1')
    expect([world.view.startedCalls, world.toolCommands]).toEqual([[], []])
    world.send({ type: 'tool.approve', callId: 'k1' })
    world.start('k1')
    expect(world.toolCommands).toEqual([
      { type: 'call.approve', callId: 'k1' },
      { type: 'call.start', callId: 'k1' },
    ])
  })

  it.each(['fails', 'is silent'] as const)('does not start while the journal %s, and starts once it stores', (mode) => {
    const world = calling('k1')
    world.setJournal(mode)
    world.start('k1')
    world.clock.increment(5_000)
    expect(world.toolCommands).toEqual([])
    world.setJournal('stores')
    world.clock.increment(5_000)
    expect(world.toolCommands).toEqual([{ type: 'call.start', callId: 'k1' }])
  })

  it('that was not started when its turn was stopped is never started', () => {
    const world = calling('k1')
    world.setJournal('is silent')
    world.start('k1')
    world.send({ type: 'user.stop' })
    const run = world.toolRuns.at(-1)
    acknowledge(world, world.view.revision)
    expect([world.state, run?.isLive, run?.received]).toEqual(['stopped.saved', false, []])
  })
})
