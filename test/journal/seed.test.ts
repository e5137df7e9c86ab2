import { describe, expect, it } from 'vitest'
import { type Fact, fold, type Message, seedFacts } from '../../src/journal/index.ts'
import { assistant, call, created, found, result, search, target, text, thinking, user } from './fixtures.ts'
import { summaryWords } from '../../src/journal/request/lines.ts'
import { accepted, useJudge } from './judge.ts'

useJudge()

const said = (words: string): Message => ({ role: 'assistant', content: words })

/** The seeded turns, the repairs, and the messages sent with the next question. */
async function seed(...messages: readonly Message[]) {
  let count = 0
  const { facts, repairs } = seedFacts({ messages, at: 7, nextId: () => `s${++count}` })
  const all: readonly Fact[] = [created, ...facts]
  return { view: fold(all), repairs, sent: (await accepted(all, target)).messages }
}

const callWithout = (callId: string) => `the tool call ${callId} has no result and gets an error result`
const orphans = (count: number) => `${count} tool results without their call were left out`
const empty = 'it is empty and was left out'
const goOn = user('Go on.')

describe('a seeded history', () => {
  it('becomes one settled turn per question, each after the one before', async () => {
    const history = [user('One'), said('1'), user([text('Two')]), said('2')]
    const { view, repairs, sent } = await seed(...history)
    expect(view.turns).toMatchObject([
      { id: 's1', parent: null, kind: 'seed', input: 'One', status: 'completed', kept: true, openedAt: 7 },
      { id: 's2', parent: 's1', kind: 'seed', input: [text('Two')], status: 'completed', kept: true, openedAt: 7 },
    ])
    expect(view).toMatchObject({ head: 's2', open: null })
    expect(repairs).toEqual([])
    expect(sent).toEqual([user('One'), assistant(text('1')), user([text('Two')]), assistant(text('2')), goOn])
  })

  it('may be empty', async () => {
    expect(await seed()).toMatchObject({ view: { turns: [], head: null }, repairs: [], sent: [goOn] })
  })

  it('keeps a tool loop as the steps of one turn', async () => {
    const loop = [
      user('Look'),
      assistant(call('t1')),
      user([result('t1')]),
      assistant(call('t2')),
      user([result('t2')]),
    ]
    const { view, repairs, sent } = await seed(...loop, said('Seen.'))
    expect(view.turns).toHaveLength(1)
    expect(view.turns[0]?.steps.map(({ role }) => role)).toEqual([
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
    ])
    expect(repairs).toEqual([])
    expect(sent).toEqual([...loop, assistant(text('Seen.')), goOn])
  })

  it('begins a new turn with text after results', async () => {
    const { view, repairs, sent } = await seed(
      user('Look'),
      assistant(call('t1')),
      user([result('t1'), text('And now?')]),
      said('Now.'),
    )
    expect(view.turns.map(({ input }) => input)).toEqual(['Look', [text('And now?')]])
    expect(repairs).toEqual([])
    expect(sent[2]).toEqual(user([result('t1'), text('And now?')]))
  })

  it('may end with a question, which is merged with the next one', async () => {
    const { view, repairs, sent } = await seed(user('One'), said('1'), user('Two'))
    expect(view.turns.at(-1)).toMatchObject({ input: 'Two', steps: [], status: 'completed' })
    expect(repairs).toEqual([])
    expect(sent.at(-1)).toEqual(user([text('Two'), text('Go on.')]))
  })

  it('may have two questions in a row', async () => {
    const { view, sent } = await seed(user('One'), user('Two'), said('Both.'))
    expect(view.turns.map(({ input }) => input)).toEqual(['One', 'Two'])
    expect(sent[0]).toEqual(user([text('One'), text('Two')]))
  })

  it('keeps server tools with their results', async () => {
    const { repairs, sent } = await seed(user('Find'), assistant(search('s1'), found('s1'), text('Here.')))
    expect(repairs).toEqual([])
    expect(sent[1]).toEqual(assistant(search('s1'), found('s1'), text('Here.')))
  })

  it('may have several replies in a row, which the API reads as one', async () => {
    const { repairs, sent } = await seed(
      user('Look'),
      assistant(text('I look.'), call('t1')),
      assistant(call('t2')),
      user([result('t1')]),
      user([result('t2')]),
      said('Seen.'),
    )
    expect(repairs).toEqual([])
    expect(sent.slice(1, 3)).toEqual([
      assistant(text('I look.'), call('t1'), call('t2')),
      user([result('t1'), result('t2')]),
    ])
  })
})

describe('a system message in a seeded history', () => {
  const system = (content: Message['content']): Message => ({ role: 'system', content })

  it('stays a system message after a question, as part of that turn', async () => {
    const history = [user('One'), system('Be brief.'), assistant(text('1')), user('Two'), assistant(text('2'))]
    const { view, repairs, sent } = await seed(...history)
    expect(view.turns.map(({ input, system: words }) => [input, words])).toEqual([
      ['One', 'Be brief.'],
      ['Two', undefined],
    ])
    expect(repairs).toEqual([])
    expect(sent).toEqual([...history, goOn])
  })

  it('stays a system message before the calls of a reply', async () => {
    const history = [
      user('Look'),
      system('Be brief.'),
      assistant(call('t1')),
      user([result('t1')]),
      assistant(text('Seen.')),
    ]
    const { repairs, sent } = await seed(...history)
    expect(repairs).toEqual([])
    expect(sent).toEqual([...history, goOn])
  })

  it('is merged with adjacent ones and keeps the fields of its blocks', async () => {
    const marked = text('Be kind.', { cache_control: { type: 'ephemeral' } })
    const { view, repairs } = await seed(
      user('One'),
      system('Be brief.'),
      system([marked, text(' ')]),
      assistant(text('1')),
    )
    expect(view.turns).toMatchObject([{ input: 'One', system: [text('Be brief.'), marked] }])
    expect(repairs).toEqual([])
  })

  it('stays a system message at the end, and is sent as user text until a reply follows it', async () => {
    const { view, repairs, sent } = await seed(user('One'), system('Be brief.'))
    expect(view.turns).toMatchObject([{ input: 'One', system: 'Be brief.' }])
    expect(repairs).toEqual([])
    expect(sent).toEqual([user([text('One'), text('Be brief.'), text('Go on.')])])
  })

  it.each<[string, readonly Message[], number]>([
    ['first', [system('Be brief.'), user('One'), assistant(text('1'))], 0],
    ['before another question', [user('One'), system('Be brief.'), user('Two')], 1],
    ['after an answer', [user('One'), assistant(text('1')), system('Be brief.'), assistant(text('2'))], 2],
    [
      'after results',
      [user('One'), assistant(call('t1')), user([result('t1')]), system('Be brief.'), assistant(text('2'))],
      3,
    ],
    [
      'between a call and its result',
      [user('One'), assistant(call('t1')), system('Be brief.'), user([result('t1')])],
      2,
    ],
    ['after a summary', [user(summaryWords('It was short.')), system('Be brief.'), assistant(text('1'))], 1],
    ['after an omitted message', [user(' '), system('Be brief.'), assistant(text('1'))], 1],
  ])('becomes user text %s', async (_, history, index) => {
    const { view, repairs, sent } = await seed(...history)
    expect(repairs).toContainEqual({ message: index, what: 'its role "system" became "user"' })
    expect(view.turns.map(({ input }) => input)).toContain('Be brief.')
    expect(sent.map(({ role }) => role)).not.toContain('system')
  })

  it('becomes user text when it contains more than text', async () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }
    const { repairs, view } = await seed(user('One'), system([text('Like so:'), image]), assistant(text('1')))
    expect(repairs).toEqual([{ message: 1, what: 'its role "system" became "user"' }])
    expect(view.turns.map(({ input }) => input)).toEqual(['One', [text('Like so:'), image]])
  })

  it('is omitted when it is empty', async () => {
    const { repairs, sent } = await seed(user('One'), system(' '), assistant(text('1')))
    expect(repairs.map(({ message }) => message)).toEqual([1, 1])
    expect(sent).toEqual([user('One'), assistant(text('1')), goOn])
  })

  it('of another provider is kept, and the change of its role is reported', async () => {
    const developer = { role: 'developer', content: 'Be brief.' } as unknown as Message
    const { repairs, view } = await seed(user('One'), developer, assistant(text('1')))
    expect(repairs).toEqual([{ message: 1, what: 'its role "developer" became "system"' }])
    expect(view.turns).toMatchObject([{ system: 'Be brief.' }])
  })

  it('is exported as it was sent, so that an exported history needs no repair', async () => {
    const { sent } = await seed(user('One'), system([text('Be brief.')]), assistant(text('1')))
    const again = await seed(...sent)
    expect([again.repairs, again.sent.slice(0, 3)]).toEqual([[], sent.slice(0, 3)])
  })
})

describe('a seeded history is repaired, and the repair is reported', () => {
  it('an answer before any question is omitted', async () => {
    const { view, repairs } = await seed(said('Welcome!'), user('Hi'), said('Hello.'))
    expect(repairs).toEqual([{ message: 0, what: 'it answers no message of the user and was left out' }])
    expect(view.turns).toHaveLength(1)
  })

  it('thinking is omitted, and with it a reply of thinking alone', async () => {
    const what = 'its thinking was left out: who thought it, and after what, is not known'
    const redacted = { type: 'redacted_thinking', data: 'x' }
    const { repairs, sent } = await seed(
      user('One'),
      assistant(thinking('Hm'), text('1')),
      user('Two'),
      assistant(redacted),
      user('Three'),
    )
    expect(repairs).toEqual([
      { message: 1, what },
      { message: 3, what },
      { message: 3, what: empty },
    ])
    expect(sent[1]).toEqual(assistant(text('1')))
  })

  it('empty messages and blank blocks are omitted', async () => {
    const { repairs, sent } = await seed(
      user([text(' '), text('One')]),
      assistant(),
      user(''),
      user([]),
      assistant(text('\n'), text('1')),
    )
    expect(repairs).toEqual([1, 2, 3].map((message) => ({ message, what: empty })))
    expect(sent.slice(0, 2)).toEqual([user([text('One')]), assistant(text('1'))])
  })

  it('results without their call are omitted', async () => {
    const { repairs, sent } = await seed(user('One'), said('1'), user([result('t8'), result('t9'), text('Two')]))
    expect(repairs).toEqual([{ message: 2, what: orphans(2) }])
    expect(sent.at(-1)).toEqual(user([text('Two'), text('Go on.')]))
  })

  it('a call that the next message does not answer gets an error result', async () => {
    const { repairs, sent } = await seed(
      user('Look'),
      assistant(call('t1'), call('t2')),
      user([result('t2')]),
      said('So.'),
    )
    expect(repairs).toEqual([{ message: 2, what: callWithout('t1') }])
    expect(sent[2]).toMatchObject({ content: [{ tool_use_id: 't1', is_error: true }, result('t2')] })
  })

  it('a call without any later message gets an error result', async () => {
    const { repairs } = await seed(user('Look'), assistant(call('t1')), user('Never mind'), assistant(call('t2')))
    expect(repairs).toEqual([
      { message: 2, what: callWithout('t1') },
      { message: 3, what: callWithout('t2') },
    ])
  })

  it('a result one message too late is omitted, and its call gets an error result', async () => {
    const { repairs } = await seed(user('Look'), assistant(call('t1')), user('Wait'), said('…'), user([result('t1')]))
    expect(repairs).toEqual([
      { message: 2, what: callWithout('t1') },
      { message: 4, what: orphans(1) },
      { message: 4, what: empty },
    ])
  })

  it('repeated ids of calls are made unique when they are sent', async () => {
    const loop = [user('Look'), assistant(call('t1')), user([result('t1')]), said('Seen.')]
    const { repairs, sent } = await seed(...loop, ...loop)
    expect(repairs).toEqual([])
    expect(sent[5]).toEqual(assistant(call('t1_2')))
  })
})
