import { describe, expect, it } from 'vitest'
import { type Block, type Fact, fold, type TurnStatus } from '../../src/journal/index.ts'
import {
  answered,
  assistant,
  call,
  completed,
  created,
  found,
  idsOf,
  opened,
  replied,
  requestFor,
  result,
  search,
  settled,
  steppedThrough,
  text,
  user,
} from './fixtures.ts'
import { accepted, acceptedIn, verdict, useJudge } from './judge.ts'

useJudge()

const notRun = (id: string, why: string) => ({
  type: 'tool_result',
  tool_use_id: id,
  is_error: true,
  content: `There is no result: the turn ${why}. The tool may not have run, or not to its end.`,
})
const wentOn = 'went on without it'
const asked = user('Question a')
const begin = [created, opened('a', null)]

const round = (id: string) => [replied('a', [call(id)]), answered('a', result(id))]

describe('H1 every tool_use is followed by its tool_result, first in the next user message', () => {
  it('recorded results are sent unchanged, and the next question follows them', async () => {
    const facts = [...begin, replied('a', [call('t1')]), answered('a', result('t1')), settled('a', 'stopped')]
    expect((await accepted(facts)).messages).toEqual([
      asked,
      assistant(call('t1')),
      user([result('t1'), text('Go on.')]),
    ])
  })

  it('results are in the order of their calls, whatever their order of arrival', async () => {
    const facts = [...begin, replied('a', [call('t1'), call('t2')]), answered('a', result('t2'), result('t1'))]
    expect((await accepted(facts)).messages.at(-1)).toEqual(user([result('t1'), result('t2')]))
  })

  it('results recorded one by one are sent together', async () => {
    const calls = replied('a', [call('t1'), call('t2')])
    const facts = [...begin, calls, answered('a', result('t1')), answered('a', result('t2'))]
    expect((await accepted(facts)).messages.at(-1)).toEqual(user([result('t1'), result('t2')]))
  })

  it.each<TurnStatus>(['stopped', 'failed', 'interrupted'])(
    'calls of a %s turn that never ran get error results that say so',
    async (status) => {
      const facts = [...begin, replied('a', [text('I look.'), call('t1'), call('t2')]), settled('a', status)]
      expect((await accepted(facts)).messages.slice(1)).toEqual([
        assistant(text('I look.'), call('t1'), call('t2')),
        user([notRun('t1', `was ${status}`), notRun('t2', `was ${status}`), text('Go on.')]),
      ])
    },
  )

  it('parallel calls that ran before a stop keep their results', async () => {
    const calls = [call('t1'), call('t2'), call('t3')]
    const facts = [...begin, replied('a', calls), answered('a', result('t2')), settled('a', 'stopped')]
    const { messages } = await accepted(facts)
    expect(messages.at(-1)).toEqual(
      user([notRun('t1', 'was stopped'), result('t2'), notRun('t3', 'was stopped'), text('Go on.')]),
    )
  })

  it('a call without a result gets the same result while its turn is open and afterwards', async () => {
    const facts = [
      ...begin,
      replied('a', [call('t1'), call('t2')]),
      answered('a', result('t1')),
      replied('a', [call('t3')]),
    ]
    const results = user([result('t1'), notRun('t2', wentOn)])
    expect((await accepted([...facts, answered('a', result('t3'))])).messages[2]).toEqual(results)
    expect((await accepted([...facts, settled('a', 'stopped')])).messages[2]).toEqual(results)
  })

  it('a call in a reply cut by max_tokens gets a result, too', async () => {
    const cut = replied('a', [call('t1')], { stopReason: 'max_tokens' })
    expect((await accepted([...begin, cut, settled('a')])).messages.at(-1)).toEqual(
      user([notRun('t1', 'was completed'), text('Go on.')]),
    )
  })

  it('results without a call are omitted', async () => {
    const facts = [...begin, replied('a', [call('t1')]), answered('a', result('zz'), text('stray'), result('t1'))]
    expect((await acceptedIn(steppedThrough(...facts))).messages.at(-1)).toEqual(user([result('t1')]))
  })

  it('results before any reply or after one without calls are omitted', async () => {
    const facts = [...begin, answered('a', result('t0')), replied('a', [text('Done.')]), answered('a', result('t1'))]
    expect((await acceptedIn(steppedThrough(...facts, settled('a')))).messages).toEqual([
      asked,
      assistant(text('Done.')),
      user('Go on.'),
    ])
  })

  it('a result recorded twice is sent once', async () => {
    const facts = [...begin, replied('a', [call('t1')]), answered('a', result('t1'), result('t1', { content: 'late' }))]
    expect((await acceptedIn(steppedThrough(...facts))).messages.at(-1)).toEqual(user([result('t1')]))
  })

  it('a result names the toolset of its call, recorded or not, as the API requires', async () => {
    const ofToolset = { toolset_name: 'files' }
    const calls = [call('t1', ofToolset), call('t2', ofToolset)]
    const facts = [...begin, replied('a', calls), answered('a', result('t1')), settled('a', 'stopped')]
    expect((await accepted(facts)).messages.at(-1)).toMatchObject({ content: [ofToolset, ofToolset, {}] })
  })

  it('a tool loop of several rounds has alternating roles', async () => {
    const facts = [...begin, ...round('t1'), ...round('t2'), replied('a', [text('Both.')]), settled('a')]
    expect((await accepted(facts)).messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ])
  })
})

describe('H1 a settled turn leaves no unresolved server tool use', () => {
  it.each(['pause_turn', 'tool_use', null])('after a cut with the stop reason %s', async (stopReason) => {
    const facts = [...begin, replied('a', [text('I search.'), search('s1')], { stopReason }), settled('a', 'stopped')]
    const { messages, left } = await accepted(facts)
    expect(messages).toEqual([asked, assistant(text('I search.')), user('Go on.')])
    expect(left).toMatchObject([{ turnId: 'a', what: 'server-tool' }])
  })

  it('and leaves only the question when the reply has nothing else', async () => {
    const facts = [...begin, replied('a', [search('s1')], { stopReason: 'pause_turn' }), settled('a', 'stopped')]
    const { messages, left } = await accepted(facts)
    expect(messages).toEqual([user([text('Question a'), text('Go on.')])])
    expect(left.map(({ what }) => what)).toEqual(['server-tool', 'reply'])
  })

  it('while a use that its own reply or a later one resolved stays', async () => {
    const paused = replied('a', [search('s1'), found('s1'), search('s2')], { stopReason: 'pause_turn' })
    const facts = [...begin, paused, replied('a', [found('s2'), text('Found.')]), settled('a')]
    expect((await accepted(facts)).messages).toEqual([
      asked,
      assistant(search('s1'), found('s1'), search('s2'), found('s2'), text('Found.')),
      user('Go on.'),
    ])
  })

  it('while an open, paused turn is sent back unchanged for the server to continue', async () => {
    const facts = [...begin, replied('a', [text('I search.'), search('s1')], { stopReason: 'pause_turn' })]
    expect((await accepted(facts)).messages).toEqual([asked, assistant(text('I search.'), search('s1'))])
  })

  it('while an open turn that also called a client tool sends a result for that call only', async () => {
    const facts = [...begin, replied('a', [search('s1'), call('t1')]), answered('a', result('t1'))]
    expect((await accepted(facts)).messages).toEqual([asked, assistant(search('s1'), call('t1')), user([result('t1')])])
  })

  it('while an open turn that continued after client results sends no unfinished use', async () => {
    const mixed = [replied('a', [search('s1'), call('t1')]), answered('a', result('t1'))]
    const facts = [...begin, ...mixed, replied('a', [call('t2')]), answered('a', result('t2'))]
    expect((await accepted(facts)).messages[1]).toEqual(assistant(call('t1')))
  })

  it('while an open turn may pause again before its use is resolved', async () => {
    const paused = { stopReason: 'pause_turn' } as const
    const facts = [...begin, replied('a', [search('s1')], paused), replied('a', [text('Hm.'), search('s2')], paused)]
    expect((await accepted(facts)).messages[1]).toEqual(assistant(search('s1'), text('Hm.'), search('s2')))
  })

  it('while a use resolved after client results stays', async () => {
    const mixed = [replied('a', [search('s1'), call('t1')]), answered('a', result('t1'))]
    const facts = [...begin, ...mixed, replied('a', [found('s1'), text('Found.')]), settled('a')]
    expect((await accepted(facts)).messages.slice(1, 4)).toEqual([
      assistant(search('s1'), call('t1')),
      user([result('t1')]),
      assistant(found('s1'), text('Found.')),
    ])
  })
})

const loop = (turnId: string, ...calls: readonly Block[]): readonly Fact[] => [
  replied(turnId, calls),
  answered(turnId, ...calls.map((block) => result(String(block['id']), { content: turnId }))),
  replied(turnId, [text('Seen.')]),
  settled(turnId),
]
const callIds = (facts: readonly Fact[]) =>
  requestFor(facts).messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.flatMap((block) => block['id'] ?? block['tool_use_id'] ?? []),
  )

describe('H8 ids of tool calls are unique', () => {
  it('a repeated id is replaced, in the call and in its result', async () => {
    const facts = [
      ...begin,
      ...loop('a', call('t')),
      opened('b', 'a'),
      ...loop('b', call('t')),
      opened('c', 'b'),
      ...loop('c', call('t')),
    ]
    await accepted(facts)
    expect(callIds(facts)).toEqual(['t', 't', 't_2', 't_2', 't_3', 't_3'])
  })

  it('a new id differs from all existing ones', async () => {
    const facts = [...begin, ...loop('a', call('t'), call('t_2')), opened('b', 'a'), ...loop('b', call('t'))]
    await accepted(facts)
    expect(callIds(facts)).toEqual(['t', 't_2', 't', 't_2', 't_3', 't_3'])
  })

  it('two calls of one reply with the same id get one result each', async () => {
    const facts = [...begin, replied('a', [call('t'), call('t')]), answered('a', result('t')), settled('a', 'stopped')]
    await accepted(facts)
    expect(callIds(facts)).toEqual(['t', 't_2', 't', 't_2'])
  })

  it('ids do not change when turns are added, so that the history stays a prefix', () => {
    const facts = [...begin, ...loop('a', call('t')), opened('b', 'a'), ...loop('b', call('t'))]
    const later = [...facts, ...completed('c', 'b')]
    expect(callIds(later)).toEqual(callIds(facts))
  })

  it('the same id on two branches is no conflict', () => {
    const branches = [...begin, ...loop('a', call('t')), opened('b', null), ...loop('b', call('t'))]
    expect(idsOf(fold(branches))).toEqual(['a', 'b'])
    expect(callIds(branches)).toEqual(['t', 't'])
  })
})

describe('the judge', () => {
  it('rejects messages that buildRequest would not create', async () => {
    const bare = { messages: [asked, assistant(call('t1')), user('Go on.')], betas: [], container: null, left: [] }
    expect(await verdict(bare)).toContain('`tool_use` ids were found without `tool_result` blocks immediately after')
  })
})
