import { describe, expect, it, vi } from 'vitest'
import { mostBlocks, mostCharacters } from '../../src/reply/draft-blocks.ts'
import type { SourceEvent } from '../../src/source/message-source.ts'
import type { Block } from '../../src/journal/index.ts'
import {
  block,
  ends,
  failed,
  fields,
  finished,
  heldSource,
  over,
  played,
  says,
  type SourceItem,
  sourceOf,
  started,
  stopped,
  talk,
  textBlock,
  thinks,
  toolBlock,
  turn,
  types,
  wholeReply,
} from './fixtures.ts'

const called = async (stopReason: string, ...json: readonly string[]) =>
  played(sourceOf(started(), toolBlock(), ...json.map((text) => types(text)), stopped(), ends(stopReason), over))

describe('S5 text is collected as chunks and joined when it is read', () => {
  it('shows a growing draft', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    const { draft } = conversation
    expect([draft.turnId, draft.attempt, draft.size, draft.blocks()]).toEqual(['t1', 1, 0, []])
    await held.give(started(), textBlock(), says('One '))
    expect([draft.size, draft.blocks()]).toEqual([1, [{ type: 'text', text: 'One ' }]])
    await held.give(says('two'), stopped(), toolBlock(1), types('{"a":', 1))
    expect(draft.size).toBe(3)
    expect(draft.blocks()).toEqual([
      { type: 'text', text: 'One two' },
      { type: 'tool_use', id: 'call1', name: 'look', input: '{"a":' },
    ])
    expect(draft.partial()).toEqual({
      model: 'm1',
      promptHash: 'prompt',
      content: [{ type: 'text', text: 'One two' }],
      usage: { inputTokens: 7, outputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 1, estimated: true },
      shown: true,
    })
  })

  it('does a constant amount of work per delta, after a thousand or fifty thousand', async () => {
    const perDelta = []
    for (const count of [1_000, 50_000]) {
      let reads = 0
      const counted = {
        type: 'block.delta',
        index: 0,
        kind: 'text',
        get text() {
          reads++
          return 'x'
        },
      } as const
      const held = heldSource()
      const conversation = talk(held.source)
      conversation.ask()
      await turn()
      await held.give(started(), textBlock())
      const join = vi.spyOn(Array.prototype, 'join')
      await held.give(Array.from({ length: count }, () => counted))
      const joined = join.mock.contexts.map((pieces) => (Array.isArray(pieces) ? pieces.length : 0))
      join.mockRestore()
      // Each piece is joined with its neighbours once, however long the text before it is.
      expect(joined.reduce((sum, pieces) => sum + pieces, 0)).toBeLessThanOrEqual(count)
      perDelta.push(reads / count)
      expect(conversation.deltas()).toHaveLength(count)
      expect(conversation.draft.blocks()).toEqual([{ type: 'text', text: 'x'.repeat(count) }])
    }
    expect(perDelta[1]).toBe(perDelta[0])
  })
})

describe('S6 tool input is parsed strictly, at block stop, and only stop_reason tool_use licenses running a tool', () => {
  it.each([
    ['complete', ['', '{"path":', '"/a"}'], { path: '/a' }],
    ['empty', [''], {}],
    ['blank', [' ', '\n'], {}],
    ['absent', [], {}],
    ['cut inside a string', ['{"path":"/a'], { INVALID_JSON: '{"path":"/a' }],
    ['cut inside an array, which a lenient parser would close', ['{"x":[1,2'], { INVALID_JSON: '{"x":[1,2' }],
    ['malformed', ['{path: 1}'], { INVALID_JSON: '{path: 1}' }],
    ['complete, with trailing text', ['{}', '{}'], { INVALID_JSON: '{}{}' }],
    ['JSON but not an object', ['[1]'], { INVALID_JSON: '[1]' }],
    ['null', ['null'], { INVALID_JSON: 'null' }],
    ['a string', ['"hi"'], { INVALID_JSON: '"hi"' }],
  ])('parses input that is %s', async (_, json, input) => {
    const conversation = await called('tool_use', ...json)
    const call = { type: 'tool_use', id: 'call1', name: 'look', input }
    expect(conversation.endings()).toMatchObject([{ type: 'reply.finished', content: [call] }])
    expect(conversation.toolRuns).toEqual([
      { turnId: 't1', calls: [{ callId: 'call1', name: 'look', input, state: 'new' }], limit: 8 },
    ])
  })

  it.each(['max_tokens', 'end_turn', 'of_tomorrow'])(
    'settles a tool call under %s without running it',
    async (stopReason) => {
      const conversation = await called(stopReason, '{"path":"/a"}')
      expect(conversation.state).toBe('completed.saved')
      expect(conversation.toolRuns).toEqual([])
      expect(conversation.view.turns.at(-1)).toMatchObject({
        status: 'completed',
        steps: [{ stopReason }, { role: 'user' }],
      })
    },
  )

  it.each([
    ['pause_turn', 'max-steps-reached'],
    ['model_context_window_exceeded', 'context-window-exceeded'],
  ])('runs no tool call under %s: its turn ends as %s', async (stopReason, code) => {
    const source = sourceOf(started(), toolBlock(), types('{"path":"/a"}'), stopped(), ends(stopReason), over)
    const conversation = await played(source, { input: { settings: { maxSteps: 1 } } })
    expect(conversation.state).toBe('failed.saved')
    expect(conversation.toolRuns).toEqual([])
    expect(conversation.view.turns.at(-1)).toMatchObject({ failure: { code }, steps: [{ stopReason }] })
  })

  it('runs a call without a stop event once the reply asks for it', async () => {
    const conversation = await played(
      sourceOf(started(), textBlock(), says('Look:'), stopped(), toolBlock(1), types('{}', 1), ends('tool_use'), over),
    )
    expect(conversation.endings()).toMatchObject([{ content: [{ text: 'Look:' }, { id: 'call1', input: {} }] }])
    expect(conversation.toolRuns).toMatchObject([{ calls: [{ callId: 'call1', input: {} }] }])
  })

  it.each(['max_tokens', 'end_turn', 'stop_sequence', 'of_tomorrow'])(
    'keeps a call cut by %s, does not run it, and informs the model and listeners',
    async (stopReason) => {
      const conversation = await played(sourceOf(started(), toolBlock(), types('{"path":"/a'), ends(stopReason), over))
      const result = { type: 'tool_result', tool_use_id: 'call1', is_error: true, content: expect.any(String) }
      expect(conversation.toolRuns).toEqual([])
      expect(conversation.view.turns.at(-1)).toMatchObject({
        status: 'completed',
        steps: [
          { role: 'assistant', content: [{ id: 'call1', input: { INVALID_JSON: '{"path":"/a' } }] },
          { role: 'user', content: [result] },
        ],
      })
      expect(conversation.told).toMatchObject([
        { type: 'attempt.started' },
        { type: 'toolCall.settled', callId: 'call1', name: 'look', status: 'cancelled', result },
        { type: 'turn.completed' },
      ])
      const { content } = result
      expect(conversation.view.turns.at(-1)?.steps.at(-1)?.content[0]?.['content']).toEqual(content)
    },
  )

  it.each([
    ['was cut, when the input of a call may be incomplete', 'max_tokens', 'cut at its limit of tokens'],
    ['ended with a stop reason that does not ask for calls', 'end_turn', '"end_turn"'],
  ])('states in the result that the reply %s', async (_, stopReason, words) => {
    const conversation = await called(stopReason, '{"path":"/a"}')
    expect(conversation.view.turns.at(-1)?.steps.at(-1)?.content).toMatchObject([
      { tool_use_id: 'call1', content: expect.stringContaining(words) },
    ])
  })

  it('drops a server tool whose input was cut, and keeps a complete one', async () => {
    const search = (json: string) =>
      finished(
        started(),
        block({ type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }),
        types(json),
        ends('max_tokens'),
        over,
      )
    expect((await search('{"query":"x')).content).toEqual([])
    expect((await search('{"query":"x"}')).content).toMatchObject([{ id: 's1', input: { query: 'x' } }])
  })

  it('keeps signed thinking without a stop event', async () => {
    const { content } = await finished(
      started(),
      block({ type: 'thinking', thinking: '', signature: '' }),
      thinks('hm'),
      fields({ signature: 'sig' }),
      textBlock(1),
      says('So', 1),
      ends('end_turn'),
      over,
    )
    expect(content).toMatchObject([{ thinking: 'hm', signature: 'sig' }, { text: 'So' }])
  })

  it('rejects excessively nested input and keeps it as text', async () => {
    const json = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
    const { content } = await finished(started(), toolBlock(), types(json), stopped(), ends('tool_use'), over)
    expect(content).toMatchObject([{ input: { INVALID_JSON: json } }])
  })

  it('keeps open text, but not open thinking', async () => {
    const { content } = await finished(
      started(),
      block({ type: 'thinking', thinking: '', signature: '' }),
      thinks('hm'),
      textBlock(1),
      says('And so', 1),
      textBlock(2),
      ends('max_tokens'),
      over,
    )
    expect(content).toEqual([{ type: 'text', text: 'And so' }])
  })

  it('parses the input of a server tool in the same way', async () => {
    const search: Block = { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }
    const { content } = await finished(
      started(),
      block(search),
      types('{"query":"x"}'),
      stopped(),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([{ ...search, input: { query: 'x' } }])
  })
})

describe('S8 unknown events, blocks and deltas pass through untouched, and unknown stop reasons settle the turn', () => {
  it('fails when another message starts in the middle, and accepts a repeated start of the same message', async () => {
    const first = [started({ id: 'msg_1' }), textBlock(), says('Hi')]
    expect(
      await failed(sourceOf(...first, started({ id: 'msg_2' }), says('!'), stopped(), ends('end_turn'), over)),
    ).toMatchObject({
      retryable: false,
      failure: { code: 'stream-malformed' },
    })
    for (const again of [started({ id: 'msg_1', model: 'm2' }), started({ model: 'm2' })]) {
      const { content, model, usage } = await finished(...first, again, says('!'), stopped(), ends('end_turn'), over)
      expect([content, model, usage.inputTokens]).toEqual([[{ type: 'text', text: 'Hi!' }], 'm1', 7])
    }
  })

  it('emits an unknown event unchanged', async () => {
    const event = { type: 'of_tomorrow', with: { anything: [1] } }
    const conversation = await played(sourceOf({ type: 'unknown', event }, ...wholeReply()))
    expect(conversation.unknowns()).toEqual([event])
    expect(conversation.emitted).toContainEqual({ type: 'unknown', turnId: 't1', attempt: 1, event })
    expect(conversation.state).toBe('completed.saved')
  })

  it('keeps an unknown block complete and in its place', async () => {
    const shell: Block = { type: 'of_tomorrow', id: 'x', nested: { list: [1, 2] } }
    const { content } = await finished(
      started(),
      block(shell),
      stopped(),
      textBlock(1),
      says('Hi', 1),
      stopped(1),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([shell, { type: 'text', text: 'Hi' }])
  })

  it.each([
    ['text', says('Hi'), { text: 'Hi' }],
    ['thinking', thinks('hm'), { thinking: 'hm' }],
    ['tool input', types('{"a":1}'), { input: { a: 1 } }],
  ])('collects %s in an unknown block under its own field', async (_, delta, gathered) => {
    const shell: Block = { type: 'of_tomorrow' }
    const { content } = await finished(started(), block(shell), delta, stopped(), ends('end_turn'), over)
    expect(content).toEqual([{ ...shell, ...gathered }])
  })

  it('settles the turn under an unknown stop reason', async () => {
    const conversation = await played(
      sourceOf(started(), textBlock(), says('Hi'), stopped(), ends('of_tomorrow'), over),
    )
    expect(conversation.state).toBe('completed.saved')
    expect(conversation.view.turns.at(-1)).toMatchObject({
      status: 'completed',
      steps: [{ stopReason: 'of_tomorrow' }],
    })
  })

  it.each<readonly [string, readonly SourceItem[], readonly object[]]>([
    ['a separate block, when the first one has ended', [textBlock(), says('One, '), stopped()], [{ text: 'One, ' }]],
    ['a separate block, when the first one has no stop event', [textBlock(), says('One, ')], [{ text: 'One, ' }]],
    ['a call', [toolBlock(), types('{"a":1}')], [{ type: 'tool_use', input: { a: 1 } }]],
  ])('treats a repeated index as %s', async (_, first, kept) => {
    const conversation = await played(
      sourceOf(started(), ...first, textBlock(), says('two'), stopped(), ends('end_turn'), over),
    )
    expect(conversation.endings()).toMatchObject([{ content: [...kept, { type: 'text', text: 'two' }] }])
  })

  it('keeps blocks in order of arrival, whatever their indexes', async () => {
    const said = (index: number) => [textBlock(index), says(`${index} `, index), stopped(index)]
    const { content } = await finished(started(), ...[2_000_000_000, 5, -1, 5].flatMap(said), ends('end_turn'), over)
    expect(content.map(({ text }) => text)).toEqual(['2000000000 ', '5 ', '-1 ', '5 '])
  })

  it('fails a reply with too many blocks and keeps those that arrived', async () => {
    const blocks = Array.from({ length: mostBlocks + 1 }, (_, index) => block({ type: 'of_tomorrow', n: index }, index))
    const ending = await failed(sourceOf(started(), textBlock(), says('Hi'), stopped(), blocks))
    expect(ending).toMatchObject({ retryable: false, failure: { code: 'reply-too-large' } })
    expect(ending.partial?.content[0]).toEqual({ type: 'text', text: 'Hi' })
  })

  it('fails a reply that no later request could carry, and keeps none of it', async () => {
    const piece = 'x'.repeat(mostCharacters / 4)
    const ending = await failed(sourceOf(started(), textBlock(), ...Array.from({ length: 5 }, () => says(piece))))
    expect(ending).toMatchObject({ failure: { code: 'reply-too-large' }, partial: { content: [], shown: true } })
  })

  it.each([
    ['an unknown block', { type: 'of_tomorrow', id: 'x' }],
    ['thinking', { type: 'thinking', thinking: 'hm', signature: 'sig' }],
    ['a compaction', { type: 'compaction', content: null }],
  ])('omits %s with an unreadable part', async (_, shell) => {
    const { content } = await finished(
      started(),
      block(shell),
      { type: 'unknown', index: 0, event: { type: 'delta_of_tomorrow' } },
      stopped(),
      textBlock(1),
      says('Hi', 1),
      stopped(1),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([{ type: 'text', text: 'Hi' }])
  })

  it('keeps the place of an omitted block when thinking follows it', async () => {
    const thought = { type: 'thinking', thinking: 'hm', signature: 'sig' }
    const unread = (index: number, shell: Block): readonly SourceEvent[] => [
      { type: 'block.started', index, block: shell },
      { type: 'unknown', index, event: { type: 'delta_of_tomorrow' } },
      stopped(index),
    ]
    const { content } = await finished(
      started(),
      { type: 'block.started', index: 0, block: thought },
      stopped(),
      ...unread(1, { type: 'of_tomorrow', id: 'x' }),
      { type: 'block.started', index: 2, block: thought },
      stopped(2),
      ...unread(3, { type: 'of_tomorrow', id: 'y' }),
      textBlock(4),
      says('Hi', 4),
      stopped(4),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([thought, { type: 'lost_block', of: 'of_tomorrow' }, thought, { type: 'text', text: 'Hi' }])
  })

  it.each([
    ['text', textBlock(), says('Hi'), { text: 'Hi' }],
    ['a call', toolBlock(), types('{"a":1}'), { input: { a: 1 } }],
  ])('keeps the readable part of %s with an unreadable part', async (_, start, delta, kept) => {
    const { content } = await finished(
      started(),
      start,
      delta,
      { type: 'unknown', index: 0, event: {} },
      stopped(),
      ends('tool_use'),
      over,
    )
    expect(content).toMatchObject([kept])
  })

  it('skips an index without a start', async () => {
    const { content } = await finished(
      started(),
      textBlock(3),
      says('Hi', 3),
      stopped(3),
      stopped(7),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([{ type: 'text', text: 'Hi' }])
    await failed(sourceOf(fields({ signature: 's' }, 5), { type: 'block.citation', index: 5, citation: {} }))
  })
})
