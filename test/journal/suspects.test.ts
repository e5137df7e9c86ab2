import { describe, expect, it } from 'vitest'
import { type Fact, promptHashOf, seedFacts, suspects } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  assistant,
  attemptFailed,
  call,
  compaction,
  completed,
  created,
  droppedTurn,
  opened,
  refusal,
  refused,
  refusedTurn,
  replied,
  result,
  settled,
  text,
  user,
  viewOf,
} from './fixtures.ts'

const suspectsIn = (...facts: readonly Fact[]) => suspects(viewOf(...facts), 'x')
const words = (turnId: string) => ({ kind: 'user-text', turnId })
const refusedUnder = (promptHash: string) => refused('x', { refusal: { ...refusal, promptHash } })

describe('the suspects of a refused turn', () => {
  it('are the texts of the user', () => {
    expect(suspectsIn(...abc, ...refusedTurn('x', 'c'))).toEqual([words('x')])
    expect(suspectsIn(created, ...refusedTurn('x', null))).toEqual([words('x')])
  })

  it('include its system message, but not that of an earlier turn', () => {
    const told = { system: 'Be brief.' }
    const answeredTurn = [opened('a', null, told), replied('a', [text('Yes.')]), settled('a')]
    expect(suspectsIn(created, ...answeredTurn, opened('x', 'a', told), refused('x'))).toEqual([
      words('x'),
      { kind: 'system-message', turnId: 'x' },
    ])
    expect(suspectsIn(created, ...answeredTurn, ...refusedTurn('x', 'a'))).toEqual([words('x')])
  })

  it('include each file, by position, type and title', () => {
    const input = [
      { type: 'document', title: 'Report', source: { type: 'text', data: 'Figures' } },
      text('What is it?'),
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ]
    expect(suspectsIn(...abc, opened('x', 'c', { input }), refused('x'))).toEqual([
      { kind: 'file', turnId: 'x', block: 0, type: 'document', title: 'Report' },
      words('x'),
      { kind: 'file', turnId: 'x', block: 2, type: 'image' },
    ])
  })

  it('exclude texts of white space', () => {
    const input = [text(' \n'), { type: 'image', source: {} }]
    expect(suspectsIn(created, opened('x', null, { input }), refused('x'))).toMatchObject([{ kind: 'file', block: 1 }])
  })

  it('are the tool results since the last reply, by tool name, but not the question', () => {
    const facts = [
      opened('x', 'c'),
      replied('x', [call('t1', { name: 'read' })]),
      answered('x', result('t1')),
      replied('x', [call('t2', { name: 'fetch' }), call('t3', { name: 'look' })]),
      answered('x', result('t2')),
      answered('x', result('t3')),
      refused('x'),
    ]
    expect(suspectsIn(...abc, ...facts)).toEqual([
      { kind: 'tool-result', turnId: 'x', callId: 't2', name: 'fetch' },
      { kind: 'tool-result', turnId: 'x', callId: 't3', name: 'look' },
    ])
  })

  it('include earlier unanswered questions', () => {
    const cut = replied('d', [], { stopReason: null })
    const failed = [opened('d', 'c'), attemptFailed('d'), cut, settled('d', 'failed')]
    expect(suspectsIn(...abc, ...failed, ...refusedTurn('x', 'd'))).toEqual([words('d'), words('x')])
  })

  it('include the results of an earlier cut turn', () => {
    const cut = [opened('d', 'c'), replied('d', [call('t1')]), answered('d', result('t1')), settled('d', 'stopped')]
    expect(suspectsIn(...abc, ...cut, ...refusedTurn('x', 'd'))).toEqual([
      { kind: 'tool-result', turnId: 'd', callId: 't1', name: 'look' },
      words('x'),
    ])
  })

  it('include the question of a cut reply, which might have been refused', () => {
    const cut = [opened('d', 'c'), replied('d', [text('Half')], { stopReason: null }), settled('d', 'stopped')]
    expect(suspectsIn(...abc, ...cut, ...refusedTurn('x', 'd'))).toEqual([words('d'), words('x')])
  })

  it('exclude other branches and earlier refused turns', () => {
    const facts = [...abc, ...droppedTurn('w', 'c')]
    expect(suspectsIn(...facts, ...refusedTurn('x', 'c'))).toEqual([words('x')])
    expect(suspectsIn(...abc, opened('x', 'a'), refused('x'))).toEqual([words('x')])
  })

  it('exclude everything before a compaction', () => {
    const compacted = [
      opened('k', 'c', { kind: 'compaction', input: '' }),
      replied('k', [compaction('They greeted each other.')], { stopReason: 'compaction' }),
      settled('k'),
    ]
    expect(suspectsIn(...abc, ...compacted, ...refusedTurn('x', 'k'))).toEqual([words('x')])
  })

  it('are empty for a compaction by the API, which has no input', () => {
    expect(suspectsIn(...abc, opened('x', 'c', { kind: 'compaction', input: '' }), refused('x'))).toEqual([])
  })

  it('are empty for an unknown turn', () => {
    expect(suspectsIn(...abc)).toEqual([])
  })
})

describe('the system prompt', () => {
  const none = promptHashOf(undefined, undefined)

  it('is a suspect when it changed since the last reply', () => {
    expect(suspectsIn(...abc, opened('x', 'c'), refusedUnder('changed'))).toEqual([
      words('x'),
      { kind: 'system-prompt' },
    ])
  })

  it('is not a suspect when it is unchanged', () => {
    expect(suspectsIn(...abc, opened('x', 'c'), refusedUnder('prompt'))).toEqual([words('x')])
  })

  it('is a suspect at the first request, if there is one', () => {
    expect(suspectsIn(created, opened('x', null), refusedUnder('prompt'))).toContainEqual({ kind: 'system-prompt' })
    expect(suspectsIn(created, opened('x', null), refusedUnder(none))).toEqual([words('x')])
  })

  it('is not a suspect when the refusal has no hash of it', () => {
    expect(suspectsIn(created, ...refusedTurn('x', null))).toEqual([words('x')])
  })

  it('is not a suspect after a seeded history without one', () => {
    const { facts } = seedFacts({ messages: [user('One'), assistant(text('1'))], at: 1, nextId: () => 's1' })
    expect(suspectsIn(created, ...facts, opened('x', 's1'), refusedUnder(none))).toEqual([words('x')])
  })
})

describe('a refused turn after completed ones', () => {
  it('keeps its suspects when the conversation continues', () => {
    const facts = [...abc, ...droppedTurn('x', 'c')]
    expect(suspectsIn(...facts, ...completed('d', 'c'))).toEqual([words('x')])
  })
})
