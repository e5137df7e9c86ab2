import { describe, expect, it } from 'vitest'
import { type Fact, step } from '../../src/journal/index.ts'
import {
  answered,
  answerRequested,
  approvalDecided,
  approvalRequested,
  call,
  callStarted,
  created,
  opened,
  refused,
  replied,
  result,
  settled,
  text,
  thrownBy,
  viewOf,
} from './fixtures.ts'

const asked = [created, opened('a', null), replied('a', [call('t1'), call('t2'), call('t3')])]
const viewAfter = (...facts: readonly Fact[]) => viewOf(...asked, ...facts)
const bothAsked = [approvalRequested('a', 't1'), approvalRequested('a', 't2')]

describe('calls that wait for approval', () => {
  it('wait in the order of their requests', () => {
    expect(viewAfter(...bothAsked)).toMatchObject({ awaitingApproval: ['t1', 't2'], awaitingAnswer: [] })
  })

  it('stop waiting once they are decided, and the decision is kept with its reason', () => {
    const view = viewAfter(
      ...bothAsked,
      approvalDecided('a', 't2', false, 'Not on a Friday.'),
      approvalDecided('a', 't1', true),
    )
    expect(view.awaitingApproval).toEqual([])
    expect(view.decisions).toEqual([
      { callId: 't2', approved: false, reason: 'Not on a Friday.' },
      { callId: 't1', approved: true },
    ])
  })

  it('stop waiting when a result arrives without a decision', () => {
    expect(viewAfter(...bothAsked, answered('a', result('t1'))).awaitingApproval).toEqual(['t2'])
  })

  it('keep their decision after the result, until the next reply', () => {
    const decided = [approvalRequested('a', 't1'), approvalDecided('a', 't1', true), answered('a', result('t1'))]
    expect(viewAfter(...decided).decisions).toHaveLength(1)
    expect(viewAfter(...decided, replied('a', [call('t1')]))).toMatchObject({ decisions: [], awaitingApproval: [] })
  })

  it('can be requested again in a later reply of the turn', () => {
    const decided = [approvalRequested('a', 't1'), approvalDecided('a', 't1', true), answered('a', result('t1'))]
    const view = viewAfter(...decided, replied('a', [call('t1')]), approvalRequested('a', 't1'))
    expect(view.awaitingApproval).toEqual(['t1'])
  })
})

describe('calls that wait for an answer', () => {
  it('wait together with those that wait for approval', () => {
    const view = viewAfter(approvalRequested('a', 't1'), answerRequested('a', 't2'))
    expect(view).toMatchObject({ awaitingApproval: ['t1'], awaitingAnswer: ['t2'] })
  })

  it('wait until their result is recorded', () => {
    const view = viewAfter(answerRequested('a', 't1'), answerRequested('a', 't2'), answered('a', result('t1')))
    expect(view.awaitingAnswer).toEqual(['t2'])
  })
})

describe('calls that have started', () => {
  it('are listed until the next reply', () => {
    const view = viewAfter(callStarted('a', 't1'), callStarted('a', 't3'))
    expect(view.startedCalls).toEqual(['t1', 't3'])
    expect(viewAfter(callStarted('a', 't1'), answered('a', result('t1'))).startedCalls).toEqual(['t1'])
    expect(
      viewAfter(callStarted('a', 't1'), answered('a', result('t1')), replied('a', [call('t4')])).startedCalls,
    ).toEqual([])
  })

  it('may start again, as often as processes end, until they have their result', () => {
    const [first, again] = [callStarted('a', 't1'), callStarted('a', 't1', { again: true })]
    const { startedCalls, open } = viewAfter(first, again, again)
    expect([startedCalls, open?.ran]).toEqual([['t1'], ['t1']])
    for (const facts of [[again], [first, first], [first, answered('a', result('t1')), again]])
      expect(thrownBy(() => viewAfter(...facts))).toMatchObject({ code: 'journal-damaged' })
  })

  it('are not listed once the turn has ended', () => {
    expect(viewAfter(callStarted('a', 't1'), settled('a', 'stopped')).startedCalls).toEqual([])
  })

  it('belong to the open turn; any other start is damage', () => {
    const late = [...asked, settled('a', 'stopped'), callStarted('a', 't1')]
    expect(thrownBy(() => viewOf(...late))).toMatchObject({ code: 'journal-damaged' })
  })
})

describe('calls that wait for people', () => {
  it.each(['stopped', 'failed', 'interrupted', 'refused'] as const)('stop waiting when their turn is %s', (status) => {
    const waiting = [...bothAsked, answerRequested('a', 't3'), approvalDecided('a', 't1', true)]
    const end = status === 'refused' ? refused('a') : settled('a', status)
    expect(viewAfter(...waiting, end)).toMatchObject({
      awaitingApproval: [],
      awaitingAnswer: [],
      decisions: [],
    })
  })

  it('share one empty list while none waits, so that an unchanged list keeps its identity', () => {
    const before = viewOf(...asked.slice(0, 2))
    const after = [replied('a', [text('So')]), settled('a')].reduce(step, before)
    expect(after.awaitingApproval).toBe(before.awaitingApproval)
    expect(after.awaitingAnswer).toBe(before.awaitingAnswer)
    expect(after.startedCalls).toBe(before.startedCalls)
    expect(after.decisions).toBe(before.decisions)
  })
})
