// Ways to the transitions that the generated paths do not take: each needs a history, or a peer, of its own.
import { type Fact, noUsage } from '../../src/journal/index.ts'
import { leaves, worldIn } from './leaves.ts'
import { createWorld, reloaded, restored, type World } from './world.ts'

const opened = (turnId: string, parent: string | null): Fact => ({
  type: 'turn.opened',
  turnId,
  parent,
  input: 'x',
  at: 1,
})

/** The journal of a conversation that has used another model for one completed turn. */
const away: readonly Fact[] = [
  { type: 'conversation.created', v: 1, id: 'c1', model: 'm1', at: 1 },
  { type: 'model.switched', from: 'm1', to: 'm2', cause: 'outage' },
  opened('t1', null),
  {
    type: 'reply.recorded',
    turnId: 't1',
    attempt: 1,
    model: 'm2',
    promptHash: '',
    content: [{ type: 'text', text: 'y' }],
    stopReason: 'end_turn',
    usage: noUsage,
  },
  { type: 'turn.settled', turnId: 't1', status: 'completed', kept: true },
]

/** A reply that was cut completes a turn, and its continuation is the turn after which the model returns. */
const cutWhileAway = (): World => {
  const world = createWorld({
    input: { settings: { maxAttempts: 1, outageModels: ['m1', 'm2'], returnAfter: 1, onTruncated: 'continue' } },
  })
  world.say('hi')
  world.fail(true)
  world.finish('half', 'max_tokens')
  return world
}

/** A request that the API rejects for its length, after a turn that a compaction could replace. */
const tooLong = (then: (world: World) => void): World => {
  const world = worldIn('completed.saved')
  world.say('and this?')
  world.reject('prompt-too-long')
  then(world)
  return world
}

/** The states of the journal that a loaded conversation goes by. */
const restLoaded = [
  'completed.saved',
  'stopped.saved',
  'failed.saved',
  'streaming.receiving',
  'refused.deciding',
  'refused.awaitingDecision',
  'rejected.deciding',
  'tools.running.awaitingPeople',
]

const resume = { onInterrupted: 'resume' } as const
const continuing = { onTruncated: 'continue' } as const

/** The process ended before the continuation of a reply was stored. */
const cutReply = (): World => {
  const world = worldIn('streaming.receiving', { input: { settings: continuing } })
  world.storeOnly('turn.settled')
  world.finish('half', 'max_tokens')
  return world
}

/** The process ended before the message was stored again that a compaction made room for. */
const roomMade = (): World =>
  tooLong((world) => {
    world.overflowTo('compact')
    world.storeOnly('turn.settled')
    world.reply({ content: [{ type: 'compaction', content: 'x' }], stopReason: 'compaction' })
  })

/** The process ended before the next method of a compaction was stored. */
const compactionFailed = (): World =>
  tooLong((world) => {
    world.overflowTo('compact')
    world.storeOnly('turn.settled')
    world.finish('')
  })

/** A message whose input was refused waits in the queue until the turn before it has ended. */
const refusedBehind = (end: (world: World) => void): World => {
  const world = createWorld({ input: { settings: { whenBusy: 'queue', resendRefused: 'block', maxAttempts: 1 } } })
  world.say('a bad thing', 'a')
  world.refuse()
  world.send({ type: 'refusal.resolve', policy: 'drop-turn' })
  world.say('a good thing', 'b')
  world.say('a bad thing', 'c')
  end(world)
  world.send({ type: 'queue.release' })
  return world
}

/** A compaction that failed; the app switches to the model that was to make it next, before that is stored. */
function forsaken(journal: 'is silent' | 'fails'): World {
  const world = createWorld({ input: { settings: { compactBy: 'summary', compactionModels: ['m2'] } } })
  world.say('a')
  world.finish()
  world.send({ type: 'context.compact', turnId: 'c', at: 1 })
  world.setJournal(journal)
  world.finish('')
  world.send({ type: 'model.switch', model: 'm2' })
  world.setJournal('stores')
  // The journal answers late, in the state itself.
  world.send({ type: 'journal.saved', revision: world.view.revision })
  world.clock.increment(10_000)
  world.clock.increment(1_000)
  return world
}

export const waysByHand: readonly (readonly [string, () => World])[] = [
  ...restLoaded.map((leaf): readonly [string, () => World] => [
    `a loaded conversation that was in ${leaf}`,
    () => reloaded(worldIn(leaf)),
  ]),
  [
    'a call that waits for a person when a conversation in a store closes',
    () => {
      const world = worldIn('tools.running.awaitingPeople', { input: { settings: { onClose: 'keep' } } })
      world.send({ type: 'conversation.close' })
      return world
    },
  ],
  ['a loaded turn that was too long', () => reloaded(tooLong(() => {}))],
  ['a loaded turn that is to continue with another attempt', () => reloaded(worldIn('streaming.receiving'), resume)],
  ['a loaded turn that is to continue with its calls', () => reloaded(worldIn('tools.running.working'), resume)],
  ['a loaded reply that was cut and is to be continued', () => reloaded(cutReply(), { ...resume, ...continuing })],
  ['a loaded message that a compaction made room for', () => reloaded(roomMade())],
  ['a loaded message that a compaction made room for, and that is to be asked', () => reloaded(roomMade(), resume)],
  ['a loaded compaction that failed, and is to be made in another way', () => reloaded(compactionFailed(), resume)],
  ...leaves
    .filter((leaf) => leaf.endsWith('.unsaved'))
    .map((leaf): readonly [string, () => World] => [
      `a journal that fails once more in ${leaf}`,
      () => {
        const world = worldIn(leaf)
        world.send({ type: 'journal.failed', failure: { code: 'journal-write-failed', message: 'x' } })
        return world
      },
    ]),
  ...(['is silent', 'fails'] as const).map((journal): readonly [string, () => World] => [
    `a compaction whose next method the app takes, while the journal ${journal}`,
    () => forsaken(journal),
  ]),
  ['a restored conversation whose calls wait for people', () => restored(worldIn('tools.running.awaitingPeople'))],
  [
    'words that are refused while the same words wait',
    () =>
      refusedBehind((world) => {
        world.refuse()
        world.send({ type: 'refusal.resolve', policy: 'drop-turn' })
      }),
  ],
  ['refused words that wait behind an answer', () => refusedBehind((world) => world.finish('Fine'))],
  ['refused words that wait behind a stop', () => refusedBehind((world) => world.send({ type: 'user.stop' }))],
  ['refused words that wait behind a failure', () => refusedBehind((world) => world.fail(false))],
  [
    'a reply that is stopped again while it ends',
    () => {
      const world = worldIn('streaming.ending.stopped')
      world.send({ type: 'user.stop' })
      return world
    },
  ],
  [
    'a message that is worth more than room for the one before it',
    () => {
      const world = worldIn('overflowed.deciding', { input: { settings: { whenBusy: 'interrupt' } } })
      world.say('never mind')
      return world
    },
  ],
  [
    'a turn that is too long, with room that nobody decides about in time',
    () => tooLong(({ clock }) => clock.increment(30_000)),
  ],
  [
    'a turn that is too long, with a decision that fails',
    () => tooLong(({ actor }) => actor.send({ type: 'xstate.error.actor.overflow', error: new Error('x') } as never)),
  ],
  [
    'a conversation that goes back to its beginning',
    () => {
      const world = worldIn('completed.saved')
      world.setJournal('is silent')
      world.send({ type: 'head.switch', to: null })
      world.send({ type: 'journal.saved', revision: world.view.revision })
      return world
    },
  ],
  [
    'a conversation that goes back to its beginning, stored late',
    () => {
      const world = worldIn('completed.saved')
      world.setJournal('fails')
      world.send({ type: 'head.switch', to: null })
      world.send({ type: 'journal.saved', revision: world.view.revision })
      return world
    },
  ],
  [
    'a conversation that closes twice',
    () => {
      const world = worldIn('closing')
      world.send({ type: 'conversation.close' })
      return world
    },
  ],
  [
    'a model that is returned to from idle',
    () =>
      createWorld({
        input: {
          journal: [
            ...away,
            { type: 'head.moved', from: 't1', to: null, cause: 'clear', policy: 'clear', withdrawn: ['t1'] },
          ],
          settings: { returnAfter: 1 },
        },
      }),
  ],
  [
    'a model that is returned to after a stop',
    () => {
      const world = cutWhileAway()
      world.send({ type: 'user.stop' })
      return world
    },
  ],
  [
    'a model that is returned to after a failure',
    () => {
      const world = cutWhileAway()
      world.fail(false)
      return world
    },
  ],
]
