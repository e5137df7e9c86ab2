import { describe, expect, it, vi } from 'vitest'
import type { Block } from '../../src/journal/index.ts'
import {
  block,
  ends,
  failed,
  fields,
  finished,
  heldSource,
  idleTimeout,
  over,
  ping,
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
  it('shows a draft that grows', async () => {
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

  it('does the same few things for a delta, whether a thousand or fifty thousand came before', async () => {
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
      const joins = join.mock.calls.length
      join.mockRestore()
      expect(joins).toBe(0)
      perDelta.push(reads / count)
      expect(conversation.deltas()).toHaveLength(count)
      expect(conversation.draft.blocks()).toEqual([{ type: 'text', text: 'x'.repeat(count) }])
    }
    expect(perDelta[1]).toBe(perDelta[0])
  })
})

describe('S6 tool input is parsed strictly, at block stop, and only stop_reason tool_use licenses running a tool', () => {
  it.each([
    ['whole', ['', '{"path":', '"/a"}'], { path: '/a' }],
    ['empty', [''], {}],
    ['of blanks', [' ', '\n'], {}],
    ['never begun', [], {}],
    ['cut inside a string', ['{"path":"/a'], { INVALID_JSON: '{"path":"/a' }],
    ['cut inside an array, which a lenient parser would close', ['{"x":[1,2'], { INVALID_JSON: '{"x":[1,2' }],
    ['malformed', ['{path: 1}'], { INVALID_JSON: '{path: 1}' }],
    ['whole, with something after it', ['{}', '{}'], { INVALID_JSON: '{}{}' }],
    ['JSON that is no object', ['[1]'], { INVALID_JSON: '[1]' }],
    ['null', ['null'], { INVALID_JSON: 'null' }],
    ['a text', ['"hi"'], { INVALID_JSON: '"hi"' }],
  ])('input that is %s', async (_, json, input) => {
    const conversation = await called('tool_use', ...json)
    const call = { type: 'tool_use', id: 'call1', name: 'look', input }
    expect(conversation.endings()).toMatchObject([{ type: 'reply.finished', content: [call] }])
    expect(conversation.toolRuns).toEqual([
      { turnId: 't1', calls: [{ callId: 'call1', name: 'look', input, state: 'new' }] },
    ])
  })

  it.each(['max_tokens', 'end_turn', 'of_tomorrow'])(
    'settles a tool call under %s without running it',
    async (stopReason) => {
      const conversation = await called(stopReason, '{"path":"/a"}')
      expect(conversation.state).toBe('completed.saved')
      expect(conversation.toolRuns).toEqual([])
      expect(conversation.view.turns.at(-1)).toMatchObject({ status: 'completed', steps: [{ stopReason }] })
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

  it('keeps no tool call that was left open, nor runs it', async () => {
    const conversation = await played(
      sourceOf(started(), textBlock(), says('Look:'), stopped(), toolBlock(1), types('{}', 1), ends('tool_use'), over),
    )
    expect(conversation.endings()).toMatchObject([{ content: [{ type: 'text', text: 'Look:' }] }])
    expect(conversation.toolRuns).toEqual([])
    expect(conversation.state).toBe('completed.saved')
  })

  it('keeps a text that was left open, and no thinking', async () => {
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

  it('parses the input of a server tool alike', async () => {
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

describe('S7 a watchdog on bytes, pings included, fails a stalled stream', () => {
  it.each<readonly [string, SourceItem]>([
    ['a ping', ping],
    ['an empty batch', []],
    ['a delta', says('x')],
    ['an unknown event', { type: 'unknown', event: {} }],
  ])('takes %s as life', async (_, sign) => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started(), textBlock())
    for (let round = 0; round < 5; round++) {
      conversation.clock.increment(idleTimeout - 1)
      await held.give(sign)
    }
    expect(conversation.endings()).toEqual([])
    expect(conversation.clock.running).toEqual([idleTimeout])
    conversation.clock.increment(idleTimeout - 1)
    expect(conversation.endings()).toEqual([])
    conversation.clock.increment(1)
    expect(conversation.types()).toEqual(['reply.opened', 'reply.failed'])
  })

  it('fails with stream-stalled, retryable, with what there was, and aborts', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started(), textBlock(), says('Hel'))
    conversation.clock.increment(idleTimeout)
    expect(conversation.endings()).toMatchObject([
      {
        type: 'reply.failed',
        retryable: true,
        failure: { code: 'stream-stalled' },
        partial: { content: [{ type: 'text', text: 'Hel' }], shown: true },
      },
    ])
    expect(held.calls[0]?.signal.aborted).toBe(true)
    await held.give(says('lo'))
    expect(held.calls[0]?.returned).toBe(true)
    expect(conversation.clock.running).toEqual([])
  })

  it('fails a stall between message_delta and message_stop too', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(...wholeReply().slice(0, -1))
    conversation.clock.increment(idleTimeout)
    expect(conversation.endings()).toMatchObject([{ type: 'reply.failed', failure: { code: 'stream-stalled' } }])
    expect(held.calls[0]?.signal.aborted).toBe(true)
  })

  it('starts with the first sign of life: until then the chart waits, with its openTimeout', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    expect(conversation.clock.running).toEqual([])
    conversation.clock.increment(10 * idleTimeout)
    expect(conversation.sent).toEqual([])
    conversation.chartClock.increment(120_000)
    expect(conversation.state).toBe('failed.saved')
    expect(conversation.view.turns.at(-1)).toMatchObject({ failure: { code: 'connection-failed' } })
    expect(held.calls[0]?.signal.aborted).toBe(true)
    expect(conversation.sent).toEqual([])
  })

  it('gives a whole reply a second to end its connection, then ends it', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(wholeReply())
    expect(conversation.state).toBe('completed.saved')
    expect(conversation.clock.running).toEqual([1_000])
    conversation.clock.increment(600)
    await held.give(ping)
    expect(conversation.clock.running).toEqual([1_000])
    conversation.clock.increment(399)
    expect(held.calls[0]?.signal.aborted).toBe(false)
    conversation.clock.increment(1)
    expect(held.calls[0]?.signal.aborted).toBe(true)
    await held.give(ping)
    expect(held.calls[0]?.returned).toBe(true)
  })

  it('leaves no timer running once the source has ended', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(wholeReply())
    await held.end()
    expect(conversation.clock.running).toEqual([])
    expect(held.calls[0]?.signal.aborted).toBe(false)
  })
})

describe('S8 unknown events, blocks and deltas pass through untouched, and unknown stop reasons settle the turn', () => {
  it('emits an unknown event as it came', async () => {
    const event = { type: 'of_tomorrow', with: { anything: [1] } }
    const conversation = await played(sourceOf({ type: 'unknown', event }, ...wholeReply()))
    expect(conversation.unknowns()).toEqual([event])
    expect(conversation.emitted).toContainEqual({ type: 'unknown', turnId: 't1', attempt: 1, event })
    expect(conversation.state).toBe('completed.saved')
  })

  it('keeps an unknown block whole, in its place', async () => {
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
  ])('gathers %s in an unknown block under its own name', async (_, delta, gathered) => {
    const shell: Block = { type: 'of_tomorrow' }
    const { content } = await finished(started(), block(shell), delta, stopped(), ends('end_turn'), over)
    expect(content).toEqual([{ ...shell, ...gathered }])
  })

  it('settles the turn under a stop reason that nobody knows', async () => {
    const conversation = await played(
      sourceOf(started(), textBlock(), says('Hi'), stopped(), ends('of_tomorrow'), over),
    )
    expect(conversation.state).toBe('completed.saved')
    expect(conversation.view.turns.at(-1)).toMatchObject({
      status: 'completed',
      steps: [{ stopReason: 'of_tomorrow' }],
    })
  })

  it('skips an index that never started', async () => {
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
