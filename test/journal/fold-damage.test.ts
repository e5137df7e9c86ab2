import { describe, expect, it } from 'vitest'
import { type Fact, fold } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  attemptFailed,
  completed,
  created,
  moved,
  opened,
  queued,
  refused,
  refusedTurn,
  replied,
  rewoundToA,
  settled,
  text,
  thrownBy,
} from './fixtures.ts'

const errorOf = (facts: readonly unknown[]) => thrownBy(() => fold(facts))

const damagedAt = (factIndex: number) => ({ name: 'TurnstateError', code: 'journal-damaged', details: { factIndex } })

type Case = readonly [string, readonly Fact[], Fact, string]

const open = [...abc, opened('d', 'c')]
const undecided = [...abc, ...refusedTurn('x', 'c')]
const dropped = [...abc, opened('d', 'c'), settled('d', 'stopped', { kept: false })]
const decided: Fact = { type: 'approval.decided', turnId: 'd', callId: 't1', approved: true }
const switched: Fact = { type: 'model.switched', from: 'claude-opus-4-8', to: 'claude-opus-5', cause: 'user' }

const thinkingStripped: Fact = { type: 'thinking.stripped', turnId: 'd' }
const approval: Fact = { type: 'approval.requested', turnId: 'd', callId: 't1' }
const answer: Fact = { type: 'answer.requested', turnId: 'd', callId: 't1' }
const started: Fact = { type: 'call.started', turnId: 'd', callId: 't1' }
const forked: Fact = { type: 'conversation.forked', from: 'c0', turnId: null, quarantine: [] }

const cases: readonly Case[] = [
  ['a beginning that is none', [], opened('a', null), 'starts with conversation.created'],
  ['a second beginning', [created], created, 'created already'],
  ['a turn opened beside the open one', open, opened('e', 'c'), 'turn d is still open'],
  ['a turn id used by a settled turn', abc, opened('a', 'c'), 'the turn id a was used before'],
  ['a replaced turn that is not there', abc, opened('d', 'c', { replaces: 'z' }), 'the unknown turn z'],
  ['a parent that is not there', abc, opened('d', 'z'), 'there is no settled turn z'],
  ['a parent that was refused', undecided, opened('d', 'x'), 'holds a refused turn'],
  ['a parent that was not kept', dropped, opened('e', 'd'), 'holds a turn that was not kept'],
  ['a parent that was withdrawn', rewoundToA, opened('d', 'b'), 'holds a turn that a reset withdrew'],
  ['a reply when no turn is open', abc, replied('c', [text('x')]), 'turn c is not open'],
  ['a reply of another turn than the open one', open, replied('c', [text('x')]), 'turn c is not open'],
  ['tool results when no turn is open', abc, answered('c'), 'turn c is not open'],
  ['a turn settled twice', abc, settled('c'), 'turn c is not open'],
  ['a refused turn that was kept', open, { ...settled('d', 'refused') }, 'a refused turn is never kept'],
  ['a refusal without a word', open, settled('d', 'refused', { kept: false }), 'says what refused it'],
  ['a completed turn that was not kept', open, settled('d', 'completed', { kept: false }), 'is always kept'],
  ['head moved from where it is not', abc, moved('b', 'a'), 'head stands at c, not at b'],
  ['head moved from the root when it is not there', abc, moved(null, 'a'), 'head stands at c, not at the root'],
  ['head moved from elsewhere when it is at the root', [created], moved('a', null), 'stands at the root, not at a'],
  ['head moved while a turn is open', open, moved('c', 'a'), 'turn d is still open'],
  ['a reset for a refusal that is not there', abc, moved('c', 'b', { cause: 'refusal' }), 'not undecided'],
  ['a reset for another refusal', undecided, moved('c', 'b', { cause: 'refusal', turnId: 'c' }), 'not undecided'],
  ['head moved to nowhere', abc, moved('c', 'z'), 'there is no settled turn z'],
  ['head moved onto a refused turn', undecided, moved('c', 'x', { force: true }), 'holds a refused turn'],
  ['head moved onto a turn that was not kept', dropped, moved('c', 'd', { force: true }), 'was not kept'],
  ['head moved back onto a withdrawn turn', rewoundToA, moved('a', 'c'), 'a reset withdrew'],
  ['a switch from another model', [created], switched, 'the model is claude-opus-5-5, not claude-opus-4-8'],
  ['an approval asked for when no turn is open', abc, { ...decided, type: 'approval.requested' }, 'turn d is not open'],
  ['an approval that nobody asked for', open, decided, 'no approval of t1 is open'],
  ['an approval that was decided already', [...open, approval, decided], decided, 'no approval of t1 is open'],
  ['an approval that is asked for twice', [...open, approval], approval, 'the approval of t1 is open already'],
  ['an answer asked for when no turn is open', abc, answer, 'turn d is not open'],
  ['an answer that is asked for twice', [...open, answer], answer, 'the answer to t1 is open already'],
  ['a call that starts when no turn is open', abc, started, 'turn d is not open'],
  ['a failed attempt when no turn is open', abc, attemptFailed('c'), 'turn c is not open'],
  ['a failed attempt of another turn', open, attemptFailed('c'), 'turn c is not open'],
  ['thinking stripped when no turn is open', abc, thinkingStripped, 'turn d is not open'],
  ['a continued turn that is not there', abc, opened('d', 'c', { continues: 'z' }), 'the unknown turn z'],
  ['a fork of a conversation that has turns', abc, forked, 'has turns of its own already'],
  ['a fork of a conversation that has an open turn', [created, opened('a', null)], forked, 'has turns of its own'],
  [
    'a reset that withdraws less than it takes off the path',
    abc,
    moved('c', 'a', { cause: 'clear', withdrawn: ['c'] }),
    'does not withdraw the turns that it takes off the path',
  ],
  [
    'a reset that withdraws more than it takes off the path',
    abc,
    moved('c', 'b', { cause: 'clear', withdrawn: ['b', 'c'] }),
    'does not withdraw the turns that it takes off the path',
  ],
  ['a queued id that a turn has', abc, queued('a'), 'the turn id a was used before'],
  ['a queued id that the open turn has', open, queued('d'), 'the turn id d was used before'],
  ['an input queued twice', [created, queued('q')], queued('q'), 'the turn id q was used before'],
  ['an input withdrawn that is not queued', abc, { type: 'input.withdrawn', turnId: 'q' }, 'q is not in the queue'],
]

describe('a journal is damaged by', () => {
  it.each(cases)('%s', (_, before, fact, reason) => {
    expect(fold(before).revision).toBe(before.length)
    const error = errorOf([...before, fact, ...completed('later', null)])
    expect(error).toMatchObject(damagedAt(before.length))
    expect(String(error)).toContain(reason)
    expect(String(error)).toContain(`Fact ${before.length} (${fact.type})`)
  })

  const shapes: readonly (readonly [string, unknown, string?])[] = [
    ['null', null],
    ['a text', 'turn.opened'],
    ['a list', []],
    ['an object without a type', { turnId: 'a' }],
    ['a type that is no text', { type: 7 }],
    ['a turn without an id', { ...opened('d', 'c'), turnId: undefined }, 'turnId'],
    ['a turn with an empty id', opened('', 'c'), 'turnId'],
    ['a turn whose parent is left out', { type: 'turn.opened', turnId: 'd', input: 'x', at: 1 }, 'parent'],
    ['an input that is a number', { ...opened('d', 'c'), input: 7 }, 'input'],
    ['an input block without a type', { ...opened('d', 'c'), input: [{ text: 'x' }] }, 'input'],
    ['a time that is a text', { ...opened('d', 'c'), at: '2026' }, 'at'],
    ['notes that are a text', { ...opened('d', 'c'), metadata: 'x' }, 'metadata'],
    ['a negative count of tokens', replied('d', [], { usage: { ...usage(), outputTokens: -1 } }), 'usage.outputTokens'],
    ['a reply without content', { ...replied('d', []), content: undefined }, 'content'],
    ['a reply without a stop reason', { ...replied('d', []), stopReason: undefined }, 'stopReason'],
    ['results that are no list', { ...answered('d'), results: {} }, 'results'],
    ['a turn that does not say whether it is kept', { ...settled('d'), kept: undefined }, 'kept'],
    ['a refusal without a category', { ...refused('d'), refusal: { explanation: null, textShown: true } }, 'refusal'],
    ['a depth that is negative', { ...moved('c', 'b'), policy: { rewind: -1 } }, 'policy'],
    ['a force that is not true', { ...moved('c', 'b'), force: false }, 'force'],
    ['an insistence that is not true', { ...opened('d', 'c'), force: false }, 'force'],
    ['a start of no call', { ...started, callId: '' }, 'callId'],
    ['a failed attempt that does not say what failed', { ...attemptFailed('d'), failure: undefined }, 'failure'],
    ['a fallback without a model', { ...moved('c', 'b'), policy: { fallback: '', from: 'this-turn' } }, 'policy'],
    ['rounds that are no list', replied('d', [], { iterations: {} as never }), 'iterations'],
    [
      'a round that does not say what it cost',
      replied('d', [], { iterations: [{ type: 'message' }] as never }),
      'iterations',
    ],
    ['a replacement that is not true', settled('d', 'failed', { isReplaced: false as never }), 'isReplaced'],
    ['rounds of a refusal that are no list', refused('d', { iterations: {} as never }), 'iterations'],
    ['a quarantine without hashes', { ...forked, quarantine: [{ turnId: 'x' }] }, 'quarantine'],
    ['a hash that is empty', { ...forked, quarantine: [{ turnId: 'x', inputHash: '' }] }, 'quarantine'],
    ['a question for nobody', { ...answer, callId: '' }, 'callId'],
    ['a decision that is no yes or no', { ...decided, approved: 'yes' }, 'approved'],
  ]

  it.each(shapes)('%s', (_, fact, where = '') => {
    const error = errorOf([...abc, fact])
    expect(error).toMatchObject(damagedAt(abc.length))
    expect(String(error)).toContain(where)
  })

  it('what comes after a view that was folded before, counted from the beginning', () => {
    expect(thrownBy(() => fold([settled('c')], fold(abc)))).toMatchObject(damagedAt(abc.length))
  })

  it('the first fact that does not fit, whatever follows', () => {
    expect(errorOf([created, settled('a'), null, { type: 'tomorrow' }])).toMatchObject(damagedAt(1))
  })
})

const fromTheFuture = (factIndex: number) => ({ code: 'journal-version-unsupported', details: { factIndex } })

describe('a journal from the future', () => {
  it('is of a later version', () => {
    expect(errorOf([{ ...created, v: 2 }])).toMatchObject(fromTheFuture(0))
  })

  it.each([
    ['kind', { ...opened('d', 'c'), kind: 'dream' }],
    ['status', { ...settled('d'), status: 'lost' }],
    ['cause', { ...moved('c', 'b'), cause: 'whim' }],
    ['cause', { ...switched, cause: 'whim' }],
  ])('knows another word for %s', (field, fact) => {
    const error = errorOf([...abc, fact])
    expect(error).toMatchObject(fromTheFuture(abc.length))
    expect(String(error)).toContain(field)
  })

  it('but not for a new error code: what failed then is told as it was', () => {
    const facts = [...abc, opened('d', 'c'), settledFailed('unheard-of')]
    expect(fold(facts).turns.at(-1)).toMatchObject({ failure: { code: 'unheard-of' } })
  })

  it('has facts of an unknown type', () => {
    expect(errorOf([...abc, { type: 'turn.dreamt', turnId: 'd' }])).toMatchObject(fromTheFuture(abc.length))
  })

  it.each(['constructor', 'toString', '__proto__'])('is not mistaken for an object of its own: %s', (type) => {
    expect(errorOf([created, { type }])).toMatchObject(fromTheFuture(1))
  })
})

function usage() {
  return { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
}

function settledFailed(code: string) {
  return { ...settled('d', 'failed'), failure: { code, message: 'x' } }
}
