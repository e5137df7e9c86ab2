import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  askings,
  branches,
  buildRequest,
  type Fact,
  fold,
  Folding,
  forkFacts,
  headObstacle,
  madeRoomFor,
  nextLeft,
  partsToTakeBack,
  path,
  refusalCounts,
  requestTurns,
  resetOf,
  suspects,
  transcript,
  type View,
} from '../../src/journal/index.ts'
import {
  abc,
  call,
  created,
  model,
  moved,
  opened,
  queued,
  refused,
  replied,
  settled,
  steppedThrough,
  stripped,
  target,
  text,
  thrownBy,
} from './fixtures.ts'
import { program } from './programs.ts'
import { runs } from '../runs.ts'

const ids = ['a', 'b', 'c', 'd']
const id = fc.constantFrom(...ids)
const parent = fc.option(id)
const kind = fc.constantFrom('user', 'compaction', 'continuation', 'seed')

/** Facts with arbitrary references: to themselves, to later facts, to unknown ids. */
const anyFact: fc.Arbitrary<Fact | readonly Fact[]> = fc.oneof(
  fc
    .tuple(id, parent, kind, fc.option(id, { nil: undefined }), fc.option(id, { nil: undefined }))
    .chain(([turnId, upon, of, replaces, continues]) =>
      fc.constantFrom('completed', 'refused', 'failed', 'stopped').map((status): readonly Fact[] => [
        opened(turnId, upon, {
          kind: of,
          ...(replaces === undefined ? {} : { replaces }),
          ...(continues === undefined ? {} : { continues }),
        }),
        replied(turnId, [text('said'), call('t1')]),
        status === 'refused' ? refused(turnId) : settled(turnId, status),
      ]),
    ),
  fc.tuple(parent, parent).map(([from, to]) => moved(from, to)),
  fc
    .tuple(parent, parent, id)
    .map(([from, to, turnId]) => moved(from, to, { cause: 'refusal', turnId, withdrawn: ids })),
  id.map(stripped),
  id.map(queued),
  id.map((turnId): Fact => ({ type: 'context.setAside', turnId, parts: [`turn:${turnId}`, `compaction:${turnId}`] })),
)

/** Every function that walks from turn to turn. */
const walks: Readonly<Record<string, (view: View, turnId: string) => unknown>> = {
  path: (view, turnId) => path(view, turnId),
  requestTurns,
  askings,
  branches,
  transcript,
  headObstacle,
  resetOf: (view) => [resetOf(view, 'clear', 'clear'), resetOf(view, { rewind: 'all' }, 'refusal')],
  forkFacts: (view, turnId) => forkFacts(view, turnId, model),
  buildRequest: (view) => buildRequest(view, target),
  suspects,
  refusalCounts,
  madeRoomFor: (view) => view.turns.map((turn) => madeRoomFor(view, turn)),
  nextLeft: (view) => nextLeft(view, 3),
  partsToTakeBack,
}

describe('a walk from turn to turn', () => {
  it('ends for a view of any facts', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 12 }), (facts) => {
        const view = steppedThrough(created, ...facts.flat())
        const most = view.turns.length
        for (const turnId of ids) {
          expect(path(view, turnId).length).toBeLessThanOrEqual(most)
          for (const walk of Object.values(walks)) walk(view, turnId)
        }
      }),
      { numRuns: runs(100) },
    )
  })

  it('ends when a summary replaces itself', () => {
    const own = opened('s', null, { kind: 'compaction', replaces: 's' })
    const ended = settled('s', 'failed', { kept: false })
    const view = steppedThrough(created, own, ended)
    expect(madeRoomFor(view, view.turns[0] ?? expect.unreachable())).toBeUndefined()
    expect(thrownBy(() => fold([created, own, ended]))).toMatchObject({
      code: 'journal-damaged',
      details: { factIndex: 1 },
    })
  })
})

describe('facts that are folded one by one', () => {
  it('give the same view as all at once, whatever is read in between', () => {
    fc.assert(
      fc.property(program, fc.array(anyFact, { maxLength: 4 }), fc.array(fc.nat(20)), (possible, foreign, looks) => {
        const folding = new Folding()
        const taken: Fact[] = []
        const seen: { readonly view: View; readonly was: string }[] = []
        for (const [index, fact] of [...possible, ...foreign.flat()].entries()) {
          if (folding.add(fact) === null) taken.push(fact)
          if (looks.includes(index)) seen.push({ view: folding.view, was: JSON.stringify(folding.view) })
        }
        expect(folding.view).toEqual(fold(taken))
        expect(folding.view).toEqual(steppedThrough(...taken))
        for (const { view, was } of seen) expect(JSON.stringify(view)).toBe(was)
      }),
    )
  })

  it('are rejected with a reason, without any change, when they cannot follow', () => {
    const folding = new Folding(fold(abc))
    expect(folding.add(opened('d', 'nowhere'))).toEqual({
      problem: 'damaged',
      type: 'turn.opened',
      why: 'there is no settled turn nowhere',
    })
    expect(folding.add(7)).toMatchObject({ problem: 'damaged' })
    expect(folding.add({ type: 'of tomorrow' })).toMatchObject({ problem: 'later' })
    expect(folding.view).toEqual(fold(abc))
    expect(folding.revision).toBe(abc.length)
  })
})
