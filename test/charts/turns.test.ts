import { transition } from 'xstate'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { conversationMachine, type ConversationEvent, defaultSettings, retryableTurn } from '../../machines/index.ts'
import { stateName } from '../../src/state-name.ts'
import { fold } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import { createWorld, resultOf, usage, type World } from './world.ts'

describe('transitions, through the pure transition()', () => {
  const refusal = { category: 'cyber', explanation: null, textShown: false }
  const failure = { code: 'overloaded', message: 'x' } as const
  const reply = { model: 'm1', promptHash: 'p', usage } as const
  const table: readonly (readonly [string, ConversationEvent, string])[] = [
    ['idle', { type: 'user.send', turnId: 'n', input: 'x', at: 1 }, 'asking.saving'],
    ['idle', { type: 'user.stop' }, 'idle'],
    ['idle', { type: 'refusal.resolve', policy: 'clear' }, 'idle'],
    ['idle', { type: 'turn.retry', turnId: 'n', at: 1 }, 'idle'],
    ['idle', { type: 'context.clear' }, 'idle'],
    ['streaming.opening', { type: 'reply.opened' }, 'streaming.receiving'],
    [
      'streaming.receiving',
      { type: 'reply.finished', ...reply, content: [], stopReason: 'end_turn' },
      'completed.saving',
    ],
    [
      'streaming.receiving',
      { type: 'reply.finished', ...reply, content: [], stopReason: 'brand_new' },
      'completed.saving',
    ],
    [
      'streaming.receiving',
      { type: 'reply.finished', ...reply, content: [], stopReason: 'tool_use' },
      'completed.saving',
    ],
    [
      'streaming.receiving',
      { type: 'reply.finished', ...reply, content: [{ type: 'tool_use', id: 'k' }], stopReason: 'tool_use' },
      'tools.saving',
    ],
    [
      'streaming.receiving',
      { type: 'reply.finished', ...reply, content: [{ type: 'tool_use', id: 'k' }], stopReason: 'max_tokens' },
      'completed.saving',
    ],
    ['streaming.receiving', { type: 'reply.refused', refusal, usage }, 'refused.saving'],
    ['streaming.opening', { type: 'reply.refused', refusal, usage }, 'refused.saving'],
    ['streaming.receiving', { type: 'reply.failed', failure, retryable: true }, 'waitingToRetry'],
    ['streaming.receiving', { type: 'reply.failed', failure, retryable: false }, 'failed.saving'],
    ['waitingToRetry', { type: 'user.stop' }, 'stopped.saving'],
    // The result is stored before anything else is asked.
    [
      'tools.running.working',
      { type: 'tool.settled', callId: 'k1', status: 'settled', result: resultOf('k1') },
      'tools.running.working',
    ],
    [
      'tools.running.working',
      { type: 'tool.settled', callId: 'k9', status: 'settled', result: resultOf('k9') },
      'tools.running.working',
    ],
    // People are asked once it is stored that they are.
    ['tools.running.working', { type: 'tool.approvalNeeded', callId: 'k1' }, 'tools.running.working'],
    ['tools.running.working', { type: 'tool.answerNeeded', callId: 'k1' }, 'tools.running.working'],
    ['tools.running.working', { type: 'tool.approve', callId: 'k1' }, 'tools.running.working'],
    ['tools.running.working', { type: 'tool.ready', callId: 'k1' }, 'tools.running.working'],
    ['asking.saving', { type: 'user.stop' }, 'stopped.saving'],
    ['asking.saving', { type: 'journal.saved', revision: 2 }, 'streaming.opening'],
    ['asking.unsaved', { type: 'journal.saved', revision: 2 }, 'streaming.opening'],
    ['tools.running.working', { type: 'user.stop' }, 'stopped.saving'],
    ['tools.running.awaitingPeople', { type: 'tool.approve', callId: 'k1' }, 'tools.running.working'],
    ['tools.running.awaitingPeople', { type: 'tool.deny', callId: 'k1' }, 'tools.running.working'],
    ['tools.running.awaitingPeople', { type: 'user.stop' }, 'stopped.saving'],
    ['overflowed.deciding', { type: 'overflow.resolve', how: 'fail' }, 'failed.saving'],
    ['overflowed.deciding', { type: 'overflow.resolve', how: 'compact' }, 'asking.saving'],
    ['overflowed.deciding', { type: 'user.stop' }, 'stopped.saving'],
    ['completed.saved', { type: 'context.clear' }, 'reset.saving'],
    ['completed.saved', { type: 'turn.retry', turnId: 'n', at: 1 }, 'completed.saved'],
    ['stopped.saved', { type: 'turn.retry', turnId: 'n', at: 1 }, 'asking.saving'],
    ['failed.saved', { type: 'turn.retry', turnId: 'n', at: 1 }, 'asking.saving'],
    ['refused.deciding', { type: 'refusal.ask' }, 'refused.awaitingDecision'],
    ['refused.deciding', { type: 'refusal.resolve', policy: 'clear' }, 'reset.saving'],
    ['refused.deciding', { type: 'user.stop' }, 'reset.saving'],
    ['refused.awaitingDecision', { type: 'refusal.resolve', policy: { rewind: 1 } }, 'reset.saving'],
    ['refused.awaitingDecision', { type: 'user.stop' }, 'refused.awaitingDecision'],
    ['refused.awaitingDecision', { type: 'turn.retry', turnId: 'n', at: 1 }, 'refused.awaitingDecision'],
  ]

  it.each(table)('%s + %o → %s', (from, event, to) => {
    const at = worldIn(from).actor.getSnapshot()
    const [after] = transition(conversationMachine, at, event)
    expect(stateName(after.value)).toBe(to)
  })
})

describe('a turn', () => {
  it('that completes moves the head, and is emitted after it is stored', () => {
    const world = worldIn('completed.saved')
    expect(world.view.head).toBe('t1')
    expect(world.types()).toEqual(['attempt.started', 'turn.completed'])
  })

  it('that runs tools sends their results in the next request, and counts its tries from 1', () => {
    const world = createWorld({ input: { settings: { maxAttempts: 2 } } })
    world.say('hi')
    world.fail(true)
    world.clock.increment(500)
    world.callTools('k1')
    world.settle('k1')
    expect(world.state).toBe('streaming.opening')
    expect(world.messages().at(-1)).toEqual(['user', [resultOf('k1')]])
    world.fail(true)
    expect(world.state).toBe('waitingToRetry')
    world.clock.increment(500)
    expect(world.replies.map(({ input }) => input.attempt)).toEqual([1, 2, 3, 4])
  })

  it('whose model keeps calling tools fails at maxSteps, and is kept', () => {
    const world = createWorld({ input: { settings: { maxSteps: 2 } } })
    world.say('hi')
    world.callTools('k1')
    world.settle('k1')
    world.callTools('k2')
    expect(world.state).toBe('failed.saved')
    expect(world.context.failure?.code).toBe('max-steps-reached')
    expect(world.view.head).toBe('t1')
  })

  it('that is stopped with text keeps it, and the next request carries it', () => {
    const world = worldIn('streaming.receiving')
    const partial = { model: 'm1', promptHash: 'p', content: [{ type: 'text', text: 'half' }], usage, shown: true }
    world.send({ type: 'user.stop', partial })
    expect(world.view.head).toBe('t1')
    world.say('shorter, please')
    expect(world.messages()).toEqual([
      ['user', 'hi'],
      ['assistant', [{ type: 'text', text: 'half' }]],
      ['user', 'shorter, please'],
    ])
  })

  it('that is stopped without any text is not in the history', () => {
    const world = worldIn('stopped.saved')
    world.say('again')
    expect(world.messages()).toEqual([['user', 'again']])
  })

  it('that is stopped under onStop "drop" stays only in the transcript', () => {
    const world = createWorld({ input: { settings: { onStop: 'drop' } } })
    world.say('hi')
    const content = [{ type: 'text', text: 'half' }]
    world.send({ type: 'user.stop', partial: { model: 'm1', promptHash: 'p', content, usage, shown: true } })
    expect(world.view.head).toBeNull()
    expect(world.view.turns.at(-1)?.steps).toHaveLength(1)
  })

  it.each(['prompt-too-long', 'request-invalid', 'request-too-large'] as const)(
    'that is rejected with %s whatever is left out is kept when tools ran in it, as one line that names them',
    (code) => {
      const world = createWorld()
      world.say('hi')
      world.callTools('k1')
      world.settle('k1', 'what the API does not take')
      world.rejectAll(code)
      expect([world.state, world.view.head]).toEqual(['failed.saved', 't1'])
      expect(world.view.turns.at(-1)).toMatchObject({ status: 'failed', kept: true, failure: { code } })
      expect(world.messages()).toMatchObject([
        ['user', expect.stringContaining('Tools that ran in it, and need not run again: look.')],
      ])
    },
  )

  it.each(['prompt-too-long', 'request-invalid', 'request-too-large'] as const)(
    'that is rejected with %s and ran no tools is not kept, whatever it said before: it might never be taken again',
    (code) => {
      const world = createWorld()
      world.say('hi')
      world.finish('I am', 'pause_turn')
      world.rejectAll(code)
      expect([world.state, world.view.head]).toEqual(['failed.saved', null])
      expect(world.view.turns.at(-1)).toMatchObject({ status: 'failed', kept: false, failure: { code } })
    },
  )

  it('that fails otherwise after a tool ran is kept', () => {
    const world = createWorld()
    world.say('hi')
    world.callTools('k1')
    world.settle('k1')
    world.failWith('source-failed')
    expect([world.state, world.view.head]).toEqual(['failed.saved', 't1'])
  })

  it('that is retried is asked again as its sibling, and takes its place', () => {
    const world = worldIn('failed.saved')
    world.send({ type: 'turn.retry', turnId: 'again', at: 20 })
    expect(world.view.open).toMatchObject({ id: 'again', parent: null, replaces: 't1', input: 'hi' })
    expect(world.messages()).toEqual([['user', 'hi']])
    world.finish('yes')
    expect(world.view.head).toBe('again')
  })

  it('that was stopped is stopped after a load too, and can be retried', () => {
    const { store } = worldIn('stopped.saved')
    const world = createWorld({ input: { journal: store }, store })
    expect(world.state).toBe('stopped.saved')
    world.send({ type: 'turn.retry', turnId: 'again', at: 20 })
    expect(world.state).toBe('streaming.opening')
  })
})

describe('a failed attempt', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('is made again up to a quarter earlier, at random, so that clients do not come back together', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const world = createWorld()
    world.say('hi')
    world.fail(true)
    world.clock.increment(374)
    expect(world.state).toBe('waitingToRetry')
    world.clock.increment(1)
    expect(world.state).toBe('streaming.opening')
  })

  it('is made again after a backoff that doubles, and nothing of it stays', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const world = createWorld()
    world.say('hi')
    world.open()
    world.fail(true)
    expect(world.state).toBe('waitingToRetry')
    expect(world.types()).toEqual(['attempt.started', 'retracted', 'retry.scheduled'])
    world.clock.increment(499)
    expect(world.replies).toHaveLength(1)
    world.clock.increment(1)
    expect(world.state).toBe('streaming.opening')
    world.fail(true)
    world.clock.increment(999)
    expect(world.replies).toHaveLength(2)
    world.clock.increment(1)
    expect(world.replies.map(({ input }) => input.attempt)).toEqual([1, 2, 3])
    world.finish('at last')
    expect(world.view.turns.at(-1)?.steps).toMatchObject([{ attempt: 3, content: [{ text: 'at last' }] }])
  })

  it('fails the turn when no attempts are left, and what it showed is kept', () => {
    const world = createWorld({ input: { settings: { maxAttempts: 2 } } })
    world.say('hi')
    world.fail(true)
    world.clock.increment(500)
    world.fail(true)
    expect(world.state).toBe('failed.saved')
    expect(world.view.turns.at(-1)).toMatchObject({ status: 'failed', kept: true, failure: { code: 'overloaded' } })
  })

  it('is never made again with maxAttempts 1', () => {
    const world = createWorld({ input: { settings: { maxAttempts: 1 } } })
    world.say('hi')
    world.fail(true)
    expect(world.state).toBe('failed.saved')
  })

  it('waits as long as the API asks, up to the cap', () => {
    const world = createWorld()
    world.say('hi')
    world.fail(true, 60_000)
    world.clock.increment(59_999)
    expect(world.state).toBe('waitingToRetry')
    world.clock.increment(1)
    expect(world.state).toBe('streaming.opening')
  })

  it('above the cap fails the turn at once', () => {
    const world = createWorld()
    world.say('hi')
    world.fail(true, 60_001)
    expect(world.state).toBe('failed.saved')
    expect(world.context.failure?.retryAfter).toBe(60_001)
  })

  it('that was never answered counts', () => {
    const world = worldIn('streaming.opening')
    world.clock.increment(120_000)
    expect(world.state).toBe('waitingToRetry')
    expect(world.replies[0]?.isLive).toBe(false)
  })
})

describe('a turn that is retried', () => {
  it('after its history was cleared gets the history that is left', () => {
    const world = createWorld()
    world.say('a', 'a')
    world.finish()
    world.say('b', 'b')
    world.send({ type: 'user.stop' })
    world.send({ type: 'context.clear' })
    world.send({ type: 'turn.retry', turnId: 'again', at: 20 })
    expect(world.messages()).not.toContainEqual(['user', 'a'])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('and was a continuation continues the same turn', () => {
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

  it('and whose parent has left follows the head', () => {
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
})

describe('the queue', () => {
  const queueing = { input: { settings: { whenBusy: 'queue' } } } as const

  it('is drained in order after a completed turn', () => {
    const world = createWorld(queueing)
    world.say('one')
    world.say('two')
    world.say('three')
    world.finish()
    expect(world.view.open?.input).toBe('two')
    world.finish()
    expect(world.view.open?.input).toBe('three')
  })

  it('is drained after a stop', () => {
    const world = createWorld(queueing)
    world.say('one')
    world.say('two')
    world.send({ type: 'user.stop' })
    expect(world.view.open?.input).toBe('two')
  })

  it.each([
    ['refusal', (world: World) => (world.refuse(), world.decideTo('drop-turn'))],
    ['failure', (world: World) => world.fail(false)],
  ])('is held after a %s, through a load and a later completed turn, until it is released', (_, goWrong) => {
    const before = createWorld(queueing)
    before.say('one')
    before.say('two')
    goWrong(before)
    expect(before.view).toMatchObject({ held: true, open: null })
    const world = createWorld({ input: { ...queueing.input, journal: before.store }, store: before.store })
    world.say('direct', 'direct')
    expect(world.view.open?.id).toBe('direct')
    world.finish()
    expect(world.view).toMatchObject({ held: true, open: null })
    world.send({ type: 'queue.release' })
    expect(world.view.open?.input).toBe('two')
  })

  it.each([
    ['other words', { rephrase: 'milder' }],
    ['another model', { fallback: 'm2', from: 'this-turn' }],
  ] as const)('goes on after a refusal that %s answered instead', (_, policy) => {
    const world = createWorld(queueing)
    world.say('one')
    world.say('two')
    world.refuse()
    expect(world.view.held).toBe(true)
    world.decideTo(policy)
    expect(world.view).toMatchObject({ held: false, open: { id: 't1~1' } })
    world.finish()
    expect(world.view.open?.input).toBe('two')
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('is held when the rephrased turn is refused too', () => {
    const world = createWorld(queueing)
    world.say('one')
    world.say('two')
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.refuse()
    world.decideTo('drop-turn')
    expect(world.view).toMatchObject({ held: true, open: null, queue: [{ input: 'two' }] })
  })

  it('that was empty at a failure is not held later', () => {
    const world = createWorld(queueing)
    world.say('one')
    world.fail(false)
    world.say('two')
    world.say('three')
    world.finish()
    expect(world.view.open?.input).toBe('three')
  })

  it('removes a withdrawn message', () => {
    const world = createWorld(queueing)
    world.say('one')
    world.say('two', 'w')
    world.send({ type: 'queue.withdraw', turnId: 'w' })
    world.send({ type: 'queue.withdraw', turnId: 'w' })
    world.finish()
    expect(world.state).toBe('completed.saved')
    expect(world.types().filter((type) => type === 'input.withdrawn')).toHaveLength(1)
  })

  it('that is held comes before an interrupting message', () => {
    const world = createWorld({ input: { settings: { whenBusy: 'interrupt' } } })
    world.say('one')
    world.refuse()
    world.say('two')
    world.decideTo('drop-turn')
    world.say('three')
    world.say('four')
    expect(world.view.open?.input).toBe('three')
    expect(world.view.queue.map(({ input }) => input)).toEqual(['two', 'four'])
  })

  it('keeps the system message of a message that was queued', () => {
    const world = createWorld({ input: { settings: { whenBusy: 'queue' } } })
    world.say('a')
    world.send({ type: 'user.send', turnId: 'q', input: 'b', system: 'Be brief.', at: 2 })
    expect(world.view.queue).toMatchObject([{ turnId: 'q', system: 'Be brief.' }])
    world.finish()
    expect(world.view.open).toMatchObject({ id: 'q', system: 'Be brief.' })
  })

  it('keeps the metadata of a queued message', () => {
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

describe('the model', () => {
  it('that is switched to gets the next request; the switch is a fact and an event', () => {
    const world = worldIn('completed.saved')
    world.send({ type: 'model.switch', model: 'm2' })
    world.send({ type: 'model.switch', model: 'm2' })
    world.say('and you?')
    expect(world.replies.at(-1)?.input.view.model).toBe('m2')
    expect(world.emitted.filter(({ type }) => type === 'model.switched')).toEqual([
      { type: 'model.switched', from: 'm1', to: 'm2', cause: 'user' },
    ])
    expect(fold(world.store).model).toBe('m2')
  })
})

describe('slots that throw', () => {
  it.each([
    ['streamReply', 'streaming.opening', 'reply', 'failed.saved'],
    ['runTools', 'tools.running.working', 'tools', 'failed.saved'],
    ['decide', 'refused.deciding', 'decision', 'idle'],
    ['decideOverflow', 'overflowed.deciding', 'overflow', 'failed.saved'],
  ])('%s, and the chart goes on', (_, leaf, child, state) => {
    const world = worldIn(leaf)
    world.send({ type: `xstate.error.actor.${child}`, error: new Error('boom'), actorId: child } as never)
    expect(world.state).toBe(state)
    expect(world.actor.getSnapshot().status).toBe('active')
  })

  it('journal, and the facts wait', () => {
    const world = worldIn('completed.saved')
    world.send({ type: 'xstate.error.actor.journal', error: new Error('boom'), actorId: 'journal' } as never)
    expect(world.context.journalFailure).toMatchObject({ code: 'journal-write-failed', quote: 'boom' })
  })
})
