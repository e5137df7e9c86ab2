import { describe, expect, it } from 'vitest'
import { type AnyFact, type Fact, fold, record } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  answerRequested,
  approvalDecided,
  approvalRequested,
  askedInstead,
  askedOther,
  attemptFailed,
  call,
  callStarted,
  cameToNothing,
  compaction,
  completed,
  created,
  decided,
  droppedTurn,
  model,
  moved,
  opened,
  otherModel,
  queued,
  refused,
  refusal,
  refusedTurn,
  replied,
  result,
  rewoundToA,
  settled,
  stripped,
  switched,
  text,
  thrownBy,
} from './fixtures.ts'

/** What stood before, a fact that can't follow, why it can't, and one much like it that can. */
type Case = readonly [
  rule: string,
  before: readonly Fact[],
  impossible: AnyFact,
  why: string,
  possible: AnyFact,
  // Where the possible one takes another beginning.
  otherwise?: readonly Fact[],
]

const half = (turnId: string) => replied(turnId, [text('Half')], { stopReason: null })
const open = [...abc, opened('d', 'c')]
const answering = [...open, replied('d', [text('So')])]
const calling = [...open, replied('d', [call('t1'), call('t2')])]
const twice = [...open, replied('d', [call('t1'), call('t1')])]
const asked = [...calling, approvalRequested('d', 't1')]
const denied = [...asked, approvalDecided('d', 't1', false)]
const undecided = [...abc, ...refusedTurn('x', 'c')]
const left = [...abc, ...droppedTurn('x', 'c')]
const failed = [...abc, ...cameToNothing('d', 'c')]
const cut = [...open, half('d'), settled('d', 'stopped')]
const rephrased = [...undecided, decided('x', 'c', { rephrase: 'Other words' })]
const again = opened('y', 'c', { replaces: 'x', input: 'Other words' })
const other = [...undecided, decided('x', 'c', { fallback: otherModel, from: 'this-turn' })]
const later = [...undecided, decided('x', 'c', { fallback: otherModel, from: 'next-turn' })]
const summarising = [...abc, opened('k', 'c', { kind: 'compaction', input: '' })]
const inWords = [...abc, opened('k', 'c', { kind: 'compaction', input: 'Summarise.' })]
const seeding = [created, opened('s', null, { kind: 'seed' })]
const away = [...abc, switched(model, otherModel, 'outage')]
const forked: Fact = { type: 'conversation.forked', from: 'c0', turnId: null, quarantine: [] }
const released: Fact = { type: 'queue.released' }
const setAside = (turnId: string): Fact => ({ type: 'context.setAside', turnId, parts: ['turn:a'] })
const takenBack = (turnId: string): Fact => ({ type: 'context.takenBack', turnId, parts: ['turn:a'] })
const accepted = (turnId: string): Fact => ({ type: 'fields.accepted', turnId, model, fields: {} })
const rejected = (turnId: string): Fact => ({
  type: 'request.rejected',
  turnId,
  attempt: 1,
  model,
  failure: { code: 'request-invalid', message: 'No.' },
  fields: {},
  thinking: false,
})
const withdrawn = (turnId: string): Fact => ({ type: 'input.withdrawn', turnId })
const forRefusal = { cause: 'refusal', turnId: 'x', policy: 'drop-turn' } as const

const openings: readonly Case[] = [
  ['no other begins a journal', [], opened('a', null), 'a journal starts with conversation.created', created],
  ['a conversation is created once', [created], created, 'created already', opened('a', null)],
  [
    'one turn is open at a time',
    open,
    opened('e', 'c'),
    'turn d is still open',
    settled('d', 'stopped', { kept: false }),
  ],
  [
    'a refusal is decided before the next turn',
    undecided,
    opened('d', 'c'),
    'the refusal of x is not decided',
    opened('d', 'c'),
    left,
  ],
  ['a turn has an id of its own', abc, opened('b', 'c'), 'the turn id b was used before', opened('d', 'c')],
  ['a turn stands upon one that there is', abc, opened('d', 'z'), 'there is no settled turn z', opened('d', 'a')],
  ['no turn stands upon a refused one', left, opened('d', 'x'), 'holds a refused turn', opened('d', 'b')],
  ['no turn stands upon one that was not kept', failed, opened('e', 'd'), 'was not kept', opened('e', 'd'), cut],
  [
    'it takes force to stand upon a withdrawn turn',
    rewoundToA,
    opened('d', 'b'),
    'a reset withdrew',
    opened('d', 'b', { force: true }),
  ],
  [
    'a queued input is asked as it was queued',
    [created, queued('q')],
    opened('q', null, { input: 'Else' }),
    'queued with other words',
    opened('q', null),
  ],
  [
    'nobody takes the place of a turn that there is not',
    failed,
    opened('e', 'c', { replaces: 'z' }),
    'the unknown turn z',
    opened('e', 'c', { replaces: 'd' }),
  ],
  [
    'nobody takes the place of an answered turn',
    abc,
    opened('d', 'b', { replaces: 'c' }),
    'it replaces c, which was answered',
    opened('e', 'c', { replaces: 'd' }),
    cut,
  ],
  ['refused words are asked again by a policy only', left, again, 'no policy says so', again, rephrased],
  [
    'a fallback for later turns asks nothing again',
    later,
    opened('y', 'c', { replaces: 'x', input: 'Question x' }),
    'no policy says so',
    opened('y', 'c', { replaces: 'x', input: 'Question x' }),
    other,
  ],
  [
    'what is asked instead are the words of the policy',
    rephrased,
    opened('y', 'c', { replaces: 'x' }),
    'other words than the policy',
    again,
  ],
  [
    'a fallback asks the refused words',
    other,
    again,
    'other words than the policy',
    opened('y', 'c', { replaces: 'x', input: 'Question x' }),
  ],
  [
    'a refused turn is replaced once',
    [...rephrased, again, settled('y', 'stopped', { kept: false })],
    opened('z', 'c', { replaces: 'x', input: 'Other words' }),
    'y was asked instead of x already',
    opened('z', 'c', { replaces: 'y', input: 'Other words' }),
  ],
  [
    'nobody continues a turn that there is not',
    cut,
    opened('e', 'd', { continues: 'z' }),
    'the unknown turn z',
    opened('e', 'd', { continues: 'd' }),
  ],
  [
    'nobody continues a whole reply',
    abc,
    opened('d', 'c', { continues: 'c' }),
    'c, which was not cut',
    opened('d', 'c', { continues: 'e' }),
    [
      ...abc.slice(0, -2),
      replied('c', [text('Half')]),
      settled('c'),
      opened('e', 'c'),
      replied('e', [text('Half')], { stopReason: 'max_tokens' }),
      settled('e'),
      moved('e', 'c'),
    ],
  ],
]

const endings: readonly Case[] = [
  ['a reply is of the open turn', open, replied('c', [text('So')]), 'turn c is not open', replied('d', [text('So')])],
  [
    'a turn has one last reply',
    answering,
    replied('d', [text('Or so')]),
    'has its reply already',
    replied('d', [text('Or so')]),
    [...open, replied('d', [text('So')], { stopReason: 'pause_turn' })],
  ],
  [
    'the next reply of a tool loop waits for results',
    calling,
    replied('d', [text('So')]),
    'has its reply already',
    replied('d', [text('So')]),
    [...calling, answered('d', result('t1'))],
  ],
  [
    'a cut reply is the last of its turn',
    [...open, half('d')],
    replied('d', [text('So')]),
    'has its reply already',
    settled('d', 'interrupted'),
  ],
  ['a turn settles once', abc, settled('c'), 'turn c is not open', settled('d'), answering],
  [
    'a refused turn is never kept',
    open,
    settled('d', 'refused', { refusal }),
    'a refused turn is never kept',
    refused('d'),
  ],
  [
    'a refused turn says what refused it',
    open,
    settled('d', 'refused', { kept: false }),
    'says what refused it',
    refused('d'),
  ],
  [
    'no other ending has a refusal',
    open,
    settled('d', 'stopped', { kept: false, refusal }),
    'has no refusal',
    settled('d', 'stopped', { kept: false }),
  ],
  ['a completed turn is kept', answering, settled('d', 'completed', { kept: false }), 'is always kept', settled('d')],
  ['a completed turn has a reply', open, settled('d'), 'no reply ends it', settled('d'), answering],
  [
    'a completed turn has a whole reply',
    [...open, half('d')],
    settled('d'),
    'no reply ends it',
    settled('d', 'stopped'),
  ],
  [
    'a completed turn does not end in results',
    [...calling, answered('d', result('t1'), result('t2'))],
    settled('d'),
    'the results of its last calls were not sent',
    settled('d', 'failed'),
  ],
  [
    'a completed turn leaves no call without a result',
    calling,
    settled('d'),
    'calls of its last reply wait',
    settled('d'),
    [...open, replied('d', [call('t1')], { stopReason: 'max_tokens' })],
  ],
  [
    'a failed turn says why',
    open,
    { type: 'turn.settled', turnId: 'd', status: 'failed', kept: false },
    'says why it failed',
    settled('d', 'failed', { kept: false }),
  ],
  [
    'nothing is kept of nothing',
    open,
    settled('d', 'stopped'),
    'nothing is there of it',
    settled('d', 'stopped'),
    [...open, half('d')],
  ],
  [
    'a compaction holds what stands for the rest',
    [...summarising, replied('k', [text(' ')])],
    settled('k'),
    'nothing that could stand for',
    settled('k'),
    [...summarising, replied('k', [compaction('So far.')])],
  ],
  [
    'a summary has words',
    [...inWords, replied('k', [])],
    settled('k'),
    'nothing that could stand for',
    settled('k'),
    [...inWords, replied('k', [text('So far.')])],
  ],
  ['a history from elsewhere may end in a question', open, settled('d'), 'no reply ends it', settled('s'), seeding],
  [
    'a history from elsewhere may have replies in a row',
    answering,
    replied('d', [text('Or so')]),
    'has its reply already',
    replied('s', [text('Or so')]),
    [...seeding, replied('s', [text('So')])],
  ],
  ['an attempt fails in the open turn', open, attemptFailed('c'), 'turn c is not open', attemptFailed('d')],
  ['thinking is stripped in the open turn', open, stripped('c'), 'turn c is not open', stripped('d')],
  ['a request is rejected in the open turn', open, rejected('c'), 'turn c is not open', rejected('d')],
  ['fields are accepted in the open turn', open, accepted('c'), 'turn c is not open', accepted('d')],
  ['parts are set aside for a turn that there is', open, setAside('z'), 'there is no turn z', setAside('d')],
  ['parts are taken back for a turn that there is', open, takenBack('z'), 'there is no turn z', takenBack('d')],
]

const calls: readonly Case[] = [
  [
    'an approval is of a call of the last reply',
    calling,
    approvalRequested('d', 't9'),
    'no call t9 waits',
    approvalRequested('d', 't1'),
  ],
  [
    'an approval is of the open turn',
    calling,
    approvalRequested('c', 't1'),
    'turn c is not open',
    approvalRequested('d', 't1'),
  ],
  [
    'an approval is asked for once',
    asked,
    approvalRequested('d', 't1'),
    'the approval of t1 is open already',
    approvalRequested('d', 't2'),
  ],
  [
    'each of two calls with one id has its approval',
    [...twice, approvalRequested('d', 't1'), approvalRequested('d', 't1')],
    approvalRequested('d', 't1'),
    'is open already',
    approvalRequested('d', 't1'),
    [...twice, approvalRequested('d', 't1')],
  ],
  [
    'nobody asks about a call that was decided',
    denied,
    approvalRequested('d', 't1'),
    'was decided already',
    approvalRequested('d', 't2'),
  ],
  [
    'nobody asks about a call that has begun',
    [...calling, callStarted('d', 't1')],
    approvalRequested('d', 't1'),
    't1 has begun already',
    approvalRequested('d', 't2'),
  ],
  [
    'nobody asks about a call that has its result',
    [...calling, answered('d', result('t1'))],
    approvalRequested('d', 't1'),
    'no call t1 waits',
    approvalRequested('d', 't2'),
  ],
  [
    'a decision answers a question',
    calling,
    approvalDecided('d', 't1', true),
    'no approval of t1 is open',
    approvalDecided('d', 't1', true),
    asked,
  ],
  [
    'a call is decided once',
    denied,
    approvalDecided('d', 't1', true),
    'no approval of t1 is open',
    callStarted('d', 't2'),
  ],
  [
    'an answer is to a call of the last reply',
    calling,
    answerRequested('d', 't9'),
    'no call t9 waits',
    answerRequested('d', 't1'),
  ],
  [
    'an answer is asked for once',
    [...calling, answerRequested('d', 't1')],
    answerRequested('d', 't1'),
    'the answer to t1 is open already',
    answerRequested('d', 't2'),
  ],
  [
    'no answer is asked for while the approval is open',
    asked,
    answerRequested('d', 't1'),
    'the approval of t1 is open already',
    answerRequested('d', 't1'),
    [...asked, approvalDecided('d', 't1', true)],
  ],
  ['a denied call asks for no answer', denied, answerRequested('d', 't1'), 't1 was denied', answerRequested('d', 't2')],
  [
    'a denied call does not begin',
    denied,
    callStarted('d', 't1'),
    't1 was denied',
    callStarted('d', 't1'),
    [...asked, approvalDecided('d', 't1', true)],
  ],
  [
    'a call begins once it is approved',
    asked,
    callStarted('d', 't1'),
    'the approval of t1 is open already',
    callStarted('d', 't2'),
  ],
  [
    'a call begins once',
    [...calling, callStarted('d', 't1')],
    callStarted('d', 't1'),
    't1 has begun already',
    callStarted('d', 't2'),
  ],
  [
    'only a call of the last reply begins',
    open,
    callStarted('d', 't1'),
    'no call t1 waits',
    callStarted('d', 't1'),
    calling,
  ],
  [
    'a result is of a call',
    answering,
    answered('d', result('t1')),
    'no call t1 waits',
    answered('d', result('t1')),
    calling,
  ],
  [
    'a call has one result',
    calling,
    answered('d', result('t1'), result('t1')),
    'no call t1 waits',
    answered('d', result('t1'), result('t1')),
    twice,
  ],
  [
    'a result comes once',
    [...calling, answered('d', result('t1'))],
    answered('d', result('t1')),
    'no call t1 waits',
    answered('d', result('t2')),
  ],
  [
    'a result says what it answers',
    calling,
    answered('d', text('Seen.')),
    'does not say which call',
    answered('d', result('t1')),
  ],
  [
    'results are of the open turn',
    calling,
    answered('c', result('t1')),
    'turn c is not open',
    answered('d', result('t1')),
  ],
  [
    'a history from elsewhere may answer late',
    [...calling, answered('d', result('t1')), replied('d', [text('So')])],
    answered('d', result('t2')),
    'no call t2 waits',
    answered('s', result('t2')),
    [...seeding, replied('s', [call('t2')]), replied('s', [text('So')])],
  ],
]

const moves: readonly Case[] = [
  ['head moves from where it stands', abc, moved('b', 'a'), 'head stands at c, not at b', moved('c', 'a')],
  ['head is at the root in the beginning', [created], moved('a', null), 'stands at the root', moved(null, null)],
  ['head stays while a turn is open', open, moved('c', 'a'), 'turn d is still open', moved('c', 'a'), abc],
  ['head goes to a turn that there is', abc, moved('c', 'z'), 'there is no settled turn z', moved('c', 'b')],
  [
    'head goes to no refused turn, by no force',
    left,
    moved('c', 'x', { force: true }),
    'holds a refused turn',
    moved('c', 'b', { force: true }),
  ],
  [
    'head goes to no turn that was not kept',
    failed,
    moved('c', 'd', { force: true }),
    'was not kept',
    moved('d', 'c'),
    cut,
  ],
  [
    'head goes back to a withdrawn turn by force',
    rewoundToA,
    moved('a', 'c'),
    'a reset withdrew',
    moved('a', 'c', { force: true }),
  ],
  [
    'head goes to no other branch while a refusal is undecided',
    undecided,
    moved('c', 'a'),
    'the refusal of x is not decided',
    moved('c', 'a'),
    left,
  ],
  [
    'going to another branch withdraws nothing',
    abc,
    moved('c', 'b', { withdrawn: ['c'] }),
    'which only a reset does',
    moved('c', 'b', { cause: 'clear', withdrawn: ['c'] }),
  ],
  [
    'a refusal is decided where there is one',
    abc,
    moved('c', 'c', forRefusal),
    'not undecided',
    moved('c', 'c', forRefusal),
    undecided,
  ],
  ['a refusal is decided once', left, moved('c', 'c', forRefusal), 'not undecided', opened('d', 'c')],
  [
    'a reset names the refusal that it decides',
    undecided,
    moved('c', 'c', { ...forRefusal, turnId: 'c' }),
    'not undecided',
    moved('c', 'c', forRefusal),
  ],
  [
    'no other reset comes before the decision',
    undecided,
    moved('c', null, { cause: 'clear', withdrawn: ['a', 'b', 'c'] }),
    'the refusal of x is not decided',
    moved('c', null, { ...forRefusal, policy: 'clear', withdrawn: ['a', 'b', 'c'] }),
  ],
  [
    'a reset withdraws all that it takes off the path',
    abc,
    moved('c', 'a', { cause: 'clear', withdrawn: ['c'] }),
    'does not withdraw the turns',
    moved('c', 'a', { cause: 'clear', withdrawn: ['b', 'c'] }),
  ],
  [
    'a reset withdraws no more than it takes off the path',
    abc,
    moved('c', 'b', { cause: 'clear', withdrawn: ['b', 'c'] }),
    'does not withdraw the turns',
    moved('c', 'b', { cause: 'clear', withdrawn: ['c'] }),
  ],
  [
    'a reset withdraws each turn once',
    abc,
    moved('c', 'b', { cause: 'clear', withdrawn: ['c', 'c'] }),
    'does not withdraw the turns',
    moved('c', 'b', { cause: 'clear', withdrawn: ['c'] }),
  ],
  [
    'a refusal is decided by a policy',
    undecided,
    moved('c', 'c', { cause: 'refusal', turnId: 'x' }),
    'says its policy',
    moved('c', 'c', forRefusal),
  ],
  [
    'a rejection is answered by a policy',
    abc,
    moved('c', 'b', { cause: 'rejection', withdrawn: ['c'] }),
    'says its policy',
    moved('c', 'b', { cause: 'rejection', policy: { rewind: 1 }, withdrawn: ['c'] }),
  ],
  [
    'a policy moves head as far as it says',
    undecided,
    moved('c', 'b', { ...forRefusal, withdrawn: ['c'] }),
    'where its policy does',
    moved('c', 'b', { ...forRefusal, policy: { rewind: 1 }, withdrawn: ['c'] }),
  ],
  [
    'a clear by a policy goes to the root',
    abc,
    moved('c', 'b', { cause: 'clear', policy: 'clear', withdrawn: ['c'] }),
    'where its policy does',
    moved('c', null, { cause: 'clear', policy: 'clear', withdrawn: ['a', 'b', 'c'] }),
  ],
  [
    'a switch is from the model that there is',
    abc,
    switched(otherModel, model),
    `the model is ${model}, not ${otherModel}`,
    switched(model, otherModel),
  ],
  [
    'a switch is to another model',
    abc,
    switched(model, model),
    `the model is ${model} already`,
    switched(model, otherModel),
  ],
  [
    'a return is to where the conversation came from',
    away,
    switched(otherModel, 'claude-opus-5', 'return'),
    'did not come from claude-opus-5',
    switched(otherModel, model, 'return'),
  ],
  [
    'nobody returns who was not away',
    abc,
    switched(model, otherModel, 'return'),
    `did not come from ${otherModel}`,
    switched(model, otherModel, 'user'),
  ],
]

const queueing: readonly Case[] = [
  ['a conversation is forked before it has turns', abc, forked, 'turns of its own already', forked, [created]],
  [
    'a conversation is forked before it has an open turn',
    [created, opened('a', null)],
    forked,
    'turns of its own already',
    forked,
    [created],
  ],
  ['a queued input has an id of its own', abc, queued('a'), 'the turn id a was used before', queued('d')],
  [
    'a queued input does not have the id of the open turn',
    open,
    queued('d'),
    'the turn id d was used before',
    queued('e'),
  ],
  ['an input is queued once', [created, queued('q')], queued('q'), 'the turn id q was used before', queued('r')],
  [
    'an input is withdrawn from the queue',
    [created, queued('q')],
    withdrawn('r'),
    'r is not in the queue',
    withdrawn('q'),
  ],
  [
    'an input is withdrawn once',
    [created, queued('q'), withdrawn('q')],
    withdrawn('q'),
    'q is not in the queue',
    queued('r'),
  ],
  [
    'a queue is released that is held',
    [created, queued('q')],
    released,
    'the queue is not held',
    released,
    [created, opened('a', null), queued('q'), settled('a', 'interrupted', { kept: false })],
  ],
]

const cases = [...openings, ...endings, ...calls, ...moves, ...queueing].map(
  ([rule, before, impossible, why, possible, otherwise = before]) => ({
    rule,
    before,
    impossible,
    why,
    possible,
    otherwise,
  }),
)

describe('what can not have happened', () => {
  it.each(cases)('damages a journal: $rule', ({ before, impossible, why }) => {
    expect(fold(before).revision).toBe(before.length)
    const error = thrownBy(() => fold([...before, impossible]))
    expect(error).toMatchObject({ code: 'journal-damaged', details: { factIndex: before.length } })
    expect(String(error)).toContain(why)
  })

  it.each(cases)('is told from what can: $rule', ({ possible, otherwise }) => {
    expect(fold([...otherwise, possible]).revision).toBe(otherwise.length + 1)
  })

  it.each(cases)('is not recorded either: $rule', ({ before, impossible, why }) => {
    const error = thrownBy(() => record(fold(before), [impossible]))
    expect(error).toMatchObject({ code: 'internal-error', details: { factIndex: before.length } })
    expect(String(error)).toContain(why)
  })

  it('is found among facts that can: none of them is recorded', () => {
    const view = fold(abc)
    expect(thrownBy(() => record(view, [...completed('d', 'c'), settled('d')]))).toMatchObject({
      code: 'internal-error',
      details: { factIndex: abc.length + 3 },
    })
    expect(view).toEqual(fold(abc))
  })
})

describe('what is asked instead of a refused turn', () => {
  it('may be blocks, as the policy has them', () => {
    const words = [text('Other'), text('words')]
    const facts = [...undecided, decided('x', 'c', { rephrase: words })]
    expect(fold([...facts, opened('y', 'c', { replaces: 'x', input: words })]).open?.id).toBe('y')
  })

  it('may be refused, and asked otherwise again', () => {
    const chain = [
      ...undecided,
      ...askedInstead('y', 'x', 'c'),
      refused('y'),
      ...askedOther('z', 'y', 'c', 'Other words'),
    ]
    expect(fold(chain).open).toMatchObject({ id: 'z', replaces: 'y' })
  })
})
