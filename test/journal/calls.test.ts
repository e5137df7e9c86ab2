import { describe, expect, it } from 'vitest'
import { type Fact, unansweredCalls } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  answerRequested,
  approvalRequested,
  call,
  created,
  opened,
  replied,
  result,
  search,
  text,
  viewOf,
} from './fixtures.ts'

const idsAfter = (...facts: readonly Fact[]) =>
  unansweredCalls(viewOf(created, opened('a', null), ...facts)).map(({ id }) => id)

describe('calls that nobody has answered', () => {
  it('are those of the last reply, in their order, without those of the API', () => {
    expect(idsAfter(replied('a', [text('I look.'), call('t1'), search('s1'), call('t2')]))).toEqual(['t1', 't2'])
    expect(idsAfter(replied('a', [call('t1')]), answered('a', result('t1')), replied('a', [call('t2')]))).toEqual([
      't2',
    ])
  })

  it('become fewer with each result, in any order', () => {
    const asked = replied('a', [call('t1'), call('t2'), call('t3')])
    expect(idsAfter(asked, answered('a', result('t2')))).toEqual(['t1', 't3'])
    expect(idsAfter(asked, answered('a', result('t3'), result('t1')), answered('a', result('t2')))).toEqual([])
  })

  it('with the same id are answered one by one', () => {
    const asked = replied('a', [call('t1'), call('t1')])
    expect(idsAfter(asked, answered('a', result('t1')))).toEqual(['t1'])
    expect(idsAfter(asked, answered('a', result('t1'), result('t1')))).toEqual([])
  })

  it('with the same id wait for people until the last one is answered', () => {
    const asked = [created, opened('a', null), replied('a', [call('t1'), call('t1')])]
    const waiting = [...asked, approvalRequested('a', 't1'), answerRequested('a', 't1')]
    const one = viewOf(...waiting, answered('a', result('t1')))
    expect([one.awaitingApproval, one.awaitingAnswer]).toEqual([['t1'], ['t1']])
    const both = viewOf(...waiting, answered('a', result('t1')), answered('a', result('t1')))
    expect([both.awaitingApproval, both.awaitingAnswer]).toEqual([[], []])
  })

  it('are not answered by results of an earlier reply', () => {
    expect(idsAfter(replied('a', [call('t1')]), answered('a', result('t1')), replied('a', [call('t1')]))).toEqual([
      't1',
    ])
  })

  it('do not exist without an open turn, or before a reply', () => {
    expect(unansweredCalls(viewOf(...abc))).toEqual([])
    expect(idsAfter()).toEqual([])
  })
})
