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

  it('to a third model is still away from the first', () => {
    const view = viewAfter(switched(model, otherModel, 'outage'), switched(otherModel, third, 'refusal'))
    expect(view).toMatchObject({ model: third, away: { from: model, turns: 0 } })
  })

  it('back ends the absence, as does a choice of the user', () => {
    const away = switched(model, otherModel, 'refusal')
    expect(viewAfter(away, switched(otherModel, model, 'return'))).toMatchObject({ model, away: null })
    expect(viewAfter(away, switched(otherModel, third))).toMatchObject({ model: third, away: null })
  })

  it('a second time restarts the count', () => {
    const facts = [switched(model, otherModel, 'outage'), ...completed('a', null)]
    const again = [switched(otherModel, model, 'return'), switched(model, third, 'outage')]
    expect(viewAfter(...facts, ...again).away).toEqual({ from: model, turns: 0 })
  })

  it('ends the absence when it reaches the first model by another cause', () => {
    const view = viewAfter(switched(model, otherModel, 'refusal'), switched(otherModel, model, 'refusal'))
    expect(view).toMatchObject({ model, away: null })
  })

  it('within a turn applies to the rest of it', () => {
    const view = viewAfter(opened('a', null), switched(model, otherModel, 'outage'))
    expect(view).toMatchObject({ model: otherModel, open: { id: 'a' } })
  })
})

describe('turns away from a model', () => {
  const away = switched(model, otherModel, 'refusal')
  const turnsOf = (...facts: readonly Fact[]) => viewAfter(away, ...facts).away?.turns

  it('are counted when they complete', () => {
    expect(turnsOf(...completed('a', null), ...completed('b', 'a'))).toBe(2)
    expect(turnsOf(opened('a', null))).toBe(0)
  })

  it('are those completed since the switch, including the turn of the switch', () => {
    const within = [opened('a', null), away, replied('a', []), settled('a')]
    expect(viewAfter(...within).away?.turns).toBe(1)
    expect(viewOf(...abc, away).away?.turns).toBe(0)
  })

  it('exclude refused, stopped and failed turns', () => {
    const cut = (['stopped', 'failed', 'interrupted'] as const).flatMap((status) => cameToNothing(status, null, status))
    expect(turnsOf(...cut, ...refusedTurn('x', null))).toBe(0)
  })

  it('exclude compactions', () => {
    const compacted = [
      opened('k', 'a', { kind: 'compaction', input: '' }),
      replied('k', [compaction('They greeted each other.')]),
      settled('k'),
    ]
    expect(turnsOf(...completed('a', null), ...compacted)).toBe(1)
  })
})
