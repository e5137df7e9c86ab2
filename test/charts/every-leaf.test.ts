import { describe, expect, it } from 'vitest'
import type { ConversationEvent, WhenBusy } from '../../machines/index.ts'
import { buildRequest } from '../../src/journal/index.ts'
import { leaves, leavesWithAWay, worldIn } from './leaves.ts'
import { createWorld, reloaded, type World } from './world.ts'

/** The actor has ended. */
const over = ['closed', 'lost']
const ready = ['idle', 'completed.saved', 'stopped.saved', 'failed.saved']
const answering = [
  'asking.saving',
  'asking.unsaved',
  'streaming.opening',
  'streaming.receiving',
  'waitingToRetry',
  'tools.saving',
  'tools.unsaved',
  'tools.running.working',
  'tools.running.awaitingPeople',
  'overflowed.saving',
  'overflowed.unsaved',
  'overflowed.deciding',
  'rejected.saving',
  'rejected.unsaved',
  'rejected.deciding',
  'rejected.awaitingDecision',
]
/** The reply has arrived whole, and a stop was asked for: a message that is sent follows it. */
const ending = ['streaming.ending.stopped', 'streaming.ending.aborted']
const isStoring = (leaf: string) => leaf.endsWith('.saving') || leaf.endsWith('.unsaved')

const fateOf = (world: World, turnId: string): string => {
  if (world.emitted.some((event) => event.type === 'send.declined' && event.turnId === turnId)) return 'declined'
  if (world.view.open?.id === turnId) return 'opened'
  if (world.view.queue.some((item) => item.turnId === turnId)) return 'queued'
  return 'lost'
}

it('every leaf can be reached', () => {
  expect([...leavesWithAWay].toSorted()).toEqual([...leaves].toSorted())
})

describe('a message that is sent', () => {
  const cases = leaves
    .filter((leaf) => !over.includes(leaf))
    .flatMap((leaf) =>
      (['reject', 'queue', 'interrupt'] as const).map((whenBusy): [string, WhenBusy] => [leaf, whenBusy]),
    )

  it.each(cases)('in %s with whenBusy "%s" is opened, queued or declined, exactly once', (leaf, whenBusy) => {
    const world = worldIn(leaf, { input: { settings: { whenBusy } } })
    const before = world.state
    world.say('and this?', 'new')
    const fate = fateOf(world, 'new')
    if (ready.includes(leaf)) {
      expect([fate, world.state]).toEqual(['opened', 'streaming.opening'])
      expect(world.tags()).toContain('busy')
    } else if (ending.includes(leaf)) {
      expect([fate, world.state]).toEqual(['queued', before])
      world.finish()
      expect([fateOf(world, 'new'), world.view.turns.at(-1)?.status]).toEqual(['opened', 'completed'])
    } else if (leaf === 'closing' || whenBusy === 'reject') {
      expect([fate, world.state]).toEqual(['declined', before])
    } else if (whenBusy === 'interrupt' && answering.includes(leaf)) {
      expect(world.view.turns.at(-1)?.status).toBe('stopped')
      expect(world.states).toContain('stopped.saving')
      // With a journal that stores, the message's own turn follows at once.
      expect(fate).toBe(isStoring(leaf) ? 'queued' : 'opened')
    } else expect([fate, world.state]).toEqual(['queued', before])
  })

  it('with a used id is declined, in ready and busy leaves', () => {
    const world = worldIn('completed.saved', { input: { settings: { whenBusy: 'queue' } } })
    world.say('again', 't1')
    world.say('other')
    world.say('again', 't1')
    expect(world.emitted.filter((event) => event.type === 'send.declined')).toEqual([
      { type: 'send.declined', turnId: 't1', reason: 'duplicate-id' },
      { type: 'send.declined', turnId: 't1', reason: 'duplicate-id' },
    ])
  })
})

describe('stop', () => {
  const stopsInto: Readonly<Record<string, string>> = {
    ...Object.fromEntries(
      answering.map((leaf) => [leaf, isStoring(leaf) ? leaf.replace(/^\w+/, 'stopped') : 'stopped.saved']),
    ),
    // No other turn follows, and the outcome stays the same.
    'completed.saving': 'stopped.saving',
    'completed.unsaved': 'stopped.unsaved',
    'refused.saving': 'reset.saving',
    'refused.unsaved': 'reset.unsaved',
    'refused.deciding': 'idle',
  }

  it.each(leaves.filter((leaf) => !over.includes(leaf)))('pressed twice in %s', (leaf) => {
    const world = worldIn(leaf)
    const turns = () => [
      world.view.turns.length,
      world.store.length,
      world.types().filter((type) => type.startsWith('turn.')),
    ]
    world.send({ type: 'user.stop' })
    expect(world.state).toBe(stopsInto[leaf] ?? leaf)
    const once = turns()
    world.send({ type: 'user.stop' })
    expect(turns()).toEqual(once)
    expect(world.actor.getSnapshot().status).toBe('active')
  })
})

describe('a stop before a good outcome is stored', () => {
  it.each(['is silent', 'fails'] as const)('while the journal %s does not continue a cut reply', (journal) => {
    const world = createWorld({ input: { settings: { onTruncated: 'continue' } } })
    world.say('hi')
    world.setJournal(journal)
    world.finish('half', 'max_tokens')
    world.send({ type: 'user.stop' })
    storeAtLast(world)
    expect([world.state, world.replies.length, world.view.head]).toEqual(['stopped.saved', 1, 't1'])
    expect(world.types().slice(-1)).toEqual(['turn.completed'])
  })

  it('does not repeat the turn that a compaction made room for', () => {
    const world = createWorld()
    world.say('a')
    world.finish()
    world.say('b')
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    world.setJournal('is silent')
    world.reply({ content: [{ type: 'compaction', content: 'a' }], stopReason: 'compaction' })
    world.send({ type: 'user.stop' })
    storeAtLast(world)
    expect([world.state, world.replies.length, world.view.open]).toEqual(['stopped.saved', 3, null])
  })
})

describe('a stop before a refusal is stored', () => {
  it.each(['refused.saving', 'refused.unsaved'])(
    'in %s drops the turn, and emits the refusal once it is stored',
    (leaf) => {
      const world = worldIn(leaf)
      world.send({ type: 'user.stop' })
      expect([world.view.undecided, world.told('turn.refused')]).toEqual([null, []])
      storeAtLast(world)
      expect([world.state, world.decisions]).toEqual(['idle', []])
      expect(world.told('turn.refused')).toMatchObject([{ turnId: 't1', policy: 'drop-turn' }])
      expect(world.types().slice(-2)).toEqual(['turn.refused', 'context.reset'])
    },
  )
})

function storeAtLast(world: World): void {
  world.setJournal('stores')
  world.clock.increment(10_000)
  world.clock.increment(1_000)
}

describe('a command that needs a ready leaf', () => {
  const asks = (turnId: string, of: string): readonly ConversationEvent[] => [
    { type: 'turn.branch', turnId, of, at: 1 },
    { type: 'turn.retry', turnId, at: 1 },
    { type: 'context.compact', turnId, at: 1 },
  ]
  const busy = leaves.filter((leaf) => !over.includes(leaf) && !ready.includes(leaf))

  it.each(busy)('is declined in %s, and changes nothing', (leaf) => {
    const world = worldIn(leaf)
    const before = [world.state, world.view]
    const told = world.emitted.length
    for (const event of asks('new', 't1')) world.send(event)
    expect([world.state, world.view]).toEqual(before)
    expect(world.emitted.slice(told)).toEqual(
      Array.from({ length: 3 }, () => ({ type: 'send.declined', turnId: 'new', reason: 'busy' })),
    )
  })

  it('is declined there too if its guard does not hold', () => {
    const world = createWorld()
    for (const event of asks('new', 'z')) world.send(event)
    expect([world.state, world.told('send.declined').length]).toEqual(['idle', 3])
  })
})

describe('close', () => {
  it.each(leaves.filter((leaf) => !over.includes(leaf)))('in %s ends the actor, with the open turn settled', (leaf) => {
    const world = worldIn(leaf)
    world.send({ type: 'conversation.close' })
    storeAtLast(world)
    expect(world.state).toBe('closed')
    expect(world.actor.getSnapshot().status).toBe('done')
    expect(world.view.open).toBeNull()
    expect(world.context.unsaved).toEqual([])
    const calls = [...world.replies, ...world.decisions, ...world.overflows, ...world.toolRuns]
    expect(calls.filter((call) => call.isLive)).toEqual([])
  })

  it('ends the actor even if the journal never answers', () => {
    const world = worldIn('completed.saving')
    world.send({ type: 'conversation.close' })
    world.clock.increment(30_000)
    expect(world.state).toBe('closed')
    expect(world.context.unsaved).not.toEqual([])
  })

  it('emits a refusal that was not decided', () => {
    const world = worldIn('refused.deciding')
    world.send({ type: 'conversation.close' })
    expect(world.emitted.at(-1)).toMatchObject({ type: 'turn.refused', policy: null })
  })

  it('does not emit a refusal twice', () => {
    const world = worldIn('refused.awaitingDecision')
    world.send({ type: 'conversation.close' })
    expect(world.types().filter((type) => type === 'turn.refused')).toHaveLength(1)
  })
})

describe('restored from a persisted snapshot', () => {
  const goesTo: Readonly<Record<string, string>> = {
    'asking.saving': 'failed.saved',
    'asking.unsaved': 'failed.saved',
    'streaming.opening': 'failed.saved',
    'streaming.receiving': 'failed.saved',
    'streaming.ending.stopped': 'stopped.saved',
    'streaming.ending.aborted': 'stopped.saved',
    waitingToRetry: 'failed.saved',
    'tools.saving': 'failed.saved',
    'tools.unsaved': 'failed.saved',
    'tools.running.working': 'failed.saved',
    'overflowed.saving': 'failed.saved',
    'overflowed.unsaved': 'failed.saved',
    'overflowed.deciding': 'failed.saved',
    'rejected.saving': 'failed.saved',
    'rejected.unsaved': 'failed.saved',
    'rejected.deciding': 'failed.saved',
    'rejected.awaitingDecision': 'failed.saved',
    'completed.saving': 'completed.saved',
    'completed.unsaved': 'completed.saved',
    'stopped.saving': 'stopped.saved',
    'stopped.unsaved': 'stopped.saved',
    'failed.saving': 'failed.saved',
    'failed.unsaved': 'failed.saved',
    'refused.saving': 'refused.deciding',
    'refused.unsaved': 'refused.deciding',
    'reset.saving': 'idle',
    'reset.unsaved': 'idle',
    'switching.saving': 'completed.saved',
    'switching.unsaved': 'completed.saved',
    loading: 'idle',
    closing: 'closed',
  }

  it.each(leaves.filter((leaf) => !over.includes(leaf)))('%s does not hang, and sends no request', (leaf) => {
    const before = worldIn(leaf)
    const snapshot = before.persist()
    before.actor.stop()
    const world = createWorld({ snapshot, store: before.store })
    expect(world.state).toBe(goesTo[leaf] ?? leaf)
    expect(world.replies.filter((call) => call.isLive)).toEqual([])
    const runs = world.toolRuns.filter((call) => call.isLive)
    expect(runs.map(({ input }) => input.calls)).toMatchObject(
      leaf === 'tools.running.awaitingPeople' ? [[{ callId: 'k1', state: 'awaitingApproval' }]] : [],
    )
    expect(world.context.unsaved).toEqual([])
    expect(world.store).toEqual(JSON.parse(JSON.stringify(world.store)))
  })

  it('an open turn settles as interrupted and says so', () => {
    const before = worldIn('streaming.receiving')
    const world = createWorld({ snapshot: before.persist(), store: before.store })
    expect(world.view.turns.at(-1)).toMatchObject({ status: 'interrupted', failure: { code: 'interrupted' } })
    expect(world.emitted).toMatchObject([{ type: 'turn.failed', turnId: 't1', failure: { code: 'interrupted' } }])
  })

  it('a pending decision is asked for again', () => {
    const before = worldIn('refused.deciding')
    const world = createWorld({ snapshot: before.persist(), store: before.store })
    expect(world.decisions.filter((call) => call.isLive)).toHaveLength(1)
    world.decideTo('drop-turn')
    expect(world.state).toBe('idle')
  })

  it.each(['is silent', 'fails'] as const)('a rephrased turn whose journal %s is not sent automatically', (journal) => {
    const before = worldIn('refused.deciding')
    before.setJournal(journal)
    before.decideTo({ rephrase: 'other words' })
    const world = createWorld({ snapshot: before.persist(), store: before.store })
    expect(world.state).toBe('failed.saved')
    expect(world.view.turns.at(-1)).toMatchObject({ id: 't1~1', status: 'interrupted' })
  })
})

describe('loaded from a stored journal', () => {
  it.each([
    ['idle', 'idle'],
    ['completed.saved', 'completed.saved'],
    ['stopped.saved', 'stopped.saved'],
    ['refused.awaitingDecision', 'refused.awaitingDecision'],
    ['refused.deciding', 'refused.deciding'],
    ['streaming.receiving', 'failed.saved'],
    ['tools.running.working', 'failed.saved'],
    ['tools.running.awaitingPeople', 'tools.running.awaitingPeople'],
    ['overflowed.deciding', 'failed.saved'],
    ['rejected.deciding', 'rejected.deciding'],
    ['rejected.awaitingDecision', 'rejected.deciding'],
  ])('%s comes up as %s', (leaf, state) => {
    const world = reloaded(worldIn(leaf), {}, { holdsRejections: true })
    expect(world.state).toBe(state)
    expect(world.replies.filter((call) => call.isLive)).toEqual([])
  })

  it('tells no outcome a second time', () => {
    expect(reloaded(worldIn('completed.saved')).emitted).toEqual([])
  })
})

describe('a refused turn', () => {
  it.each(leaves)('is in no request that %s could make', (leaf) => {
    const { view } = worldIn(leaf)
    const { messages } = buildRequest({ ...view, open: null }, { model: 'm1', promptHash: 'p' })
    const refused = view.turns.filter((turn) => turn.status === 'refused')
    expect(messages).toHaveLength(refused.length > 0 ? 0 : messages.length)
  })
})
