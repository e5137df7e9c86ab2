// Behaviour that other tests pass over: each of these was once changed in the code without a test that failed.
import { describe, expect, it } from 'vitest'
import { fold, forkFacts, headObstacle, rewound } from '../../src/journal/index.ts'
import {
  abc,
  compaction,
  completed,
  created,
  model,
  moved,
  opened,
  otherModel,
  replied,
  requestFor,
  settled,
  switched,
  text,
  thinking,
  viewOf,
} from './fixtures.ts'

describe('a rewind', () => {
  it('from a turn that was asked at the root takes everything off the path, however little it goes back', () => {
    expect(rewound(viewOf(...abc), 1, null)).toEqual({ to: null, withdrawn: ['a', 'b', 'c'] })
  })
})

describe('a path that a reset withdrew in part', () => {
  it('is entered by force alone, also from a part that was entered before', () => {
    const withdrawn = viewOf(
      ...abc,
      moved('c', null, { cause: 'clear', withdrawn: ['a', 'b', 'c'] }),
      moved(null, 'a', { force: true }),
    )
    expect(headObstacle(withdrawn, 'b')).toBe('turn-withdrawn')
    expect(headObstacle(withdrawn, 'b', { force: true })).toBeNull()
    expect(headObstacle(withdrawn, 'a')).toBeNull()
  })

  it('is entered by force alone, although what stands at its end was never withdrawn', () => {
    const view = viewOf(
      ...abc,
      moved('c', 'a', { cause: 'clear', withdrawn: ['b', 'c'] }),
      moved('a', 'b', { force: true }),
      ...completed('d', 'b'),
      moved('d', 'a'),
    )
    expect(view.withdrawn).not.toContain('d')
    expect(headObstacle(view, 'd')).toBe('turn-withdrawn')
  })
})

describe('a fork', () => {
  const block = compaction('They said it.')
  const away = [
    created,
    ...completed('a', null),
    switched(model, otherModel, 'refusal'),
    ...completed('b', 'a'),
    opened('k', 'b', { kind: 'compaction', input: '' }),
    replied('k', [block], { stopReason: 'compaction' }),
    settled('k'),
    ...completed('c', 'k'),
  ]
  const forked = (facts: Parameters<typeof fold>[0]) =>
    fold([{ ...created, id: 'c2' } as typeof created, ...forkFacts(fold(facts), fold(facts).head, model)])

  it('of a conversation that is away is as long away, and a summary on the way counts for nothing', () => {
    expect(fold(away).away).toEqual({ from: model, turns: 2 })
    expect(forked(away)).toMatchObject({ model: otherModel, away: { from: model, turns: 2 } })
  })

  it('goes back to the model that the app had chosen, not to the one that the conversation began with', () => {
    const chosen = 'claude-opus-5'
    const facts = [
      created,
      ...completed('a', null),
      switched(model, chosen, 'user'),
      ...completed('b', 'a'),
      switched(chosen, otherModel, 'refusal'),
      ...completed('c', 'b'),
    ]
    expect(forked(facts)).toMatchObject({ model: otherModel, away: { from: chosen, turns: 1 } })
    expect(forked([...facts, switched(otherModel, chosen, 'return')])).toMatchObject({ model: chosen, away: null })
  })
})

const use = (type: 'server_tool_use' | 'mcp_tool_use') => ({ type, id: 's1', name: 'search', input: {} })

describe('thinking in a request', () => {
  it('of a reply that was paused stays where no fallback took over', () => {
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
    'leaves where a %s before it leaves, which nothing answered',
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
        why: 'it came after a use of a server tool that can not be sent back',
      })
    },
  )
})
