import { describe, expect, it } from 'vitest'
import { type Fact, fold } from '../../src/journal/index.ts'
import { nested } from '../nested.ts'
import {
  abc,
  answered,
  attemptFailed,
  created,
  moved,
  opened,
  refused,
  replied,
  settled,
  thrownBy,
} from './fixtures.ts'

const errorOf = (facts: readonly unknown[]) => thrownBy(() => fold(facts))

const damagedAt = (factIndex: number) => ({ name: 'TurnstateError', code: 'journal-damaged', details: { factIndex } })

const decided: Fact = { type: 'approval.decided', turnId: 'd', callId: 't1', approved: true }
const answer: Fact = { type: 'answer.requested', turnId: 'd', callId: 't1' }
const started: Fact = { type: 'call.started', turnId: 'd', callId: 't1' }
const forked: Fact = { type: 'conversation.forked', from: 'c0', turnId: null, quarantine: [] }

const itself: Record<string, unknown> = {}
itself['again'] = itself

describe('a journal is damaged by', () => {
  const shapes: readonly (readonly [string, unknown, string?])[] = [
    ['null', null],
    ['a string', 'turn.opened'],
    ['a list', []],
    ['an object without a type', { turnId: 'a' }],
    ['a type that is not a string', { type: 7 }],
    ['data that is nested too deeply', { ...opened('d', 'c'), metadata: { deep: nested(20_000) } }, 'nested'],
    ['cyclic data', { ...opened('d', 'c'), metadata: itself }, 'nested'],
    ['a turn without an id', { ...opened('d', 'c'), turnId: undefined }, 'turnId'],
    ['a turn with an empty id', opened('', 'c'), 'turnId'],
    ['a turn without a parent field', { type: 'turn.opened', turnId: 'd', input: 'x', at: 1 }, 'parent'],
    ['an input that is a number', { ...opened('d', 'c'), input: 7 }, 'input'],
    ['an input block without a type', { ...opened('d', 'c'), input: [{ text: 'x' }] }, 'input'],
    ['a time that is a string', { ...opened('d', 'c'), at: '2026' }, 'at'],
    ['metadata that is a string', { ...opened('d', 'c'), metadata: 'x' }, 'metadata'],
    ['a negative count of tokens', replied('d', [], { usage: { ...usage(), outputTokens: -1 } }), 'usage.outputTokens'],
    ['a reply without content', { ...replied('d', []), content: undefined }, 'content'],
    ['a reply without a stop reason', { ...replied('d', []), stopReason: undefined }, 'stopReason'],
    ['results that are not a list', { ...answered('d'), results: {} }, 'results'],
    ['a settled turn without `kept`', { ...settled('d'), kept: undefined }, 'kept'],
    ['a refusal without a category', { ...refused('d'), refusal: { explanation: null, textShown: true } }, 'refusal'],
    ['a negative rewind', { ...moved('c', 'b'), policy: { rewind: -1 } }, 'policy'],
    ['a force that is not true', { ...moved('c', 'b'), force: false }, 'force'],
    ['a force on a turn that is not true', { ...opened('d', 'c'), force: false }, 'force'],
    ['a start without a call', { ...started, callId: '' }, 'callId'],
    ['a failed attempt without a failure', { ...attemptFailed('d'), failure: undefined }, 'failure'],
    ['a fallback without a model', { ...moved('c', 'b'), policy: { fallback: '', from: 'this-turn' } }, 'policy'],
    ['iterations that are not a list', replied('d', [], { iterations: {} as never }), 'iterations'],
    ['an iteration without usage', replied('d', [], { iterations: [{ type: 'message' }] as never }), 'iterations'],
    ['a replacement that is not true', settled('d', 'failed', { isReplaced: false as never }), 'isReplaced'],
    ['iterations of a refusal that are not a list', refused('d', { iterations: {} as never }), 'iterations'],
    ['a quarantine without hashes', { ...forked, quarantine: [{ turnId: 'x' }] }, 'quarantine'],
    ['an empty hash', { ...forked, quarantine: [{ turnId: 'x', inputHash: '' }] }, 'quarantine'],
    ['an answer request without a call', { ...answer, callId: '' }, 'callId'],
    ['a decision that is not a boolean', { ...decided, approved: 'yes' }, 'approved'],
  ]

  it.each(shapes)('%s', (_, fact, where = '') => {
    const error = errorOf([...abc, fact])
    expect(error).toMatchObject(damagedAt(abc.length))
    expect(String(error)).toContain(where)
  })

  it('a fact after an earlier view, with its index from the beginning', () => {
    expect(thrownBy(() => fold([settled('c')], fold(abc)))).toMatchObject(damagedAt(abc.length))
  })

  it('the first invalid fact, whatever follows', () => {
    expect(errorOf([created, settled('a'), null, { type: 'tomorrow' }])).toMatchObject(damagedAt(1))
  })
})

function usage() {
  return { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
}
