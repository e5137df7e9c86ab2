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

describe('the counts of refusals', () => {
  it('are empty without refusals', () => {
    expect(countsOf()).toEqual([])
  })

  it('have the result "undecided" until a policy is applied', () => {
    expect(countsOf(...refusedBy('x'))).toEqual([{ ...one, policy: null, result: 'undecided' }])
  })

  it.each<readonly [ResetPolicy, string]>([
    ['drop-turn', 'drop-turn'],
    ['clear', 'clear'],
    [{ rewind: 2 }, 'rewind'],
    [{ rewind: 'all' }, 'rewind'],
    [{ fallback: otherModel, from: 'next-turn' }, 'fallback'],
  ])('have the result "not asked again" after %j', (policy, name) => {
    expect(countsOf(...refusedBy('x'), decided('x', null, policy))).toEqual([
      { ...one, policy: name, result: 'not-asked-again' },
    ])
  })

  it.each<readonly [string, readonly Fact[], string]>([
    ['is in progress', [], 'open'],
    ['was answered', [replied('y', [text('Yes')]), settled('y')], 'answered'],
    ['was stopped', [settled('y', 'stopped', { kept: false })], 'stopped'],
    ['failed', [attemptFailed('y'), settled('y', 'failed', { kept: false })], 'failed'],
    ['was interrupted', [settled('y', 'interrupted', { kept: false })], 'failed'],
  ])('have the result of the turn that repeated the input: it %s', (_, ending, result) => {
    const asked = [...refusedBy('x'), ...askedOther('y', 'x', null)]
    expect(countsOf(...asked, ...ending)).toEqual([{ ...one, policy: 'fallback', result }])
  })

  it('have an entry for each refusal when the repeated input was refused too', () => {
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

  it('merge equal refusals and separate different ones', () => {
    const left = (turnId: string, more: object = {}) => [...refusedBy(turnId, more), dropped(turnId, null)]
    const facts = ['a', 'b', 'c'].flatMap((turnId) => left(turnId))
    const others = [...left('d', { category: null }), ...left('e', { model: otherModel })]
    expect(countsOf(...facts, ...others)).toEqual([
      { ...one, policy: 'drop-turn', result: 'not-asked-again', count: 3 },
      { ...one, category: null, policy: 'drop-turn', result: 'not-asked-again' },
      { ...one, model: otherModel, policy: 'drop-turn', result: 'not-asked-again' },
    ])
  })

  it('have no model when an older journal names none', () => {
    expect(countsOf(opened('x', null), refused('x', { refusal }))).toMatchObject([{ category: null, model: null }])
  })

  it('are plain JSON without any text of the conversation', () => {
    const counts = countsOf(...refusedBy('x', { explanation: 'for logs' }))
    expect(JSON.parse(JSON.stringify(counts))).toEqual(counts)
    expect(JSON.stringify(counts)).not.toMatch(/for logs|Question/)
  })
})
