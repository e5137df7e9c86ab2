// Whatever becomes of compactions, in whichever way they are asked for: afterwards a plain message is answered.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ConversationSettings } from '../../machines/index.ts'
import { findTurn, fold, standsForBefore } from '../../src/journal/index.ts'
import { createWorld, reloaded, type World } from './world.ts'
import { runs } from '../runs.ts'

/** What happens to one compaction. A loaded world replaces the one that ended. */
const outcomes = {
  'is made': (world: World) =>
    world.view.open?.input === ''
      ? world.reply({ content: [{ type: 'compaction', content: 'short' }], stopReason: 'compaction' })
      : world.finish('short'),
  'is refused': (world: World) => world.refuse(),
  'has a block without words': (world: World) =>
    world.reply({ content: [{ type: 'compaction', content: null }], stopReason: 'compaction' }),
  'is empty': (world: World) => world.finish(''),
  'is cut': (world: World) => world.finish('sho', 'max_tokens'),
  'is not taken': (world: World) => world.reject('request-invalid'),
  'is too long': (world: World) => world.reject('prompt-too-long'),
  'names a summary that is not taken': (world: World) => world.reject('compaction-invalid'),
  fails: (world: World) => world.failWith('permission-denied'),
  'is unavailable': (world: World) => world.fail(true),
  'never begins': (world: World) => world.clock.increment(120_000),
  'is stopped': (world: World) => world.send({ type: 'user.stop' }),
  'is stopped once it was refused': (world: World) => {
    const refusal = { refusal: { category: null, explanation: null, textShown: false }, usage: world.view.usage }
    const partial = { model: 'm1', promptHash: 'p', content: [], usage: world.view.usage, shown: false, refusal }
    world.send({ type: 'user.stop', partial })
  },
  'is lost in a crash, and restored': (world: World) =>
    createWorld({ snapshot: world.persist(), store: [...world.store] }),
  'is lost in a crash, and loaded': (world: World) => reloaded(world, world.context.settings),
  'is lost in a close': (world: World) => {
    world.send({ type: 'conversation.close' })
    return reloaded(world, world.context.settings)
  },
} as const satisfies Readonly<Record<string, (world: World) => unknown>>

type Outcome = keyof typeof outcomes

interface Script {
  readonly cause: 'people' | 'a request that is too long' | 'a window that filled up'
  readonly settings: Partial<ConversationSettings>
  /** What happens to each; those after the last succeed. */
  readonly outcomes: readonly Outcome[]
  /** A message is queued while the first is in progress. */
  readonly queues: boolean
}

const scripts: fc.Arbitrary<Script> = fc.record({
  cause: fc.constantFrom<Script['cause'][]>('people', 'a request that is too long', 'a window that filled up'),
  settings: fc.record({
    compactBy: fc.constantFrom('auto', 'api', 'summary'),
    compactionModels: fc.constantFrom<string[][]>([], ['m2'], ['m1', 'm2', 'm3']),
    onStop: fc.constantFrom('keep', 'drop'),
    maxAttempts: fc.constantFrom(1, 2),
    whenBusy: fc.constantFrom('queue', 'interrupt'),
  }),
  outcomes: fc.array(fc.constantFrom(...(Object.keys(outcomes) as Outcome[])), { maxLength: 8 }),
  queues: fc.boolean(),
})

const isCompacting = ({ view }: World) => view.open?.kind === 'compaction'

/** Continues until nothing is in progress: requests other than compactions are answered. */
function settle(from: World, left: Outcome[]): World {
  let world = from
  for (let step = 0; !world.tags().includes('ready'); step++) {
    expect(step, `${world.state} is never left`).toBeLessThan(60)
    if (world.state === 'waitingToRetry') world.clock.increment(8_000)
    else if (world.state === 'overflowed.deciding') world.overflowTo('compact')
    else if (isCompacting(world)) world = (outcomes[left.shift() ?? 'is made'](world) as World | undefined) ?? world
    else world.finish('answer')
  }
  return world
}

function begin({ cause, settings }: Script) {
  const world = createWorld({ input: { settings } })
  world.say('a')
  world.finish('re a')
  const before = { head: world.view.head, messages: world.messages() }
  if (cause === 'people') world.send({ type: 'context.compact', turnId: 'c', at: 20 })
  else {
    world.say('b')
    if (cause === 'a request that is too long') world.reject('prompt-too-long')
    else world.finish('half of b', 'model_context_window_exceeded')
    world.overflowTo('compact')
  }
  expect(isCompacting(world)).toBe(true)
  return { begun: world, before }
}

it('a conversation continues, whatever happens to its compactions', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const { begun, before } = begin(script)
      // It interrupts what it can, and waits otherwise.
      if (script.queues) begun.say('queued', 'q')
      let world = settle(begun, [...script.outcomes])

      const { view } = world
      expect([view.model, view.goesBackTo, view.away, view.undecided]).toEqual(['m1', null, null, null])
      for (const turn of view.turns.filter(({ kind, status }) => kind === 'compaction' && status === 'completed'))
        expect(turn.steps.some(({ content }) => standsForBefore(turn, content))).toBe(true)
      const isMade = world.told('context.compacted').length > 0
      if (script.cause === 'people' && !isMade && !script.queues) {
        expect({ head: view.head, messages: world.messages() }).toEqual(before)
      }
      if (script.queues && !findTurn(view, 'q')) {
        expect(view).toMatchObject({ queue: [{ turnId: 'q' }], held: true })
        world.send({ type: 'queue.release' })
        world = settle(world, [])
        expect(findTurn(world.view, 'q')?.status).toBe('completed')
      }
      world.say('plain', 'p')
      world.finish('re plain')
      expect([world.state, findTurn(world.view, 'p')?.status]).toEqual(['completed.saved', 'completed'])
      expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
    }),
    { numRuns: runs(67) },
  )
})
