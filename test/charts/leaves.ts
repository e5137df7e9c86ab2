// One way into each leaf of the conversation chart.
import type { AnyStateMachine } from 'xstate'
import { conversationMachine } from '../../machines/index.ts'
import { leafNames } from './coverage.ts'
import { createWorld, type JournalMode, type World, type WorldOptions } from './world.ts'

type Way = (world: World) => void

/** The two leaves before the state that `way` leads to, while the journal does not store. */
const storing = (state: string, ...[before, way]: readonly [Way, Way]): Readonly<Record<string, Way>> => {
  const through = (mode: JournalMode): Way => {
    return (world) => {
      before(world)
      world.setJournal(mode)
      way(world)
    }
  }
  return { [`${state}.saving`]: through('is silent'), [`${state}.unsaved`]: through('fails') }
}

const ask: Way = (world) => void world.say('hi')
const callTool: Way = (world) => world.callTools('k1')
const finish: Way = (world) => world.finish()
const stop: Way = (world) => world.send({ type: 'user.stop' })
const stopAtTheEnd =
  (cause?: 'aborted'): Way =>
  (world) => {
    world.open()
    world.stopAtTheEnd(cause)
  }
const fail: Way = (world) => world.fail(false)
const refuse: Way = (world) => world.refuse()
const drop: Way = (world) => world.decideTo('drop-turn')
const overflow: Way = (world) => world.finish('half', 'model_context_window_exceeded')
const switchHead: Way = (world) => world.send({ type: 'head.switch', to: 't1' })

const reject: Way = (world) => {
  world.holdRejections()
  world.reject('request-invalid')
}

const all =
  (...steps: readonly Way[]): Way =>
  (world) => {
    for (const step of steps) step(world)
  }

const ways: Readonly<Record<string, Way>> = {
  loading: () => {},
  idle: () => {},
  ...storing('asking', () => {}, ask),
  'streaming.opening': ask,
  'streaming.receiving': all(ask, (world) => world.open()),
  'streaming.ending.stopped': all(ask, stopAtTheEnd()),
  'streaming.ending.aborted': all(ask, stopAtTheEnd('aborted')),
  waitingToRetry: all(ask, (world) => world.fail(true)),
  ...storing('tools', ask, callTool),
  'tools.running.working': all(ask, callTool),
  'tools.running.awaitingPeople': all(ask, callTool, (world) => world.needApproval('k1')),
  ...storing('overflowed', ask, overflow),
  'overflowed.deciding': all(ask, overflow),
  ...storing('completed', ask, finish),
  'completed.saved': all(ask, finish),
  ...storing('stopped', ask, stop),
  'stopped.saved': all(ask, stop),
  ...storing('failed', ask, fail),
  'failed.saved': all(ask, fail),
  ...storing('refused', ask, refuse),
  'refused.deciding': all(ask, refuse),
  'refused.awaitingDecision': all(ask, refuse, (world) => world.ask()),
  ...storing('rejected', ask, reject),
  'rejected.deciding': all(ask, reject),
  'rejected.awaitingDecision': all(ask, reject, (world) => world.askAboutRejection()),
  ...storing('reset', all(ask, refuse), drop),
  ...storing('switching', all(ask, finish, ask, finish), switchHead),
  closing: (world) => {
    ask(world)
    world.setJournal('is silent')
    world.send({ type: 'conversation.close' })
  },
  closed: (world) => world.send({ type: 'conversation.close' }),
  lost: (world) => world.send({ type: 'journal.lost', failure: { code: 'conversation-lost', message: 'x' } }),
}

/** The leaves of the chart, read from the machine. */
export const leaves: readonly string[] = leafNames(conversationMachine as AnyStateMachine)

export const leavesWithAWay: readonly string[] = Object.keys(ways)

/** A world that rests in the leaf. */
export function worldIn(leaf: string, options: WorldOptions = {}): World {
  const world = createWorld({ ...options, ...(leaf === 'loading' ? { journal: 'never starts' as const } : {}) })
  ways[leaf]?.(world)
  if (world.state !== leaf) throw new Error(`the way to ${leaf} leads to ${world.state}`)
  return world
}
