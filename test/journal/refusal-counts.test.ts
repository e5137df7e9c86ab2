import { describe, expect, it } from 'vitest'
import { type Fact, type ResetPolicy, refusalCounts } from '../../src/journal/index.ts'
import {
  askedInstead,
  askedOther,
  attemptFailed,
  created,
  decided,
  dropped,
  model,
  opened,
  otherModel,
  refusal,
  refused,
  replied,
  settled,
  text,
  viewOf,
} from './fixtures.ts'

const countsOf = (...facts: readonly Fact[]) => refusalCounts(viewOf(created, ...facts))
const refusedBy = (turnId: string, more: object = {}) => [
  opened(turnId, null),
  refused(turnId, { refusal: { ...refusal, category: 'cyber', model, ...more } }),
]
const one = { category: 'cyber', model, count: 1 }

describe('refusals are counted', () => {
  it('as none when there was none', () => {
    expect(countsOf()).toEqual([])
  })

  it('as undecided until a policy is taken', () => {
    expect(countsOf(...refusedBy('x'))).toEqual([{ ...one, policy: null, result: 'undecided' }])
  })

  it.each<readonly [ResetPolicy, string]>([
    ['drop-turn', 'drop-turn'],
    ['clear', 'clear'],
    [{ rewind: 2 }, 'rewind'],
    [{ rewind: 'all' }, 'rewind'],
    [{ fallback: otherModel, from: 'next-turn' }, 'fallback'],
  ])('as not asked again after %j', (policy, name) => {
    expect(countsOf(...refusedBy('x'), decided('x', null, policy))).toEqual([
      { ...one, policy: name, result: 'not-asked-again' },
    ])
  })

  it.each<readonly [string, readonly Fact[], string]>([
    ['is under way', [], 'open'],
    ['was answered', [replied('y', [text('Yes')]), settled('y')], 'answered'],
    ['was stopped', [settled('y', 'stopped', { kept: false })], 'stopped'],
    ['failed', [attemptFailed('y'), settled('y', 'failed', { kept: false })], 'failed'],
    ['was interrupted', [settled('y', 'interrupted', { kept: false })], 'failed'],
  ])('by what came of the turn that asked instead: it %s', (_, ending, result) => {
    const asked = [...refusedBy('x'), ...askedOther('y', 'x', null)]
    expect(countsOf(...asked, ...ending)).toEqual([{ ...one, policy: 'fallback', result }])
  })

  it('each of its own when the one that asked instead was refused too', () => {
    const facts = [
      ...refusedBy('x'),
      ...askedInstead('y', 'x', null),
      refused('y', { refusal: { ...refusal, category: 'bio', model: otherModel } }),
    ]
    expect(countsOf(...facts)).toEqual([
      { ...one, policy: 'rephrase', result: 'refused' },
      { category: 'bio', model: otherModel, policy: null, result: 'undecided', count: 1 },
    ])
  })

  it('together when all of it is alike, apart when anything is not', () => {
    const left = (turnId: string, more: object = {}) => [...refusedBy(turnId, more), dropped(turnId, null)]
    const facts = ['a', 'b', 'c'].flatMap((turnId) => left(turnId))
    const others = [...left('d', { category: null }), ...left('e', { model: otherModel })]
    expect(countsOf(...facts, ...others)).toEqual([
      { ...one, policy: 'drop-turn', result: 'not-asked-again', count: 3 },
      { ...one, category: null, policy: 'drop-turn', result: 'not-asked-again' },
      { ...one, model: otherModel, policy: 'drop-turn', result: 'not-asked-again' },
    ])
  })

  it('without a model where an older journal names none', () => {
    expect(countsOf(opened('x', null), refused('x', { refusal }))).toMatchObject([{ category: null, model: null }])
  })

  it('as they are in JSON, with none of the words', () => {
    const counts = countsOf(...refusedBy('x', { explanation: 'for logs' }))
    expect(JSON.parse(JSON.stringify(counts))).toEqual(counts)
    expect(JSON.stringify(counts)).not.toMatch(/for logs|Question/)
  })
})
