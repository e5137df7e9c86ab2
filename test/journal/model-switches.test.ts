import { describe, expect, it } from 'vitest'
import type { Fact, SwitchCause } from '../../src/journal/index.ts'
import {
  abc,
  cameToNothing,
  compaction,
  completed,
  created,
  model,
  opened,
  otherModel,
  refusedTurn,
  replied,
  settled,
  switched,
  viewOf,
} from './fixtures.ts'

const third = 'claude-opus-5'
const viewAfter = (...facts: readonly Fact[]) => viewOf(created, ...facts)

describe('a switch of the model', () => {
  it.each<readonly [SwitchCause, boolean]>([
    ['refusal', true],
    ['outage', true],
    ['user', false],
  ])('because of %s changes the model; away from the old one: %s', (cause, isAway) => {
    expect(viewAfter(switched(model, otherModel, cause))).toMatchObject({
      model: otherModel,
      away: isAway ? { from: model, turns: 0 } : null,
    })
  })

  it('to a third model is away from the first all the same', () => {
    const view = viewAfter(switched(model, otherModel, 'outage'), switched(otherModel, third, 'refusal'))
    expect(view).toMatchObject({ model: third, away: { from: model, turns: 0 } })
  })

  it('back ends it, and so does a choice of the user', () => {
    const away = switched(model, otherModel, 'refusal')
    expect(viewAfter(away, switched(otherModel, model, 'return'))).toMatchObject({ model, away: null })
    expect(viewAfter(away, switched(otherModel, third))).toMatchObject({ model: third, away: null })
  })

  it('anew begins a new count', () => {
    const facts = [switched(model, otherModel, 'outage'), ...completed('a', null)]
    const again = [switched(otherModel, model, 'return'), switched(model, third, 'outage')]
    expect(viewAfter(...facts, ...again).away).toEqual({ from: model, turns: 0 })
  })

  it('that comes back to the first model by another way is not away from it', () => {
    const view = viewAfter(switched(model, otherModel, 'refusal'), switched(otherModel, model, 'refusal'))
    expect(view).toMatchObject({ model, away: null })
  })

  it('within a turn holds for the rest of it', () => {
    const view = viewAfter(opened('a', null), switched(model, otherModel, 'outage'))
    expect(view).toMatchObject({ model: otherModel, open: { id: 'a' } })
  })
})

describe('turns away from a model', () => {
  const away = switched(model, otherModel, 'refusal')
  const turnsOf = (...facts: readonly Fact[]) => viewAfter(away, ...facts).away?.turns

  it('are counted as they complete', () => {
    expect(turnsOf(...completed('a', null), ...completed('b', 'a'))).toBe(2)
    expect(turnsOf(opened('a', null))).toBe(0)
  })

  it('are those that completed after the switch, the one that it happened in included', () => {
    const within = [opened('a', null), away, replied('a', []), settled('a')]
    expect(viewAfter(...within).away?.turns).toBe(1)
    expect(viewOf(...abc, away).away?.turns).toBe(0)
  })

  it('are not those that were refused, stopped or failed', () => {
    const cut = (['stopped', 'failed', 'interrupted'] as const).flatMap((status) => cameToNothing(status, null, status))
    expect(turnsOf(...cut, ...refusedTurn('x', null))).toBe(0)
  })

  it('are not compactions', () => {
    const compacted = [
      opened('k', 'a', { kind: 'compaction', input: '' }),
      replied('k', [compaction('They greeted each other.')]),
      settled('k'),
    ]
    expect(turnsOf(...completed('a', null), ...compacted)).toBe(1)
  })
})
