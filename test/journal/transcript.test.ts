import { describe, expect, it } from 'vitest'
import { type Block, type Fact, fold, transcript, type TurnStatus } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  call,
  completed,
  created,
  droppedTurn,
  found,
  model,
  moved,
  opened,
  refusedTurn,
  refused,
  replied,
  result,
  rewoundToA,
  search,
  settled,
  text,
  thinking,
  tokens,
} from './fixtures.ts'

const itemsOf = (...facts: readonly Fact[]) => transcript(fold(facts))
const marksOf = (...facts: readonly Fact[]) => itemsOf(...facts).map(({ id, status }) => [id, status])
const ended = (status: TurnStatus, content: readonly Block[]) => [
  created,
  opened('a', null),
  ...(content.length > 0 || status === 'completed' ? [replied('a', content)] : []),
  settled('a', status, { kept: status === 'completed' || content.length > 0 }),
]

describe('the transcript', () => {
  it('has a question and an answer for each turn', () => {
    expect(itemsOf(created, ...completed('a', null))).toEqual([
      {
        id: 'a:user',
        turnId: 'a',
        role: 'user',
        status: 'complete',
        parts: [{ type: 'text', text: 'Question a' }],
        createdAt: 1,
      },
      {
        id: 'a:assistant',
        turnId: 'a',
        role: 'assistant',
        status: 'complete',
        parts: [{ type: 'text', text: 'Answer a' }],
        createdAt: 1,
        model,
        usage: tokens,
      },
    ])
  })

  it('is empty in an empty conversation', () => {
    expect(itemsOf(created)).toEqual([])
  })

  it('is the whole tree in the order in which turns settled, without any removal', () => {
    const facts = [...rewoundToA, ...droppedTurn('x', 'a'), ...completed('d', 'a')]
    expect(itemsOf(...facts).map(({ id }) => id)).toEqual(
      ['a', 'b', 'c', 'x', 'd'].flatMap((id) => [`${id}:user`, `${id}:assistant`]),
    )
  })

  it('does not change when head moves', () => {
    expect(itemsOf(...abc, moved('c', null, { cause: 'clear', withdrawn: ['a', 'b', 'c'] }))).toEqual(itemsOf(...abc))
  })

  it('omits compactions', () => {
    const compaction = [opened('k', 'c', { kind: 'compaction' }), replied('k', [{ type: 'compaction', content: 'x' }])]
    expect(itemsOf(...abc, ...compaction)).toEqual(itemsOf(...abc))
    expect(itemsOf(...abc, ...compaction, settled('k'))).toEqual(itemsOf(...abc))
  })

  it('keeps the identity of the items of settled turns, also in later views', () => {
    const view = fold(abc)
    const before = transcript(view)
    const after = transcript(fold(completed('d', 'c'), view))
    expect(after).toHaveLength(8)
    before.forEach((item, index) => expect(after[index]).toBe(item))
  })
})

describe('an answer is marked', () => {
  const question = ['a:user', 'complete']

  it('retracted when it was refused, without the refused reply', () => {
    const items = itemsOf(...abc, ...refusedTurn('x', 'c'))
    expect(items.at(-1)).toMatchObject({ id: 'x:assistant', status: 'retracted', parts: [] })
    expect(items.at(-1)).not.toHaveProperty('model')
  })

  it('retracted as a whole when it was refused after tools had run', () => {
    const facts = [created, opened('x', null), replied('x', [text('I look.'), call('t1')]), answered('x', result('t1'))]
    expect(itemsOf(...facts, refused('x')).at(-1)).toMatchObject({
      status: 'retracted',
      parts: [{ text: 'I look.' }, { type: 'tool-call' }],
    })
  })

  it.each<[TurnStatus, string]>([
    ['completed', 'complete'],
    ['stopped', 'partial'],
    ['failed', 'partial'],
    ['interrupted', 'partial'],
  ])('by the status of its turn: %s is %s', (status, mark) => {
    expect(marksOf(...ended(status, [text('Half')]))).toEqual([question, ['a:assistant', mark]])
  })

  it.each<TurnStatus>(['failed', 'interrupted'])('failed when its turn was %s before any output', (status) => {
    expect(marksOf(...ended(status, []))).toEqual([question, ['a:assistant', 'failed']])
  })

  it.each<TurnStatus>(['completed', 'stopped'])('by its absence when a %s turn has no output', (status) => {
    expect(marksOf(...ended(status, []))).toEqual([question])
  })

  it('streaming while its turn is open and has recorded content', () => {
    const open = [created, opened('a', null)]
    expect(marksOf(...open)).toEqual([question])
    expect(marksOf(...open, replied('a', [call('t1')]))).toEqual([question, ['a:assistant', 'streaming']])
    expect(itemsOf(...open, replied('a', [call('t1')])).at(-1)).not.toHaveProperty('usage')
  })
})

describe('a reply that is not whole', () => {
  const cutBy = (stopReason: string, status: TurnStatus = 'completed') =>
    itemsOf(created, opened('a', null), replied('a', [text('Half')], { stopReason }), settled('a', status)).at(-1)

  it('says what cut it', () => {
    expect(cutBy('max_tokens')?.truncated).toBe('length')
    expect(cutBy('model_context_window_exceeded')?.truncated).toBe('context')
    expect(cutBy('end_turn')).not.toHaveProperty('truncated')
    expect(cutBy('stop_sequence')).not.toHaveProperty('truncated')
    expect(cutBy('a_later_reason')).not.toHaveProperty('truncated')
  })
})

const partsOf = (...content: readonly Block[]) => itemsOf(...ended('stopped', content)).at(-1)?.parts

describe('the parts of an item', () => {
  it('are text, thinking, tool calls, and other blocks unchanged', () => {
    expect(partsOf(thinking('Hm'), text('Yes.'), call('t1', { input: { at: 1 } }), search('s1'), found('s1'))).toEqual([
      { type: 'thinking', text: 'Hm' },
      { type: 'text', text: 'Yes.' },
      { type: 'tool-call', callId: 't1', name: 'look', input: { at: 1 } },
      { type: 'block', block: search('s1') },
      { type: 'block', block: found('s1') },
    ])
  })

  it('say how long each thought took, where that was measured', () => {
    const facts = [
      created,
      opened('a', null),
      replied('a', [thinking('One'), thinking('Two'), text('Yes.')], { thinkingTimes: [1_200, 0] }),
      settled('a'),
    ]
    expect(itemsOf(...facts).at(-1)?.parts).toEqual([
      { type: 'thinking', text: 'One', took: 1_200 },
      { type: 'thinking', text: 'Two' },
      { type: 'text', text: 'Yes.' },
    ])
  })

  it('show a tool call with its result', () => {
    const calls = [created, opened('a', null), replied('a', [call('t1'), call('t2')]), answered('a', result('t2'))]
    expect(itemsOf(...calls).at(-1)?.parts).toEqual([
      { type: 'tool-call', callId: 't1', name: 'look', input: {} },
      { type: 'tool-call', callId: 't2', name: 'look', input: {}, result: result('t2') },
    ])
  })

  it('show a tool loop as one answer of the last model', () => {
    const loop = [replied('a', [text('I look.'), call('t1')]), answered('a', result('t1'))]
    const last = replied('a', [text('Done.')], { model: 'claude-opus-4-8' })
    const items = itemsOf(created, opened('a', null), ...loop, last, settled('a'))
    expect(items).toHaveLength(2)
    expect(items[1]?.parts.map(({ type }) => type)).toEqual(['text', 'tool-call', 'text'])
    expect(items[1]?.model).toBe('claude-opus-4-8')
    expect(items[1]?.usage?.inputTokens).toBe(20)
  })

  it('show the blocks of a question, including images', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }
    expect(itemsOf(created, opened('a', null, { input: [image, text('What is it?')] }))[0]?.parts).toEqual([
      { type: 'block', block: image },
      { type: 'text', text: 'What is it?' },
    ])
  })
})
