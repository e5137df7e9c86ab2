import { describe, expect, it } from 'vitest'
import type { Block, Fact } from '../../src/journal/index.ts'
import {
  answered,
  assistant,
  call,
  created,
  fallback,
  found,
  model,
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

const other = 'claude-opus-4-8'

/** A completed turn whose reply began with thinking. */
const thoughtful = (turnId: string, parent: string | null, more: { model?: string; promptHash?: string } = {}) => [
  opened(turnId, parent),
  replied(turnId, [thinking(`Thought ${turnId}`, more.model ?? model), text(`Answer ${turnId}`)], more),
  settled(turnId),
]

const thoughtsIn = (messages: readonly { content: string | readonly Block[] }[]) =>
  messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.flatMap((block) => block['thinking'] ?? []),
  )

describe('H4 thinking is sent back unmodified, or removed completely up to the point from which the target accepts it', () => {
  const ab: readonly Fact[] = [created, ...thoughtful('a', null), ...thoughtful('b', 'a')]

  it('stays unchanged for the same model, system prompt and tools', async () => {
    const { messages, left } = await accepted(ab)
    expect(messages[1]).toEqual(assistant(thinking('Thought a'), text('Answer a')))
    expect(messages[3]).toEqual(assistant(thinking('Thought b'), text('Answer b')))
    expect(left).toEqual([])
  })

  it('stays when it is redacted, or omitted with only its signature', async () => {
    const redacted = { type: 'redacted_thinking', data: 'opaque' }
    const { messages } = await accepted([
      created,
      opened('a', null),
      replied('a', [redacted, { ...thinking(''), thinking: '' }, text('Yes.')]),
      settled('a'),
    ])
    expect(messages[1]).toEqual(assistant(redacted, thinking(''), text('Yes.')))
  })

  it('is removed when the model was switched, while the text stays', async () => {
    const { messages, left } = await accepted(ab, { ...target, model: other })
    expect(messages[1]).toEqual(assistant(text('Answer a')))
    expect(thoughtsIn(messages)).toEqual([])
    expect(left.map(({ turnId, what }) => [turnId, what])).toEqual([
      ['a', 'thinking'],
      ['b', 'thinking'],
    ])
  })

  it('is removed when the system prompt or the tools changed', async () => {
    expect(thoughtsIn((await accepted(ab, { ...target, promptHash: 'changed' })).messages)).toEqual([])
  })

  it.each([{ model: other }, { promptHash: 'before' }])(
    'is kept after the last reply with another model or prompt: %j',
    async (otherwise) => {
      const facts = [...ab, ...thoughtful('c', 'b', otherwise), ...thoughtful('d', 'c'), ...thoughtful('e', 'd')]
      expect(thoughtsIn((await accepted(facts)).messages)).toEqual(['Thought d', 'Thought e'])
    },
  )

  it('is not affected by a reply of another model without thinking', async () => {
    const facts = [...ab, opened('c', 'b'), replied('c', [text('Quick.')], { model: other }), settled('c')]
    expect(thoughtsIn((await accepted(facts)).messages)).toEqual(['Thought a', 'Thought b'])
  })

  it('is read from the path only', async () => {
    const facts = [...ab, opened('x', 'a'), replied('x', [thinking('Aside'), text('Aside.')]), settled('x')]
    expect(thoughtsIn((await accepted(facts)).messages)).toEqual(['Thought a', 'Aside'])
  })
})

describe('H4 in a running tool loop', () => {
  const loop = [
    created,
    opened('a', null),
    replied('a', [thinking('First'), call('t1')]),
    answered('a', result('t1')),
    replied('a', [thinking('Then'), text('Now'), call('t2')]),
    answered('a', result('t2')),
  ]

  it('thinking stays complete and in order', async () => {
    expect((await accepted(loop)).messages).toEqual([
      user('Question a'),
      assistant(thinking('First'), call('t1')),
      user([result('t1')]),
      assistant(thinking('Then'), text('Now'), call('t2')),
      user([result('t2')]),
    ])
  })

  it('thinking is removed completely when the model is switched in the middle', async () => {
    const { messages } = await accepted(loop, { ...target, model: other })
    expect(messages[1]).toEqual(assistant(call('t1')))
    expect(thoughtsIn(messages)).toEqual([])
  })

  it('thinking stays when the loop was stopped', async () => {
    expect(thoughtsIn((await accepted([...loop, settled('a', 'stopped')])).messages)).toEqual(['First', 'Then'])
  })

  it('calls are removed with their thinking when the loop was stopped and the system prompt changes', async () => {
    const facts = [...loop, settled('a', 'stopped')]
    const { messages, left } = await accepted(facts, { ...target, promptHash: 'of another prompt' })
    expect(JSON.stringify(messages)).not.toContain('"tool_use"')
    expect(JSON.stringify(messages)).toContain('Calls of tools and what they gave are left out here')
    expect(left).toContainEqual({
      turnId: 'a',
      what: 'calls',
      why: 'the thinking that came with them can not be sent',
    })
  })

  it('removed calls stay removed after the loop, because later thinking is bound to their absence', async () => {
    const changed = { ...target, promptHash: 'of another prompt' }
    const later = [opened('b', 'a'), replied('b', [text('Done.')], changed), settled('b')]
    const { messages } = await accepted([...loop, settled('a', 'stopped'), ...later], changed)
    expect(JSON.stringify(messages)).not.toContain('"tool_use"')
    expect(JSON.stringify(messages)).toContain('Calls of tools and what they gave are left out here')
  })

  it.each([
    ['the model changes, because it ignores the thinking of another one', [settled('a', 'stopped')], { model: other }],
    ['a reply without thinking came last', [replied('a', [text('Done.')]), settled('a')], { promptHash: 'other' }],
    [
      'a later turn ended the loop with the thinking present',
      [settled('a', 'stopped'), opened('b', 'a'), replied('b', [text('Done.')]), settled('b')],
      { promptHash: 'other' },
    ],
  ])('calls stay without their thinking when %s', async (_, end, change) => {
    const { messages, left } = await accepted([...loop, ...end], { ...target, ...change })
    expect(thoughtsIn(messages)).toEqual([])
    expect(JSON.stringify(messages)).toContain('"id":"t2"')
    expect(left.map(({ what }) => what)).not.toContain('calls')
  })
})

describe('H7 echo rules of a server-side fallback', () => {
  const byFallback = { model } as const
  const reply = (...content: readonly Block[]) => [created, opened('a', null), replied('a', content, byFallback)]

  it('before the last fallback block only text and paired server tools stay; after it, everything', async () => {
    const facts = reply(
      thinking('Early'),
      { type: 'redacted_thinking', data: 'x' },
      text('I began'),
      search('s1'),
      found('s1'),
      call('t0'),
      fallback,
      thinking('Late'),
      text(' and went on.'),
      call('t1'),
    )
    const { messages, left } = await accepted([...facts, answered('a', result('t1'))])
    expect(messages.slice(1)).toEqual([
      assistant(
        text('I began'),
        search('s1'),
        found('s1'),
        fallback,
        thinking('Late'),
        text(' and went on.'),
        call('t1'),
      ),
      user([result('t1')]),
    ])
    expect(left.map(({ what }) => what)).toEqual(['thinking', 'thinking', 'tool-call'])
  })

  it('connector text before it and a server tool use without a result are removed, too', async () => {
    const facts = reply({ type: 'connector_text', text: 'x' }, search('s1'), fallback, text('Done.'))
    expect((await accepted([...facts, settled('a')])).messages[1]).toEqual(assistant(fallback, text('Done.')))
  })

  it('the last of several boundaries counts', async () => {
    const facts = reply(fallback, thinking('Second model'), text('Still'), fallback, text('Done.'))
    expect((await accepted([...facts, settled('a')])).messages[1]).toEqual(
      assistant(fallback, text('Still'), fallback, text('Done.')),
    )
  })

  it('a boundary in the continuation of a paused reply counts for the whole message', async () => {
    const paused = replied('a', [thinking('Early'), text('I search.'), search('s1')], { stopReason: 'pause_turn' })
    const facts = [
      created,
      opened('a', null),
      paused,
      replied('a', [found('s1'), fallback, text('Done.')]),
      settled('a'),
    ]
    expect((await accepted(facts)).messages[1]).toEqual(
      assistant(text('I search.'), search('s1'), found('s1'), fallback, text('Done.')),
    )
  })

  it('a reply without a boundary is not affected by one in an earlier reply', async () => {
    const facts = [...reply(fallback, text('Done.')), settled('a'), ...thoughtful('b', 'a')]
    expect(thoughtsIn((await accepted(facts)).messages)).toEqual(['Thought b'])
  })
})

describe('H7 results of server tools', () => {
  it('stay only with the use that they answer', () => {
    const facts = [created, opened('a', null), replied('a', [found('s9'), text('Done.')]), settled('a')]
    const { messages, left } = requestFor(facts)
    expect(messages[1]).toEqual(assistant(text('Done.')))
    expect(left).toMatchObject([{ turnId: 'a', what: 'server-tool' }])
  })
})

const use = (type: 'server_tool_use' | 'mcp_tool_use') => ({ type, id: 's1', name: 'search', input: {} })

describe('H4 thinking after a pause', () => {
  it('stays, as does the thinking before it, when no fallback took over', () => {
    const { messages } = requestFor([
      created,
      opened('a', null),
      replied('a', [thinking('First'), text('Half ')], { stopReason: 'pause_turn' }),
      replied('a', [thinking('Second'), text('and half.')]),
      settled('a'),
      opened('b', 'a'),
    ])
    expect(JSON.stringify(messages)).toContain('"First"')
    expect(JSON.stringify(messages)).toContain('"Second"')
  })

  it.each(['server_tool_use', 'mcp_tool_use'] as const)(
    'is removed when an unanswered %s before it is removed',
    (type) => {
      const { messages, left } = requestFor([
        created,
        opened('a', null),
        replied('a', [thinking('First'), use(type), text('I look.')], { stopReason: 'pause_turn' }),
        replied('a', [thinking('Second'), text('Nothing found.')]),
        settled('a'),
        opened('b', 'a'),
      ])
      expect(JSON.stringify(messages)).not.toContain('"Second"')
      expect(JSON.stringify(messages)).not.toContain(type)
      expect(left).toContainEqual({
        turnId: 'a',
        what: 'thinking',
        why: 'it follows a use of a server tool that can not be sent back',
      })
    },
  )
})
