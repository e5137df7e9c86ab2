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

/** A turn that came with the app's words, and was answered. */
const instructed = (
  turnId: string,
  parent: string | null,
  content: readonly Block[] = [text('Yes.')],
): readonly Fact[] => [opened(turnId, parent, said), replied(turnId, content), settled(turnId)]

describe("the app's words for a turn", () => {
  it('are a system message behind the input while the turn is asked', async () => {
    const { messages, left } = await accepted([...abc, opened('d', 'c', said)])
    expect(messages.slice(-2)).toEqual([user('Question d'), system(brief)])
    expect(left).toEqual([])
  })

  it('stand there ever after, before the reply', async () => {
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

  it('stand before the calls of a turn, and nowhere between these and their results', async () => {
    const { messages } = await accepted([
      created,
      opened('a', null, said),
      replied('a', [call('t1')]),
      answered('a', result('t1')),
    ])
    expect(messages).toEqual([user('Question a'), system(brief), assistant(call('t1')), user([result('t1')])])
  })

  it('may be several texts, without those that are blank, and keep their cache breakpoints', async () => {
    const { messages } = await accepted([
      created,
      opened('a', null, { system: [text(brief, cached), text(' '), text('Be kind.')] }),
    ])
    expect(messages[1]).toEqual(system([text(brief, cached), text('Be kind.')]))
  })

  it.each([
    ['an empty text', ''],
    ['a blank block', [text(' \n')]],
  ])('are no message where they are %s', async (_, words) => {
    const { messages, left } = await accepted([created, opened('a', null, { system: words })])
    expect({ messages, left }).toEqual({ messages: [user('Question a')], left: [] })
  })

  it('have their halves of surrogate pairs mended', async () => {
    expect((await accepted([created, opened('a', null, { system: 'Be \ud83d.' })])).messages[1]).toEqual(
      system('Be \ufffd.'),
    )
  })

  it('count among the four cache breakpoints, the oldest of which leave', async () => {
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

  it('stand behind the line for an input without anything in it', async () => {
    const { messages } = await accepted([...abc, opened('d', 'c', { ...said, input: '' })])
    expect(messages.slice(-2)).toEqual([user('[An empty message stood here.]'), system(brief)])
  })

  it('stand behind the line for steps that were set aside', async () => {
    const facts = [created, opened('a', null, said), replied('a', [call('t1')]), answered('a', result('t1'))]
    const aside: Fact = { type: 'context.setAside', turnId: 'a', parts: ['steps:a/2'] }
    const { messages } = await accepted([...facts, aside])
    expect(messages.map(({ role }) => role)).toEqual(['user', 'system'])
  })

  it('leave with their turn where the API does not take it', async () => {
    const aside: Fact = { type: 'context.setAside', turnId: 'a', parts: ['turn:a'] }
    expect(JSON.stringify((await accepted([created, ...instructed('a', null), aside])).messages)).not.toContain(brief)
  })

  it('leave with their turn where it was refused, also where other words are asked instead', async () => {
    const refused = [created, opened('x', null, said), ...refusedTurn('x', null).slice(1)]
    const { messages } = await accepted([...refused, ...askedInstead('y', 'x', null)])
    expect(messages).toEqual([user('Other words')])
  })

  it('are summarised with everything else', async () => {
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

  it("are the user's where their reply was nothing but a compaction that a later one stands for", async () => {
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

describe("the app's words are sent as the user's, and that is told", () => {
  const asText = user([text('Question a'), text(brief)])

  it('to a model that takes no system messages, open turn and history alike', async () => {
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

  it('for one request as for the next: another model takes them as what they are', async () => {
    const facts = [created, ...instructed('a', null)]
    const roles = ({ messages }: { readonly messages: readonly Message[] }) => messages.map(({ role }) => role)
    expect(roles(await accepted(facts))).toEqual(['user', 'system', 'assistant', 'user'])
    expect(roles(await accepted(facts, withoutSystem))).toEqual(['user', 'assistant', 'user'])
    expect(roles(await accepted(facts))).toEqual(['user', 'system', 'assistant', 'user'])
  })

  it.each<[string, readonly Fact[]]>([
    ['completed without a word', [replied('a', []), settled('a')]],
    ['was stopped in its thoughts', [replied('a', [thinking('Hm.')], { stopReason: null }), settled('a', 'stopped')]],
  ])('where the turn %s: no reply stands behind them', async (_, ending) => {
    const { messages, left } = await accepted([created, opened('a', null, said), ...ending])
    expect(messages).toEqual([user([text('Question a'), text(brief), text('Go on.')])])
    expect(left).toContainEqual({
      turnId: 'a',
      what: 'system',
      why: "no reply stands behind its system message, whose words are sent as the user's",
    })
  })
})

it('a queued message opens with the words that it was queued with', () => {
  const queue: Fact = { type: 'input.queued', turnId: 'q', input: 'Question q', ...said, at: 2 }
  expect(fold([created, queue]).queue).toEqual([{ turnId: 'q', input: 'Question q', ...said, at: 2 }])
  expect(fold([created, queue, opened('q', null, said)]).open).toMatchObject({ id: 'q', ...said })
})
