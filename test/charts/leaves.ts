// One way into each leaf of the conversation chart.
import { getStateNodes } from 'xstate/graph'
import type { AnyStateMachine } from 'xstate'
import { conversationMachine } from '../../machines/index.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

const ways: Readonly<Record<string, (world: World) => void>> = {
  loading: () => {},
  idle: () => {},
  'streaming.opening': (world) => void world.say('hi'),
  'streaming.receiving': (world) => {
    world.say('hi')
    world.open()
  },
  waitingToRetry: (world) => {
    world.say('hi')
    world.fail(true)
  },
  'tools.saving': (world) => {
    world.say('hi')
    world.setJournal('is silent')
    world.callTools('k1')
  },
  'tools.unsaved': (world) => {
    world.say('hi')
    world.setJournal('fails')
    world.callTools('k1')
  },
  'tools.running': (world) => {
    world.say('hi')
    world.callTools('k1')
  },
  'completed.saving': (world) => {
    world.say('hi')
    world.setJournal('is silent')
    world.finish()
  },
  'completed.unsaved': (world) => {
    world.say('hi')
    world.setJournal('fails')
    world.finish()
  },
  'completed.saved': (world) => {
    world.say('hi')
    world.finish()
  },
  'stopped.saving': (world) => {
    world.say('hi')
    world.setJournal('is silent')
    world.send({ type: 'user.stop' })
  },
  'stopped.unsaved': (world) => {
    world.say('hi')
    world.setJournal('fails')
    world.send({ type: 'user.stop' })
  },
  'stopped.saved': (world) => {
    world.say('hi')
    world.send({ type: 'user.stop' })
  },
  'failed.saving': (world) => {
    world.say('hi')
    world.setJournal('is silent')
    world.fail(false)
  },
  'failed.unsaved': (world) => {
    world.say('hi')
    world.setJournal('fails')
    world.fail(false)
  },
  'failed.saved': (world) => {
    world.say('hi')
    world.fail(false)
  },
  'refused.saving': (world) => {
    world.say('hi')
    world.setJournal('is silent')
    world.refuse()
  },
  'refused.unsaved': (world) => {
    world.say('hi')
    world.setJournal('fails')
    world.refuse()
  },
  'refused.deciding': (world) => {
    world.say('hi')
    world.refuse()
  },
  'refused.awaitingDecision': (world) => {
    world.say('hi')
    world.refuse()
    world.ask()
  },
  'reset.saving': (world) => {
    world.say('hi')
    world.refuse()
    world.setJournal('is silent')
    world.decideTo('drop-turn')
  },
  'reset.unsaved': (world) => {
    world.say('hi')
    world.refuse()
    world.setJournal('fails')
    world.decideTo('drop-turn')
  },
  closing: (world) => {
    world.say('hi')
    world.setJournal('is silent')
    world.send({ type: 'conversation.close' })
  },
  closed: (world) => world.send({ type: 'conversation.close' }),
}

/** The leaves of the chart, read off the machine. */
export const leaves: readonly string[] = getStateNodes(conversationMachine as AnyStateMachine)
  .filter(({ type }) => type === 'atomic' || type === 'final')
  .map(({ path }) => path.join('.'))

export const leavesWithAWay: readonly string[] = Object.keys(ways)

/** A world that rests in the leaf. */
export function worldIn(leaf: string, options: WorldOptions = {}): World {
  const world = createWorld({ ...options, ...(leaf === 'loading' ? { journal: 'never starts' as const } : {}) })
  ways[leaf]?.(world)
  if (world.state !== leaf) throw new Error(`the way to ${leaf} leads to ${world.state}`)
  return world
}
