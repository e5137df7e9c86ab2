import { describe, expect, it } from 'vitest'
import { type Fact, fold, stateOf } from '../../src/journal/index.ts'
import { answered, call, completed, created, droppedTurn, opened, refusedTurn, replied, settled } from './fixtures.ts'

const asks = [created, opened('a', null), replied('a', [call('k1')], { stopReason: 'tool_use' })]

const cases: readonly (readonly [string, string, readonly Fact[]])[] = [
  ['idle', 'before the first message', [created]],
  ['streaming', 'while a reply is received', [created, opened('a', null)]],
  ['tools', 'while calls are unanswered', asks],
  ['streaming', 'once all calls are answered', [...asks, answered('a', { type: 'tool_result', tool_use_id: 'k1' })]],
  ['completed', 'after a completed turn', [created, ...completed('a', null)]],
  ['stopped', 'after a stopped turn', [created, opened('a', null), settled('a', 'stopped', { kept: false })]],
  ['failed', 'after an interrupted turn', [created, opened('a', null), settled('a', 'interrupted', { kept: false })]],
  ['refused', 'until the refusal is decided', [created, ...refusedTurn('a', null)]],
  ['idle', 'after a decided refusal of the first turn', [created, ...droppedTurn('a', null)]],
  [
    'completed',
    'after a decided refusal of a later turn',
    [created, ...completed('a', null), ...droppedTurn('b', 'a')],
  ],
]

describe('the state that a view implies', () => {
  it.each(cases)('is %s %s', (state, _when, facts) => {
    expect(stateOf(fold(facts))).toBe(state)
  })
})
