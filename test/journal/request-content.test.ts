import { describe, expect, it } from 'vitest'
import { type Block, buildRequest, fold } from '../../src/journal/index.ts'
import {
  answered,
  assistant,
  cached,
  call,
  completed,
  created,
  opened,
  replied,
  requestFor,
  result,
  search,
  settled,
  target,
  text,
  thinking,
  user,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'

useJudge()

const begin = [created, opened('a', null)]
const asked = user('Question a')
const onlyTheQuestions = [user([text('Question a'), text('Go on.')])]

/** The messages after a turn that ended with this reply. */
const after = async (content: readonly Block[], more = {}, status: 'completed' | 'stopped' = 'completed') =>
  (await accepted([...begin, replied('a', content, more), settled('a', status)])).messages

describe('H2 nothing is empty', () => {
  it('an empty completed reply leaves only its question, which is merged with the next one', async () => {
    expect(await after([])).toEqual(onlyTheQuestions)
    expect(await after([text('')])).toEqual(onlyTheQuestions)
  })

  it('a reply cut before its first text leaves only its question', async () => {
    const cut = replied('a', [], { stopReason: null })
    expect((await accepted([...begin, cut, settled('a', 'failed')])).messages).toEqual(onlyTheQuestions)
  })

  it.each([' ', '\n\n', '\t \n'])('a final text of white space is omitted: %j', async (blank) => {
    expect(await after([text('Well.'), text(blank)])).toEqual([asked, assistant(text('Well.')), user('Go on.')])
    expect(await after([text(blank)])).toEqual(onlyTheQuestions)
    expect(await after([text('Well.'), text(blank), text(blank)])).toEqual([
      asked,
      assistant(text('Well.')),
      user('Go on.'),
    ])
  })

  it('a blank text before a tool call, which models do write, is omitted', async () => {
    const facts = [...begin, replied('a', [text('\n\n'), call('t1')]), answered('a', result('t1'))]
    expect((await accepted(facts)).messages[1]).toEqual(assistant(call('t1')))
  })

  it('white space around text stays unchanged', async () => {
    expect(await after([text(' Well. \n')])).toEqual([asked, assistant(text(' Well. \n')), user('Go on.')])
  })

  it('a request that ends with the assistant does not end in white space', () => {
    const paused = replied('a', [search('s1'), text('So \n')], { stopReason: 'pause_turn' })
    expect(requestFor([...begin, paused]).messages.at(-1)).toEqual(assistant(search('s1'), text('So')))
  })

  it('the result of a tool without output has no blank text', async () => {
    const said = [text(''), text('Two files.'), text(' ')]
    const results = [
      result('t1', { content: said }),
      result('t2', { content: [text('')] }),
      result('t3', { content: '' }),
    ]
    const facts = [...begin, replied('a', [call('t1'), call('t2'), call('t3')]), answered('a', ...results)]
    expect((await accepted(facts)).messages.at(-1)).toEqual(
      user([
        result('t1', { content: [text('Two files.')] }),
        { type: 'tool_result', tool_use_id: 't2' },
        result('t3', { content: '' }),
      ]),
    )
  })
})

describe('H2 messages of one role are one message', () => {
  it('unanswered questions are merged with the next one, in order', async () => {
    const cut = (turnId: string) => [replied(turnId, [], { stopReason: null }), settled(turnId, 'stopped')]
    const facts = [...begin, ...cut('a'), opened('b', 'a', { input: [text('One'), text('Two')] })]
    expect((await accepted([...facts, ...cut('b')])).messages).toEqual([
      user([text('Question a'), text('One'), text('Two'), text('Go on.')]),
    ])
  })

  it('a question in plain text stays plain text', async () => {
    expect(await after([text('Yes.')])).toEqual([asked, assistant(text('Yes.')), user('Go on.')])
  })

  it('replies in several parts are merged', async () => {
    const parts = [text('One.'), text('Two.')].map((part) => replied('a', [part], { stopReason: 'pause_turn' }))
    expect((await accepted([...begin, ...parts, settled('a')])).messages[1]).toEqual(
      assistant(text('One.'), text('Two.')),
    )
  })
})

describe('H3 nothing that was cut is sent', () => {
  it.each([{ signature: '' }, { signature: undefined }])('unsigned thinking is omitted: %j', async (unsigned) => {
    const cut = { ...thinking('Hm'), ...unsigned }
    expect(await after([cut, text('So')], { stopReason: null }, 'stopped')).toEqual([
      asked,
      assistant(text('So')),
      user('Go on.'),
    ])
    expect(await after([cut], { stopReason: null }, 'stopped')).toEqual(onlyTheQuestions)
  })

  it('the omission is reported', () => {
    const cut = replied('a', [{ ...thinking('Hm'), signature: '' }, text('So')])
    expect(requestFor([...begin, cut, settled('a', 'stopped')]).left).toEqual([
      { turnId: 'a', what: 'thinking', why: 'it was cut before it was signed' },
    ])
  })

  it('a reply of thinking alone, signed or not, is omitted', async () => {
    expect(await after([thinking('Hm')], { stopReason: 'max_tokens' })).toEqual(onlyTheQuestions)
  })

  it.each([null, 'max_tokens', 'model_context_window_exceeded', 'something_new'])(
    'structured output that was cut (%s) is omitted',
    async (stopReason) => {
      const cut = { structured: true, stopReason } as const
      expect(await after([text('{"a": 1, "b')], cut, 'stopped')).toEqual(onlyTheQuestions)
    },
  )

  it('complete structured output and cut plain text stay', async () => {
    expect(await after([text('{}')], { structured: true })).toEqual([asked, assistant(text('{}')), user('Go on.')])
    expect(await after([text('Half a sen')], { stopReason: null }, 'stopped')).toEqual([
      asked,
      assistant(text('Half a sen')),
      user('Go on.'),
    ])
  })
})

const marks = (value: unknown) => (JSON.stringify(value).match(/"cache_control"/g) ?? []).length
const marked = (turnId: string, parent: string | null) => [
  opened(turnId, parent, { input: [text(`Question ${turnId}`, cached)] }),
  replied(turnId, [text(`Answer ${turnId}`, cached)]),
  settled(turnId),
]

describe('H6 at most four cache breakpoints', () => {
  const facts = [created, ...marked('a', null), ...marked('b', 'a'), ...marked('c', 'b')]

  it('the newest four stay', async () => {
    const { messages, left } = await accepted(facts)
    expect(messages.map(marks)).toEqual([0, 0, 1, 1, 1, 1, 0])
    expect(left).toMatchObject([{ what: 'cache-breakpoint' }])
  })

  it('four stay unchanged', async () => {
    const { messages, left } = await accepted(facts.slice(0, 7))
    expect(marks(messages)).toBe(4)
    expect(left).toEqual([])
  })

  it.each([
    [1, 3],
    [4, 0],
    [9, 0],
  ])('%i outside of the messages leave room for %i', (cacheBreakpoints, room) => {
    expect(marks(buildRequest(fold(facts), { ...target, cacheBreakpoints }).messages)).toBe(room)
  })

  it('breakpoints inside of tool results count', async () => {
    const seen = Array.from({ length: 6 }, (_, index) => text(`Page ${index}`, cached))
    const results = answered('a', result('t1', { content: seen, ...cached }))
    const { messages } = await accepted([...begin, replied('a', [call('t1')]), results])
    expect(marks(messages)).toBe(4)
    expect(JSON.stringify(messages)).toContain('Page 0')
  })

  it('a null marker is not a breakpoint', () => {
    const input = Array.from({ length: 5 }, () => text('x', { cache_control: null }))
    expect(requestFor([created, opened('a', null, { input })]).left).toEqual([])
  })

  it('the stored history keeps its markers', () => {
    const view = fold([...facts, ...completed('d', 'c')])
    buildRequest(view, target)
    expect(marks(view.turns)).toBe(6)
  })
})
