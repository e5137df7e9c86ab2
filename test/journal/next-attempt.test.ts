// The number of the next request and what the last attempt ended in: what a loaded conversation continues with.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyView, type Fact, fold, outcomeOf, step } from '../../src/journal/index.ts'
import {
  answered,
  attemptFailed,
  budgetSet,
  call,
  compaction,
  completed,
  created,
  deferred,
  dropped,
  held,
  model,
  moved,
  opened,
  otherModel,
  queued,
  refused,
  refusedTurn,
  replied,
  result,
  settled,
  stripped,
  switched,
  text,
  viewOf,
} from './fixtures.ts'
import { program } from './programs.ts'
import { runs } from '../runs.ts'

const overloaded = { code: 'overloaded', message: 'Busy.' } as const
const invalid = { code: 'request-invalid', message: 'No.' } as const

const rejected = (attempt: number): Fact => ({
  type: 'request.rejected',
  turnId: 'a',
  attempt,
  model,
  failure: invalid,
  fields: {},
  thinking: false,
})

const asked = [created, opened('a', null)]
const first = { attempt: 1, tries: 1, failure: null, isRejected: false }

const after = (...facts: readonly Fact[]) => {
  const { attempt, tries, failure, isRejected } = viewOf(...facts)
  return { attempt, tries, failure, isRejected }
}

describe('the next attempt', () => {
  it.each<readonly [string, readonly Fact[]]>([
    ['before the first message', [created]],
    ['of a turn that has just opened', asked],
    ['of the turn after one that completed', [created, ...completed('a', null), opened('b', 'a')]],
    [
      'of the turn after one that failed',
      [...asked, attemptFailed('a'), settled('a', 'failed', { kept: false }), opened('b', null)],
    ],
    [
      'of the turn that replaces a refused one',
      [...asked, attemptFailed('a'), refused('a'), dropped('a', null), opened('b', null)],
    ],
  ])('is the first %s', (_, facts) => {
    expect(after(...facts)).toEqual(first)
  })

  it('is one further, and one try more, after each attempt that failed', () => {
    expect(after(...asked, attemptFailed('a'))).toEqual({
      attempt: 2,
      tries: 2,
      failure: overloaded,
      isRejected: false,
    })
    expect(after(...asked, attemptFailed('a'), attemptFailed('a', { attempt: 2 }))).toMatchObject({
      attempt: 3,
      tries: 3,
    })
  })

  it('counts its tries from 1 after a reply, and goes on counting attempts', () => {
    const facts = [...asked, attemptFailed('a'), replied('a', [call('k')], { attempt: 2 }), answered('a', result('k'))]
    expect(after(...facts)).toEqual({ attempt: 3, tries: 1, failure: null, isRejected: false })
  })

  it('is beyond a number that was given before, also where earlier ones left no fact', () => {
    expect(after(...asked, attemptFailed('a', { attempt: 5 }))).toMatchObject({ attempt: 6, tries: 2 })
    expect(after(...asked, replied('a', [call('k')], { attempt: 7 }))).toMatchObject({ attempt: 8, tries: 1 })
  })

  it('has no try more after a rejected request, whose failure stays until something is changed', () => {
    const facts = [...asked, attemptFailed('a'), rejected(2)]
    expect(after(...facts)).toEqual({ attempt: 3, tries: 2, failure: invalid, isRejected: true })
    const repaired = { attempt: 3, tries: 2, failure: null, isRejected: false }
    expect(after(...facts, stripped('a'))).toEqual(repaired)
    expect(after(...facts, switched(model, otherModel, 'outage'))).toEqual({ ...repaired, tries: 1 })
  })

  it('counts its tries from 1 with another model after an outage, and only then', () => {
    expect(after(...asked, attemptFailed('a'), switched(model, otherModel, 'outage'))).toEqual({
      attempt: 2,
      tries: 1,
      failure: null,
      isRejected: false,
    })
    expect(after(...asked, attemptFailed('a'), switched(model, otherModel))).toMatchObject({
      tries: 2,
      failure: overloaded,
    })
  })

  it('has the failure of the turn before it until another one opens or the context is cleared', () => {
    const failed = [...asked, settled('a', 'failed', { kept: false })]
    expect(after(...failed)).toEqual({ ...first, failure: overloaded })
    expect(after(...failed, moved(null, null, { cause: 'clear', policy: 'clear' }))).toEqual(first)
  })

  it('has a number that no attempt of its turn had, whatever happened', () => {
    fc.assert(
      fc.property(program, (facts) => {
        let view = emptyView
        for (const fact of facts) {
          view = step(view, fact)
          const given = view.open?.attempts.map(({ attempt }) => attempt) ?? []
          expect(view.attempt).toBeGreaterThan(Math.max(0, ...given))
          expect(view.tries).toBeLessThanOrEqual(view.attempt)
          if (view.isRejected) expect([view.open, view.failure]).not.toContain(null)
        }
      }),
      { numRuns: runs(60) },
    )
  })
})

describe('a budget', () => {
  it('is the last one that was set; without one, the option applies', () => {
    expect(viewOf(created).budget).toBeNull()
    expect(viewOf(created, budgetSet({ tokens: 5 })).budget).toEqual({ tokens: 5 })
    expect(viewOf(created, budgetSet({ tokens: 5 }), budgetSet({ cost: 0.25 })).budget).toEqual({ cost: 0.25 })
    expect(viewOf(created, budgetSet({ tokens: 5 }), budgetSet({})).budget).toEqual({})
  })

  it.each([{ tokens: -1 }, { cost: '1' }, { refusalsInARow: null }, 5, null])('of %o damages a journal', (budget) => {
    expect(() => fold([created, { type: 'budget.set', budget }])).toThrow(/budget/)
  })
})

describe('a queue that is held because its conversation was loaded', () => {
  const waiting = [created, ...completed('a', null), queued('q'), held]

  it('waits until it is released', () => {
    expect(viewOf(...waiting).held).toBe(true)
    expect(viewOf(...waiting, { type: 'queue.released' }).held).toBe(false)
  })

  it('stays held behind a message that is sent first', () => {
    expect(viewOf(...waiting, ...completed('b', 'a')).held).toBe(true)
    expect(viewOf(...waiting, opened('q', 'a')).held).toBe(false)
  })
})

describe('a refusal that is handed to a person', () => {
  it('is marked, and decided by the reset that follows', () => {
    const facts = [created, ...refusedTurn('a', null)]
    expect(viewOf(...facts).refusals).toMatchObject([{ turnId: 'a', isDeferred: false, reset: null }])
    expect(viewOf(...facts, deferred('a'))).toMatchObject({
      undecided: 'a',
      refusals: [{ turnId: 'a', isDeferred: true, policy: null, reset: null }],
    })
    expect(viewOf(...facts, deferred('a'), dropped('a', null))).toMatchObject({
      undecided: null,
      refusals: [{ turnId: 'a', isDeferred: true, policy: 'drop-turn' }],
    })
  })
})

describe('the outcome of a message that a compaction made room for', () => {
  const facts = [
    created,
    ...completed('a', null),
    opened('b', 'a'),
    settled('b', 'failed', { kept: false, isReplaced: true }),
    opened('b~1', 'a', { kind: 'compaction', input: '', replaces: 'b' }),
    replied('b~1', [compaction('Short')], { stopReason: 'compaction' }),
    settled('b~1'),
  ]

  it('is that it was stopped, while it is not asked again', () => {
    expect(outcomeOf(viewOf(...facts), 'b')).toMatchObject({ status: 'stopped' })
  })

  it('is that of the turn that asks it after the compaction', () => {
    const again = [
      ...facts,
      opened('b~2', 'b~1', { replaces: 'b~1', input: 'Question b' }),
      replied('b~2', [text('So')]),
    ]
    expect(outcomeOf(viewOf(...again), 'b')).toBeNull()
    expect(outcomeOf(viewOf(...again, settled('b~2')), 'b')).toMatchObject({ status: 'completed' })
  })
})
