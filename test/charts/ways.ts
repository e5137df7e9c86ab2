// Ways to the transitions that the generated paths do not take: each needs a history, or a peer, of its own.
import { type Fact, noUsage } from '../../src/journal/index.ts'
import { worldIn } from './leaves.ts'
import { createWorld, reloaded, type World } from './world.ts'

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

export const waysByHand: readonly (readonly [string, () => World])[] = [
  ['a loaded conversation that was at rest', () => reloaded(worldIn('completed.saved'))],
  ['a loaded conversation that was in the middle of a reply', () => reloaded(worldIn('streaming.receiving'))],
  ['a loaded conversation whose refusal nobody decided', () => reloaded(worldIn('refused.deciding'))],
  ['a loaded conversation whose calls wait for people', () => reloaded(worldIn('tools.running.awaitingPeople'))],
  [
    'a restored conversation whose calls wait for people',
    () => {
      const before = worldIn('tools.running.awaitingPeople')
      return createWorld({ snapshot: before.persist(), store: before.store })
    },
  ],
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
