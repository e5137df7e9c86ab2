import { describe, expect, it } from 'vitest'
import { type Fact, fold, stateOf } from '../../src/journal/index.ts'
import {
  answered,
  answerRequested,
  approvalDecided,
  approvalRequested,
  attemptFailed,
  call,
  callStarted,
  completed,
  created,
  deferred,
  dropped,
  droppedTurn,
  opened,
  refusedTurn,
  replied,
  result,
  settled,
  stripped,
} from './fixtures.ts'

const asks = [created, opened('a', null), replied('a', [call('k1'), call('k2')], { stopReason: 'tool_use' })]
const mayRun = [...asks, approvalRequested('a', 'k1'), approvalDecided('a', 'k1', true)]
const isRejected: readonly Fact[] = [
  created,
  opened('a', null),
  {
    type: 'request.rejected',
    turnId: 'a',
    attempt: 1,
    model: 'm',
    failure: { code: 'request-invalid', message: 'No.' },
    fields: {},
    thinking: false,
  },
]

const cases: readonly (readonly [string, string, readonly Fact[]])[] = [
  ['idle', 'before the first message', [created]],
  ['interrupted', 'while a reply is received', [created, opened('a', null)]],
  ['interrupted', 'between two attempts', [created, opened('a', null), attemptFailed('a')]],
  ['interrupted', 'while calls are unanswered that wait for nobody', asks],
  ['interrupted', 'while a call runs', [...asks, callStarted('a', 'k1')]],
  ['interrupted', 'once all calls are answered', [...asks, answered('a', result('k1'), result('k2'))]],
  ['tools', 'while a call waits for approval', [...asks, approvalRequested('a', 'k1')]],
  ['tools', 'while a call waits for an answer', [...asks, answerRequested('a', 'k1')]],
  [
    'tools',
    'while a call waits for approval and another one runs',
    [...asks, callStarted('a', 'k2'), approvalRequested('a', 'k1')],
  ],
  ['tools', 'while a call that was approved has not started', mayRun],
  ['interrupted', 'once a call that was approved has started', [...mayRun, callStarted('a', 'k1')]],
  ['interrupted', 'once a call that was approved has its result', [...mayRun, answered('a', result('k1'))]],
  [
    'interrupted',
    'after a call was denied',
    [...asks, approvalRequested('a', 'k1'), approvalDecided('a', 'k1', false)],
  ],
  ['rejected', 'until it is decided what a rejected request leaves out', isRejected],
  ['interrupted', 'once something was left out for a rejected request', [...isRejected, stripped('a')]],
  ['completed', 'after a completed turn', [created, ...completed('a', null)]],
  ['stopped', 'after a stopped turn', [created, opened('a', null), settled('a', 'stopped', { kept: false })]],
  ['failed', 'after an interrupted turn', [created, opened('a', null), settled('a', 'interrupted', { kept: false })]],
  ['failed', 'after a failed turn', [created, opened('a', null), settled('a', 'failed', { kept: false })]],
  ['refused', 'until the refusal is decided', [created, ...refusedTurn('a', null)]],
  ['deferred', 'until a person has decided about the refusal', [created, ...refusedTurn('a', null), deferred('a')]],
  [
    'idle',
    'once a person has decided about the refusal',
    [created, ...refusedTurn('a', null), deferred('a'), dropped('a', null)],
  ],
  [
    'refused',
    'until the next refusal is decided, whoever decided the one before',
    [created, ...refusedTurn('a', null), deferred('a'), dropped('a', null), ...refusedTurn('b', null)],
  ],
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
