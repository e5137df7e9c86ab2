import { describe, expect, it } from 'vitest'
import { type Block, type Content, type Fact, fold, type Message, type RequestTarget } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  assistant,
  askedInstead,
  cached,
  call,
  compaction,
  completed,
  created,
  opened,
  refusedTurn,
  replied,
  result,
  settled,
  target,
  text,
  thinking,
  user,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'

useJudge()

const system = (content: Content): Message => ({ role: 'system', content })
const brief = 'Be brief.'
const said = { system: brief } as const
const goOn = user('Go on.')
const withoutSystem = { ...target, model: 'claude-sonnet-5', systemMessages: false } satisfies RequestTarget

/** An answered turn with a system message. */
const instructed = (
  turnId: string,
  parent: string | null,
  content: readonly Block[] = [text('Yes.')],
): readonly Fact[] => [opened(turnId, parent, said), replied(turnId, content), settled(turnId)]

describe('the system message of a turn', () => {
  it('follows the input while the turn is open', async () => {
    const { messages, left } = await accepted([...abc, opened('d', 'c', said)])
    expect(messages.slice(-2)).toEqual([user('Question d'), system(brief)])
    expect(left).toEqual([])
  })

  it('stays there afterwards, before the reply', async () => {
    const { messages, left } = await accepted([created, ...instructed('a', null), ...completed('b', 'a')])
    expect(messages).toEqual([
      user('Question a'),
      system(brief),
      assistant(text('Yes.')),
      user('Question b'),
      assistant(text('Answer b')),
      goOn,
    ])
    expect(left).toEqual([])
  })

  it('is before the calls of a turn, never between calls and their results', async () => {
    const { messages } = await accepted([
      created,
      opened('a', null, said),
      replied('a', [call('t1')]),
      answered('a', result('t1')),
    ])
    expect(messages).toEqual([user('Question a'), system(brief), assistant(call('t1')), user([result('t1')])])
  })

  it('may have several texts, without blank ones, and keeps its cache breakpoints', async () => {
    const { messages } = await accepted([
      created,
      opened('a', null, { system: [text(brief, cached), text(' '), text('Be kind.')] }),
    ])
    expect(messages[1]).toEqual(system([text(brief, cached), text('Be kind.')]))
  })

  it.each([
    ['an empty text', ''],
    ['a blank block', [text(' \n')]],
  ])('is omitted when it is %s', async (_, words) => {
    const { messages, left } = await accepted([created, opened('a', null, { system: words })])
    expect({ messages, left }).toEqual({ messages: [user('Question a')], left: [] })
  })

  it('has its lone surrogates repaired', async () => {
    expect((await accepted([created, opened('a', null, { system: 'Be \ud83d.' })])).messages[1]).toEqual(
      system('Be \ufffd.'),
    )
  })

  it('counts towards the four cache breakpoints, of which the oldest are removed', async () => {
    const marked = (id: string, parent: string | null) => [
      opened(id, parent, { input: [text(id, cached)], system: [text(`For ${id}`, cached)] }),
      replied(id, [text('Yes.')]),
      settled(id),
    ]
    const { messages } = await accepted([created, ...marked('a', null), ...marked('b', 'a'), ...marked('c', 'b')])
    const kept = messages.map(
      ({ content }) => typeof content !== 'string' && content.some((block) => 'cache_control' in block),
    )
    expect(kept).toEqual([false, false, false, true, true, false, true, true, false, false])
  })

  it('follows the line that replaces an empty input', async () => {
    const { messages } = await accepted([...abc, opened('d', 'c', { ...said, input: '' })])
    expect(messages.slice(-2)).toEqual([user('[An empty message stood here.]'), system(brief)])
  })

  it('follows the line that replaces removed steps', async () => {
    const facts = [created, opened('a', null, said), replied('a', [call('t1')]), answered('a', result('t1'))]
    const aside: Fact = { type: 'context.setAside', turnId: 'a', parts: ['steps:a/2'] }
    const { messages } = await accepted([...facts, aside])
    expect(messages.map(({ role }) => role)).toEqual(['user', 'system'])
  })

  it('is removed with its turn when the API rejects the turn', async () => {
    const aside: Fact = { type: 'context.setAside', turnId: 'a', parts: ['turn:a'] }
    expect(JSON.stringify((await accepted([created, ...instructed('a', null), aside])).messages)).not.toContain(brief)
  })

  it('is removed with its refused turn, also after a rephrasing', async () => {
    const refused = [created, opened('x', null, said), ...refusedTurn('x', null).slice(1)]
    const { messages } = await accepted([...refused, ...askedInstead('y', 'x', null)])
    expect(messages).toEqual([user('Other words')])
  })

  it('is summarized with everything else', async () => {
    const summary = [
      opened('s', 'a', { kind: 'compaction', input: '' }),
      replied('s', [compaction('Short.')]),
      settled('s'),
    ]
    const { messages } = await accepted([created, ...instructed('a', null), ...summary, ...instructed('b', 's')])
    expect(messages).toEqual([
      assistant(compaction('Short.')),
      user('Question b'),
      system(brief),
      assistant(text('Yes.')),
      goOn,
    ])
  })

  it('becomes user text when its reply was only a compaction that a later one replaces', async () => {
    const short = (words: string): Block => ({ type: 'compaction', content: words })
    const facts = [
      created,
      ...instructed('a', null, [short('One.')]),
      ...completed('b', 'a', [short('Two.'), text('Yes.')]),
    ]
    expect((await accepted(facts)).messages).toEqual([
      user([text('Question a'), text(brief), text('Question b')]),
      assistant(short('Two.'), text('Yes.')),
      goOn,
    ])
  })
})

describe('a system message is sent as user text, and the conversion is reported,', () => {
  const asText = user([text('Question a'), text(brief)])

  it('to a model without system messages, in the open turn and the history', async () => {
    const { messages, left } = await accepted(
      [created, ...instructed('a', null), opened('b', 'a', said)],
      withoutSystem,
    )
    expect(messages).toEqual([asText, assistant(text('Yes.')), user([text('Question b'), text(brief)])])
    const why = "the model takes no system messages: the words are sent as the user's"
    expect(left).toEqual([
      { turnId: 'a', what: 'system', why },
      { turnId: 'b', what: 'system', why },
    ])
  })

  it('for that request only, while another model gets it as a system message', async () => {
    const facts = [created, ...instructed('a', null)]
    const roles = ({ messages }: { readonly messages: readonly Message[] }) => messages.map(({ role }) => role)
    expect(roles(await accepted(facts))).toEqual(['user', 'system', 'assistant', 'user'])
    expect(roles(await accepted(facts, withoutSystem))).toEqual(['user', 'assistant', 'user'])
    expect(roles(await accepted(facts))).toEqual(['user', 'system', 'assistant', 'user'])
  })

  it.each<[string, readonly Fact[]]>([
    ['completed with an empty reply', [replied('a', []), settled('a')]],
    [
      'was stopped during its thinking',
      [replied('a', [thinking('Hm.')], { stopReason: null }), settled('a', 'stopped')],
    ],
  ])('when the turn %s, because no reply follows it', async (_, ending) => {
    const { messages, left } = await accepted([created, opened('a', null, said), ...ending])
    expect(messages).toEqual([user([text('Question a'), text(brief), text('Go on.')])])
    expect(left).toContainEqual({
      turnId: 'a',
      what: 'system',
      why: "no reply stands behind its system message, whose words are sent as the user's",
    })
  })
})

it('a queued message keeps its system message when its turn opens', () => {
  const queue: Fact = { type: 'input.queued', turnId: 'q', input: 'Question q', ...said, at: 2 }
  expect(fold([created, queue]).queue).toEqual([{ turnId: 'q', input: 'Question q', ...said, at: 2 }])
  expect(fold([created, queue, opened('q', null, said)]).open).toMatchObject({ id: 'q', ...said })
})
