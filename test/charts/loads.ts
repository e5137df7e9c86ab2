// Every journal that a process may leave behind: on each generated path it ends there and then, with what is stored.
import { expect, it } from 'vitest'
import { type Fact, fold, stateOf } from '../../src/journal/index.ts'
import { sampleOf } from '../runs.ts'
import type { WayThrough } from './explore.ts'
import type { Graph } from './graphs.ts'
import { createWorld, type World } from './world.ts'

/** The different journals that the paths of a graph leave. */
function journalsOf(ways: readonly WayThrough[]): readonly (readonly Fact[])[] {
  const journals = new Map<string, readonly Fact[]>()
  for (const { facts, snapshot } of ways) {
    const stored = facts.slice(0, snapshot.context.stored.revision)
    // A conversation that is not stored at all is not loaded.
    if (stored.length > 0) journals.set(JSON.stringify(stored), stored)
  }
  return [...journals.values()]
}

const load = (journal: readonly Fact[], settings: Graph['settings'] = {}): World =>
  createWorld({ input: { journal, settings }, store: [...journal], holdsRejections: true })

const liveRequests = ({ replies }: World) => replies.filter(({ isLive }) => isLive).length

const outcomes = (world: World) =>
  world.emitted.flatMap((event) => (/^turn\.(completed|stopped|failed)$/.test(event.type) ? [event] : []))

/** Runs a check on each journal; an error names its facts. */
const onEach = (journals: readonly (readonly Fact[])[], check: (journal: readonly Fact[]) => void) => {
  expect(journals.length).toBeGreaterThan(5)
  for (const journal of journals)
    try {
      check(journal)
    } catch (error) {
      throw new Error(journal.map((fact) => JSON.stringify(fact)).join('\n'), { cause: error })
    }
}

/** Tests that the journal of each path can be loaded, closed and resumed. */
export function testLoads({ settings }: Graph, ways: readonly WayThrough[]): void {
  const journals = sampleOf(journalsOf(ways), 400)

  it('leaves a journal that is loaded to where it was, and nothing is asked by itself', () => {
    onEach(journals, (journal) => {
      const before = fold(journal)
      const world = load(journal, settings)
      const { view } = world
      expect(world.actor.getSnapshot().status).toBe('active')
      expect(world.context.unsaved).toEqual([])
      expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(view)
      expect(world.store.slice(0, journal.length)).toEqual(journal)
      // A refused compaction changes nothing, so nothing is to be decided about it: what follows it is asked.
      const isLeft = world.states.includes('reset.saving')
      if (!isLeft) expect(liveRequests(world)).toBe(0)
      const wasUnderWay = stateOf(before) === 'interrupted'
      expect(outcomes(world)).toMatchObject(
        wasUnderWay ? [{ type: 'turn.failed', turnId: before.open?.id, failure: { code: 'interrupted' } }] : [],
      )
      if (wasUnderWay) expect([view.open, view.turns.at(-1)?.status]).toEqual([null, 'interrupted'])
      if (world.tags().includes('ready')) expect([view.open, view.undecided]).toEqual([null, null])
      if (world.tags().includes('ready') && view.queue.length > 0) expect(view.held).toBe(true)
      // Calls that may have run are not run again.
      const started = new Set(before.startedCalls)
      for (const { callId, state } of world.toolRuns.flatMap(({ input }) => input.calls))
        expect(state === 'interrupted').toBe(started.has(callId))
      // Loaded once more, it is the same.
      if (isLeft) return
      const again = load(world.store, settings)
      expect([again.state, again.view, again.store, outcomes(again)]).toEqual([world.state, view, world.store, []])
    })
  })

  it('leaves a journal that can be loaded and closed, with no turn left open', () => {
    onEach(journals, (journal) => {
      const world = load(journal, settings)
      world.send({ type: 'conversation.close' })
      expect([world.state, world.view.open, world.context.unsaved]).toEqual(['closed', null, []])
    })
  })

  it('leaves a journal that onInterrupted "resume" continues, by attempts with numbers of their own', () => {
    onEach(journals, (journal) => {
      const before = fold(journal)
      const world = load(journal, { ...settings, onInterrupted: 'resume' })
      expect(world.actor.getSnapshot().status).toBe('active')
      expect(world.context.unsaved).toEqual([])
      expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
      const [request] = world.replies.filter(({ isLive }) => isLive)
      // Calls of idempotent tools start again.
      for (const { callId } of (world.toolRuns.at(-1)?.input.calls ?? []).filter(
        ({ state }) => state === 'interrupted',
      )) {
        world.start(callId, { again: true })
        expect(world.store.at(-1)).toMatchObject({ type: 'call.started', callId, again: true })
      }
      expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
      const given = before.open?.attempts.map(({ attempt }) => attempt) ?? []
      if (request && request.input.turnId === before.open?.id) expect(given).not.toContain(request.input.attempt)
      if (world.tags().includes('answering') && !world.tags().includes('awaitingPeople')) {
        world.send({ type: 'user.stop' })
        expect(world.context.unsaved).toEqual([])
      }
    })
  })
}
