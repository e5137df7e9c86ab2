import type { AnyStateMachine } from 'xstate'
import { afterAll, describe, expect, it } from 'vitest'
import { conversationMachine, unsavedFacts } from '../../machines/index.ts'
import { stateName } from '../../src/state-name.ts'
import { buildRequest, fold, path, type View } from '../../src/journal/index.ts'
import { problemsOf } from '../journal/sendable.ts'
import { definitionName, definitionNames, leafNames } from './coverage.ts'
import { explore, type WayThrough } from './explore.ts'
import { graphs } from './graphs.ts'
import { testLoads } from './loads.ts'
import { waysByHand } from './ways.ts'

const ready = ['idle', 'completed.saved', 'stopped.saved', 'failed.saved']
const reached = new Set<string>()
const taken = new Set<string>()

/** The turns whose outcomes were emitted, once for each event. */
const outcomesIn = ({ told }: WayThrough) =>
  told.flatMap((event) => (event.type.startsWith('turn.') && 'turnId' in event ? [event.turnId] : []))

const tagsOf = ({ snapshot }: WayThrough) => [...snapshot.tags].toSorted()

const awaitsPeople = ({ awaitingApproval, awaitingAnswer }: View) => awaitingApproval.length + awaitingAnswer.length > 0

/** The tags that follow from the state and the facts. */
function tagsFor({ snapshot }: WayThrough): readonly string[] {
  const { view, stored } = snapshot.context
  const state = stateName(snapshot.value)
  if (state === 'closed' || state === 'lost') return []
  if (ready.includes(state)) return ['ready']
  const isAnswering = answering.includes(state.split('.')[0] ?? '')
  return [
    ...(isAnswering ? ['answering'] : []),
    ...(state.endsWith('.awaitingDecision')
      ? ['awaitingDecision']
      : [
          // People are asked once it is stored that they are.
          ...(awaitsPeople(view) && awaitsPeople(stored) ? ['awaitingPeople'] : []),
          'busy',
          ...(state.endsWith('.unsaved') ? ['unsaved'] : []),
        ]),
  ]
}

/** States in which a turn is open, and `user.stop` ends it. */
const answering = ['asking', 'streaming', 'waitingToRetry', 'tools', 'overflowed', 'rejected']

describe.each(Object.entries(graphs))('every generated path %s', (_, graph) => {
  const found = explore(graph)
  const { ways } = found
  for (const { snapshot } of ways) reached.add(stateName(snapshot.value))
  for (const definition of found.taken) taken.add(definitionName(definition))

  /** Runs a check on each way; an error names the way. */
  const onEach = (check: (way: WayThrough) => void) => {
    expect(ways.length).toBeGreaterThan(50)
    for (const way of ways)
      try {
        check(way)
      } catch (error) {
        throw new Error(`${way.events.join(' > ')} leads to ${stateName(way.snapshot.value)}`, { cause: error })
      }
  }

  it('leads to a path of kept turns, none of them refused or withdrawn', () => {
    onEach(({ facts, snapshot: { context } }) => {
      const { view } = context
      const isForced = facts.some((fact) => 'force' in fact && fact.force)
      for (const { id, kept, status } of path(view, view.open ? view.open.parent : view.head)) {
        expect([kept, status === 'refused', view.quarantine.includes(id)]).toEqual([true, false, false])
        if (!isForced) expect(Object.keys(view.withdrawn)).not.toContain(id)
      }
    })
  })

  it('leads to a request that can be sent', () => {
    onEach(({ snapshot }) => {
      const { view } = snapshot.context
      const asks = snapshot.matches('streaming') ? view : { ...view, open: null }
      expect(problemsOf(buildRequest(asks, { model: view.model, promptHash: 'p' }).messages)).toEqual([])
    })
  })

  it('leads to an open turn or to a ready leaf', () => {
    onEach(({ snapshot }) => {
      const { open, undecided } = snapshot.context.view
      expect(snapshot.status).not.toBe('error')
      if (snapshot.hasTag('ready')) expect([open, undecided]).toEqual([null, null])
      if (['asking', 'streaming', 'waitingToRetry', 'tools'].some((state) => snapshot.matches(state as 'tools')))
        expect(open).not.toBeNull()
    })
  })

  it('leads to the tags that fit its state', () => {
    onEach((way) => {
      expect(tagsOf(way)).toEqual(tagsFor(way))
      if (way.snapshot.hasTag('answering')) expect(way.snapshot.context.view.open).not.toBeNull()
      if (way.snapshot.hasTag('unsaved')) expect(unsavedFacts(way.snapshot.context.pending)).not.toEqual([])
    })
  })

  it('emits the outcome of each turn once, and of all turns when everything is stored', () => {
    onEach((way) => {
      const { pending } = way.snapshot.context
      const told = outcomesIn(way)
      expect(new Set(told).size).toBe(told.length)
      if (pending.length > 0) return
      // A refusal is emitted with the decision about it.
      const { turns, undecided } = way.snapshot.context.view
      const decided = (ids: readonly (string | null)[]) => new Set(ids.filter((id) => id !== undecided))
      expect(decided(told)).toEqual(decided(turns.map(({ id }) => id)))
    })
  })

  it('emits nothing before it is stored, and in the order of the journal', () => {
    onEach(({ told, snapshot }) => {
      const revisions = told.map(({ revision }) => revision)
      expect(revisions).toEqual(revisions.toSorted((one, other) => one - other))
      expect(revisions.at(-1) ?? 0).toBeLessThanOrEqual(snapshot.context.stored.revision)
    })
  })

  it('shows as stored what the stored facts fold to', () => {
    onEach(({ facts, snapshot }) => {
      const { stored, view, pending } = snapshot.context
      expect(fold(facts.slice(0, stored.revision))).toEqual(stored)
      if (pending.length === 0) expect(stored).toBe(view)
    })
  })

  testLoads(graph, ways)

  it('leaves facts that fold to the same view', () => {
    onEach(({ facts, snapshot }) => {
      expect(fold(JSON.parse(JSON.stringify(facts)))).toEqual(snapshot.context.view)
    })
  })
})

describe('by hand', () => {
  it.each(waysByHand)('%s', (_, go) => {
    const world = go()
    for (const state of world.states) reached.add(state)
    for (const definition of world.taken) taken.add(definitionName(definition))
    expect(world.actor.getSnapshot().status).not.toBe('error')
  })
})

describe('together they', () => {
  const machine = conversationMachine as AnyStateMachine
  const leaves = leafNames(machine)
  const definitions = definitionNames(machine)
  const missed = (all: readonly string[], seen: ReadonlySet<string>) => all.filter((name) => !seen.has(name))

  afterAll(() => {
    const line = (what: string, all: readonly string[], seen: ReadonlySet<string>) =>
      [`${what}: ${all.length - missed(all, seen).length} of ${all.length}`, ...missed(all, seen)].join('\n  missed: ')
    process.stdout.write(
      `\n${line('leaf states', leaves, reached)}\n${line('transition definitions', definitions, taken)}\n`,
    )
  })

  it('reach every leaf state', () => {
    expect(missed(leaves, reached)).toEqual([])
  })

  it('take every transition that is defined', () => {
    expect(new Set(definitions).size).toBe(definitions.length)
    expect(missed(definitions, taken)).toEqual([])
  })
})
