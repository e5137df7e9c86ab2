import { describe, expect, it } from 'vitest'
import type { MessageSource } from '../../src/source/message-source.ts'
import {
  types,
  toolBlock,
  thinks,
  block,
  ends,
  failed,
  finished,
  heldSource,
  idleTimeout,
  opened,
  over,
  ping,
  played,
  refused,
  says,
  sourceOf,
  started,
  stopped,
  talk,
  textBlock,
  throwing,
  turn,
  wholeReply,
} from './fixtures.ts'

const endsOnAbort: MessageSource = async function* wait(_, { signal }) {
  yield started()
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

const throwsOnAbort: MessageSource = async function* wait(_, { signal }) {
  yield started()
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
}

describe('S0 it does nothing in the tick in which it starts', () => {
  it('calls its source in the next tick', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask('What is it?')
    expect(conversation.state).toBe('streaming.opening')
    expect(held.calls).toEqual([])
    expect(conversation.emitted).toEqual([])
    await turn()
    expect(held.calls).toHaveLength(1)
    expect(held.calls[0]?.request).toEqual({
      model: 'm1',
      maxTokens: 64,
      fields: {},
      messages: [{ role: 'user', content: 'What is it?' }],
      betas: [],
      container: null,
    })
    expect(held.calls[0]?.signal.aborted).toBe(false)
  })

  it('never calls its source when it is stopped in that tick', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    conversation.stop()
    await turn()
    expect(conversation.state).toBe('stopped.saved')
    expect(held.calls).toEqual([])
    expect(conversation.emitted).toEqual([])
  })

  it('never calls its source when it was restored, because the chart stops it first', async () => {
    const before = talk(heldSource().source)
    before.ask()
    const snapshot = before.persist()
    before.actor.stop()

    const held = heldSource()
    const after = talk(held.source, { snapshot })
    await turn()
    expect(after.state).toBe('failed.saved')
    expect(after.view.turns.at(-1)).toMatchObject({ status: 'interrupted' })
    expect(held.calls).toEqual([])
    expect(after.sent).toEqual([])
  })

  it('lets a listener attached at the first snapshot receive everything', async () => {
    const conversation = await played(sourceOf(...wholeReply()))
    expect(conversation.emitted.map(({ type }) => type)).toEqual(['draft.started', 'delta'])
  })

  it('does not call its source when a listener stops it at draft.started', async () => {
    const held = heldSource()
    const conversation = talk(held.source, { onEmitted: ({ type }) => type === 'draft.started' && conversation.stop() })
    conversation.ask()
    await turn()
    expect(held.calls).toEqual([])
    expect(conversation.sent).toEqual([])
  })
})

describe('S1 after it is stopped, nothing is sent back', () => {
  it('aborts, reads no more from a source that keeps yielding, and closes it', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started(), textBlock(), says('Hel'))
    conversation.stop()
    expect(held.calls[0]?.signal.aborted).toBe(true)
    expect(conversation.clock.running).toEqual([])
    const said = conversation.emitted.length
    const { pulls } = held
    await held.give(says('lo'), stopped(), ends('end_turn'), over)
    expect(conversation.types()).toEqual(['reply.opened'])
    expect(conversation.emitted).toHaveLength(said)
    expect(held.calls[0]?.returned).toBe(true)
    expect(held.pulls).toBe(pulls)
    expect(conversation.clock.running).toEqual([])
  })

  it('sends nothing when the source ends or throws because of the abort', async () => {
    for (const source of [endsOnAbort, throwsOnAbort]) {
      const conversation = await played(source)
      conversation.stop()
      await turn()
      expect(conversation.types()).toEqual(['reply.opened'])
      expect(conversation.state).toBe('stopped.saved')
      expect(conversation.clock.running).toEqual([])
    }
  })

  it('drops the rest of a batch when a listener stops it in the middle', async () => {
    const conversation = talk(
      sourceOf([started(), textBlock(), says('a'), says('b'), stopped()], ends('end_turn'), over),
      {
        onEmitted: ({ type }) => type === 'delta' && conversation.stop(),
      },
    )
    conversation.ask()
    await turn()
    expect(conversation.deltas().map(({ text }) => text)).toEqual(['a'])
    expect(conversation.types()).toEqual(['reply.opened'])
    expect(conversation.state).toBe('stopped.saved')
  })

  it('is asked for the content so far, which is kept', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started(), textBlock(), says('Half a sen'))
    conversation.stop()
    const [last] = conversation.view.turns
    expect(last).toMatchObject({
      status: 'stopped',
      kept: true,
      steps: [{ content: [{ type: 'text', text: 'Half a sen' }], stopReason: null, usage: { estimated: true } }],
    })
  })
})

describe('S2 exactly one event ends an attempt that nobody stopped', () => {
  const reply = wholeReply()
  const refusal = ends('refusal', { category: 'cyber', explanation: 'why' })
  const endings = [
    ['finished, and finished again', sourceOf(...reply, over, ends('end_turn'), over), 'reply.finished'],
    ['finished, then refused', sourceOf(...reply, refusal), 'reply.finished'],
    ['finished and refused in one batch', sourceOf([...reply, refusal, over]), 'reply.finished'],
    ['finished, then thrown', throwing(new Error('late'), ...reply), 'reply.finished'],
    ['refused, then stopped', sourceOf(started(), refusal, over), 'reply.refused'],
    ['refused twice', sourceOf(started(), refusal, refusal), 'reply.refused'],
    ['refused, then thrown', throwing(new Error('late'), started(), refusal), 'reply.refused'],
    ['stopped without a stop reason, then complete', sourceOf(started(), over, ...reply), 'reply.failed'],
    ['an end of file', sourceOf(), 'reply.failed'],
    ['a throw', throwing(new Error('early')), 'reply.failed'],
  ] as const

  it.each(endings)('%s', async (_, source, type) => {
    const conversation = await played(source)
    expect(conversation.endings().map((ending) => ending.type)).toEqual([type])
    expect(conversation.clock.running).toEqual([])
  })

  it('is the first one: events after a stall change nothing', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started())
    conversation.clock.increment(idleTimeout)
    await held.give(...wholeReply())
    await held.end()
    expect(conversation.endings()).toMatchObject([{ type: 'reply.failed', failure: { code: 'stream-stalled' } }])
  })

  it('opens once, with the first sign of life', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    expect(conversation.types()).toEqual([])
    await held.give([])
    expect(conversation.types()).toEqual(['reply.opened'])
    expect(conversation.state).toBe('streaming.receiving')
    await held.give(opened, ping, ...wholeReply())
    expect(conversation.types()).toEqual(['reply.opened', 'reply.finished'])
  })
})

describe('S3 finished means that message_stop was seen after a message_delta with a stop_reason', () => {
  const reply = wholeReply()

  it('reports the complete reply', async () => {
    expect(await finished(...reply)).toEqual({
      type: 'reply.finished',
      model: 'm1',
      promptHash: 'prompt',
      content: [{ type: 'text', text: 'Hello' }],
      stopReason: 'end_turn',
      usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 2, cacheWriteTokens: 1 },
    })
  })

  it('uses the stop reason of any message_delta that has one', async () => {
    const halves = [started(), ends('max_tokens'), ends(null), over]
    expect(await finished(...halves)).toMatchObject({ stopReason: 'max_tokens', content: [] })
  })

  it('fails a message_stop without a stop reason as truncated', async () => {
    const { failure, retryable } = await failed(sourceOf(started(), textBlock(), says('Hi'), stopped(), over))
    expect(failure.code).toBe('stream-truncated')
    expect(retryable).toBe(true)
    expect(await failed(sourceOf(started(), ends(null), over))).toMatchObject({ failure: { code: 'stream-truncated' } })
  })

  it.each(reply.map((_, length) => length))('fails a clean end of file after %i of its events', async (length) => {
    const cut = reply.slice(0, length)
    for (const source of [sourceOf(...cut), sourceOf(cut)]) {
      const { failure, retryable, partial } = await failed(source)
      expect(failure.code).toBe('stream-truncated')
      expect(retryable).toBe(true)
      expect(partial).toMatchObject({
        content: length > 2 ? [{ type: 'text', text: 'Hello' }] : [],
        shown: length > 2,
        usage: { estimated: true },
      })
    }
  })

  it('settles a refusal with its message_delta alone, whatever is open or missing', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask()
    await turn()
    await held.give(started(), textBlock(), says('I will'), ends('refusal', { category: 'bio', explanation: 'why' }))
    expect(conversation.endings()).toEqual([
      {
        type: 'reply.refused',
        refusal: { category: 'bio', explanation: 'why', textShown: true, model: 'm1', promptHash: 'prompt' },
        usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 2, cacheWriteTokens: 1 },
      },
    ])
    expect(held.calls[0]?.signal.aborted).toBe(true)
    expect(conversation.view.quarantine).toEqual(['t1'])
  })

  it('accepts a refusal without details, before any output', async () => {
    const { refusal } = await refused(started(), ends('refusal'))
    expect(refusal).toEqual({ category: null, explanation: null, textShown: false, model: 'm1', promptHash: 'prompt' })
    expect((await refused(ends('refusal', { category: 'cyber' }))).refusal.category).toBe('cyber')
  })

  it('removes a refused reply from the draft and the journal', async () => {
    const conversation = await played(sourceOf(started(), textBlock(), says('a secret'), stopped(), ends('refusal')))
    expect(conversation.draft.blocks()).toEqual([])
    expect(conversation.draft.partial().content).toEqual([])
    expect(JSON.stringify(conversation.persist())).not.toContain('a secret')
  })

  it('aborts failed and refused attempts, and lets a complete reply end its own connection', async () => {
    for (const [items, aborts] of [
      [wholeReply(), false],
      [[started(), ends('refusal')], true],
      [[started(), over], true],
    ] as const) {
      const held = heldSource()
      const conversation = talk(held.source)
      conversation.ask()
      await turn()
      await held.give(...items)
      expect(conversation.endings()).toHaveLength(1)
      expect(held.calls[0]?.signal.aborted).toBe(aborts)
    }
  })
})

describe('S4 deltas are emitted to listeners and never pass through a transition', () => {
  it('emits each in order, numbered, without a change of the conversation’s snapshot', async () => {
    const held = heldSource()
    const conversation = talk(held.source)
    conversation.ask('Hi', 't9')
    await turn()
    await held.give(started(), block({ type: 'thinking', thinking: '', signature: '' }))
    const before = conversation.actor.getSnapshot()
    const { snapshots } = conversation
    await held.give(thinks('hm'), stopped(), [textBlock(1), says('a', 1), says('b', 1)], stopped(1))
    await held.give(toolBlock(2), types('{', 2), types('}', 2), stopped(2))
    expect(conversation.actor.getSnapshot()).toBe(before)
    expect(conversation.snapshots).toBe(snapshots)
    expect(conversation.deltas()).toEqual(
      [
        [0, 'thinking', 'hm'],
        [1, 'text', 'a'],
        [1, 'text', 'b'],
        [2, 'toolInput', '{'],
        [2, 'toolInput', '}'],
      ].map(([at, kind, text], seq) => ({ type: 'delta', turnId: 't9', attempt: 1, seq, block: at, kind, text })),
    )
  })

  it('emits no delta without an open block', async () => {
    const conversation = await played(
      sourceOf(started(), says('x'), textBlock(), stopped(), says('y'), ends('end_turn')),
    )
    expect(conversation.deltas()).toEqual([])
    expect(conversation.draft.size).toBe(0)
  })

  it('restarts the numbers with each attempt', async () => {
    let calls = 0
    const source: MessageSource = (...given) =>
      (calls++ === 0 ? sourceOf(started(), textBlock(), says('Hel')) : sourceOf(...wholeReply()))(...given)
    const conversation = await played(source, { input: { settings: { maxAttempts: 2 } } })
    conversation.chartClock.increment(500)
    await turn()
    expect(conversation.deltas()).toMatchObject([
      { attempt: 1, seq: 0, text: 'Hel' },
      { attempt: 2, seq: 0, text: 'Hello' },
    ])
    expect(conversation.view.turns.at(-1)).toMatchObject({ status: 'completed' })
  })
})
