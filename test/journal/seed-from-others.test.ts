// Histories of other providers and libraries: their meaning is kept, invalid content is repaired, and each repair is reported.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, type Fact, fold, type Message, seedFacts, toBlocks } from '../../src/journal/index.ts'
import {
  assistant,
  call,
  compaction,
  completed,
  created,
  found,
  opened,
  replied,
  requestFor,
  result,
  search,
  settled,
  target,
  text,
  user,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'
import { oddMessages } from './odd-messages.ts'
import { runs } from '../runs.ts'

useJudge()

/** The messages sent with the next question, and the repairs. */
async function seed(...messages: readonly unknown[]) {
  let count = 0
  const { facts, repairs } = seedFacts({ messages, at: 7, nextId: () => `s${++count}` })
  const all: readonly Fact[] = [created, ...facts]
  return { view: fold(all), repairs, sent: (await accepted(all, target)).messages, left: requestFor(all).left }
}

const goOn = user('Go on.')
const loop = (
  use: Readonly<Record<string, unknown>> & { readonly id?: string },
  gave: Readonly<Record<string, unknown>> = {},
) => [
  user('Look'),
  { role: 'assistant', content: [{ ...call('c1'), ...use }] },
  { role: 'user', content: [{ ...result(use.id ?? 'c1'), ...gave }] },
  { role: 'assistant', content: 'Seen.' },
]
const callIn = (sent: readonly Message[]) => toBlocks(sent[1]?.content ?? '')[0]
const resultIn = (sent: readonly Message[]) => toBlocks(sent[2]?.content ?? '')[0]

describe('a seeded call', () => {
  it.each([
    [{ id: 'call_Q1|fc_0f' }, 'the id "call_Q1|fc_0f" of a call'],
    [{ id: 'functions.Bash:0' }, 'the id "functions.Bash:0" of a call'],
    [{ id: '' }, 'the id "" of a call'],
    [{ name: 'web.search' }, 'the name "web.search" of a tool'],
    [{ input: '{"q":1}' }, 'the input of a call was no object'],
    [{ input: undefined }, 'the input of a call was no object'],
    [{ index: 0 }, 'fields of a tool_use block that the API does not accept were left out: index'],
  ])('is repaired and matched with its result: %j', async (use, what) => {
    const { sent, repairs, view } = await seed(...loop(use, { content: 'seen' }))
    expect(repairs[0]).toMatchObject({ message: 1, what: expect.stringContaining(what) })
    expect(resultIn(sent)).toEqual(result(String(callIn(sent)?.['id']), { content: 'seen' }))
    expect(view.turns[0]?.steps).toHaveLength(3)
  })

  it.each([
    [{ content: { a: 1 } }, '{"a":1}'],
    [{ content: [{ type: 'audio', data: 'x' }] }, [text('[A file stood here, and could not be sent.]')]],
    [{ content: ['plain'] }, [text('plain')]],
  ])('has a valid result: %j', async (gave, content) => {
    const { sent, repairs } = await seed(...loop({}, gave))
    expect(resultIn(sent)).toEqual(result('c1', { content }))
    expect(repairs).toEqual([{ message: 2, what: 'the result of a call was made into what can be sent' }])
  })

  it('of a server tool has an id in its format', async () => {
    const { sent, repairs } = await seed(user('Find'), {
      role: 'assistant',
      content: [{ ...search('x'), id: 'ws-1' }, { ...found('x'), tool_use_id: 'ws-1' }, text('Here.')],
    })
    expect(sent[1]?.content).toHaveLength(3)
    expect(repairs).toHaveLength(2)
  })
})

describe('messages of other providers', () => {
  it('may have tool_calls and the role tool', async () => {
    const asked = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"q":1}' } }
    const { sent, repairs } = await seed(
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look' },
      { role: 'assistant', content: null, tool_calls: [asked, { ...asked, id: 'call_2' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'one' },
      { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'two' }] },
      { role: 'assistant', content: 'Seen.', refusal: null },
    )
    expect(sent).toEqual([
      user([text('Be brief.'), text('Look')]),
      assistant(call('call_1', { input: { q: 1 } }), call('call_2', { input: { q: 1 } })),
      user([result('call_1', { content: 'one' }), result('call_2', { content: [text('two')] })]),
      assistant(text('Seen.')),
      goOn,
    ])
    expect(repairs.map(({ message }) => message)).toEqual([0, 2, 2, 2, 3, 4])
  })

  it('may have a function_call and the role function', async () => {
    const { sent } = await seed(
      user('Look'),
      { role: 'assistant', content: '', function_call: { name: 'look', arguments: '{}' } },
      { role: 'function', name: 'look', content: 'one' },
    )
    expect(callIn(sent)).toMatchObject({ name: 'look', input: {} })
    expect(resultIn(sent)).toMatchObject({ tool_use_id: callIn(sent)?.['id'], content: 'one' })
  })

  it('may be a flat list of items', async () => {
    const { sent } = await seed(
      { role: 'user', content: [{ type: 'input_text', text: 'Look' }] },
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'Seen.', annotations: [] }] },
    )
    expect(sent).toEqual([
      user([text('Look')]),
      assistant(call('c1')),
      user([result('c1', { content: 'one' })]),
      assistant(text('Seen.')),
      goOn,
    ])
  })

  it('may have parts instead of content, including those of a chat library', async () => {
    const { sent } = await seed(
      { role: 'user', parts: [{ text: 'Look' }] },
      { role: 'model', parts: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: {} }] },
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', output: { a: 1 } }] },
    )
    expect(sent.slice(1, 3)).toEqual([
      assistant(call('c1')),
      user([result('c1', { content: '{"a":1}' }), text('Go on.')]),
    ])
  })

  it('move behind a result when they are system messages between it and its call', async () => {
    const { sent, view } = await seed(
      user('Look'),
      assistant(call('c1')),
      { role: 'developer', content: 'Hurry.' },
      user([result('c1')]),
      assistant(text('Seen.')),
    )
    expect(sent.slice(1, 4)).toEqual([
      assistant(call('c1')),
      user([result('c1'), text('Hurry.')]),
      assistant(text('Seen.')),
    ])
    expect(view.turns.map(({ input }) => input)).toEqual(['Look', 'Hurry.'])
  })

  it.each([
    ['https://example.com/a.png', { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
    ['x', text('[A file stood here, and could not be sent.]')],
  ])('may have an image by URL: %s', async (url, block) => {
    const { sent, repairs } = await seed(
      user([{ type: 'image_url', image_url: { url } }, text('See?')]),
      assistant(text('Yes.')),
    )
    expect(toBlocks(sent[0]?.content ?? '')[0]).toEqual(block)
    expect(repairs).toMatchObject([{ message: 0 }])
  })

  it('may have an image as data', async () => {
    const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    const { sent } = await seed(user([{ type: 'input_image', image_url: `data:image/png;base64,${data}` }]))
    expect(toBlocks(sent[0]?.content ?? '')[0]).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data },
    })
  })

  it('lose unknown blocks and blocks of the other role', async () => {
    const { sent, repairs } = await seed(
      user([call('c1'), text('Hi'), { type: 'reasoning', summary: [] }]),
      assistant(result('c1'), text('Hello.')),
    )
    expect(sent.slice(0, 2)).toEqual([user([text('Hi')]), assistant(text('Hello.'))])
    expect(repairs.map(({ what }) => what)).toEqual([
      'a content block of type "tool_use" is not allowed in a message of the user and was left out',
      'a content block of type "reasoning", which the API does not know, was left out',
      'a content block of type "tool_result" is not allowed in a message of the assistant and was left out',
    ])
  })

  it('are omitted when they are not messages', async () => {
    const ring: Record<string, unknown> = { role: 'user', content: 'x' }
    ring['self'] = ring
    const { sent, repairs } = await seed(
      null,
      'Hi',
      { content: 'x' },
      { role: 'moderator', content: 'x' },
      ring,
      user('Hi'),
    )
    expect(sent).toEqual([user([text('Hi'), text('Go on.')])])
    expect(repairs.map(({ message }) => message)).toEqual([0, 1, 2, 3, 4])
  })

  it('are repaired without a change of the app’s objects', () => {
    const given = user([text('Hi')])
    seedFacts({ messages: [given], at: 0, nextId: () => 's1' }).facts.forEach((fact) =>
      fold([created, fact].slice(0, 1)),
    )
    fold([created, ...seedFacts({ messages: [given], at: 0, nextId: () => 's1' }).facts])
    expect(Object.isFrozen(given.content)).toBe(false)
  })
})

describe('a seeded history that was compacted', () => {
  const block = compaction('They greeted each other.')
  const unsigned: Block = { type: 'compaction', content: 'They greeted each other.' }

  it.each([block, unsigned])('keeps the summary of the API as its first block', async (summary) => {
    const { sent, repairs, view } = await seed(assistant(summary), user('Hi'), assistant(text('Hello.')))
    expect(sent).toEqual([assistant(summary), user('Hi'), assistant(text('Hello.')), goOn])
    expect(repairs).toEqual([])
    expect(view.turns[0]?.kind).toBe('compaction')
    expect(Object.keys(view.ledger)).toEqual([])
  })

  it('sends nothing from before the summary, and reports it', async () => {
    const { sent, repairs } = await seed(user('Old'), assistant(block), user('Hi'), assistant(text('Hello.')))
    expect(sent[0]).toEqual(assistant(block))
    expect(JSON.stringify(sent)).not.toContain('Old')
    expect(repairs).toMatchObject([{ message: 1, what: expect.stringContaining('before the summary') }])
  })

  it('keeps the content after the summary in its message', async () => {
    const { sent } = await seed(user('Old'), assistant(unsigned, text('So.')), user('Hi'))
    expect(sent.slice(0, 3)).toEqual([assistant(unsigned), user('Go on.'), assistant(text('So.'))])
  })

  it.each([null, ''])('loses a failed summary: %j', async (content) => {
    const { sent, repairs } = await seed(user('Old'), assistant({ type: 'compaction', content }, text('So.')))
    expect(sent.slice(0, 2)).toEqual([user('Old'), assistant(text('So.'))])
    expect(repairs).toEqual([{ message: 1, what: 'a compaction in it, which failed, was left out' }])
  })

  it('keeps a summary in words', async () => {
    const inWords = [
      created,
      ...completed('a', null),
      opened('k', 'a', { kind: 'compaction', input: 'Summarise.' }),
      replied('k', [text('They greeted each other.')]),
      settled('k'),
      ...completed('b', 'k'),
    ]
    const history = requestFor(inWords).messages
    const { sent, repairs, view } = await seed(...history)
    expect(sent).toEqual([...history, goOn])
    expect(repairs).toEqual([])
    expect(view.turns.map(({ kind }) => kind)).toEqual(['compaction', 'seed'])
  })
})

describe('any seed', () => {
  const anyMessages = oddMessages(fc.string({ unit: 'binary' }))

  it('can be sent, whatever it contains, and always gives the same request', async () => {
    const goesOn = fc.asyncProperty(anyMessages, async (messages) => {
      const { sent } = await seed(...messages)
      expect((await seed(...messages)).sent).toEqual(sent)
    })
    await fc.assert(goesOn, { numRuns: runs(50) })
  })

  it('needs no second repair', async () => {
    const goesOn = fc.asyncProperty(anyMessages, async (messages) => {
      const { sent } = await seed(...messages)
      const { repairs, sent: again } = await seed(...sent)
      expect(repairs).toEqual([])
      expect(again.slice(0, -1)).toEqual(sent.slice(0, -1))
    })
    await fc.assert(goesOn, { numRuns: runs(50) })
  })
})
