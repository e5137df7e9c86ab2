import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../src/source/message-source.ts'
import { claude } from '../../src/claude/claude.ts'
import { refuse, reply, type ScriptFaults, text, thinking, toolUse } from '../../src/testing/index.ts'
import { played, turn } from '../reply/fixtures.ts'
import { clientOf, deliveries, expectWhole, heard, listen, model, open, simulate, textOf, typesOf } from './fixtures.ts'

const find = <Type extends SourceEvent['type']>(events: readonly SourceEvent[], type: Type) =>
  events.filter((event): event is Extract<SourceEvent, { type: Type }> => event.type === type)

const deltasOf = (events: readonly SourceEvent[], kind: string): string =>
  find(events, 'block.delta')
    .map((event) => (event.kind === kind ? event.text : ''))
    .join('')

describe('a reply', () => {
  it('of text yields its events in order, opened first', async () => {
    const usage = { inputTokens: 11, outputTokens: 5, cacheReadInputTokens: 3, cacheCreationInputTokens: 2 }
    const result = await heard(reply([text('Hel', 'lo')], { usage }))
    expectWhole(result)
    const input = { inputTokens: 11, cacheReadTokens: 3, cacheWriteTokens: 2 }
    expect(result.events.filter(({ type }) => type !== 'ping')).toEqual([
      { type: 'opened', requestId: expect.stringMatching(/^req_/) },
      {
        type: 'message.started',
        id: expect.stringMatching(/^msg_/),
        model,
        usage: { ...input, outputTokens: 1 },
        terms: { serviceTier: 'standard' },
      },
      { type: 'block.started', index: 0, block: { type: 'text', text: '' } },
      { type: 'block.delta', index: 0, kind: 'text', text: 'Hel' },
      { type: 'block.delta', index: 0, kind: 'text', text: 'lo' },
      { type: 'block.stopped', index: 0 },
      { type: 'message.delta', stopReason: 'end_turn', usage: { ...input, outputTokens: 5 } },
      { type: 'message.stopped' },
    ])
    expect(find(result.events, 'ping')).toHaveLength(1)
  })

  it('yields thinking, redacted thinking and text', async () => {
    const redacted = { type: 'redacted_thinking', data: 'xyz' } as const
    const { events } = await heard(reply([{ ...thinking('Let me ', 'see'), signature: 'sig' }, redacted, text('Yes')]))
    expect(deltasOf(events, 'thinking')).toBe('Let me see')
    expect(find(events, 'block.fields')).toEqual([{ type: 'block.fields', index: 0, fields: { signature: 'sig' } }])
    expect(find(events, 'block.started')[1]).toEqual({ type: 'block.started', index: 1, block: redacted })
    expect(textOf(events)).toBe('Yes')
  })

  it('yields a tool call', async () => {
    const { events } = await heard(reply([toolUse('look', { path: '/a', deep: { er: [1] } }, 'call1')]))
    expect(find(events, 'block.started')).toEqual([
      { type: 'block.started', index: 0, block: { type: 'tool_use', id: 'call1', name: 'look', input: {} } },
    ])
    expect(JSON.parse(deltasOf(events, 'toolInput'))).toEqual({ path: '/a', deep: { er: [1] } })
    expect(find(events, 'message.delta')[0]?.stopReason).toBe('tool_use')
  })

  it('may be empty', async () => {
    const result = await heard(reply(''))
    expectWhole(result)
    expect(typesOf(result.events)).toEqual(['opened', 'message.started', 'message.delta', 'message.stopped'])
  })

  it('yields citations, a container and unknown events', async () => {
    const cited = { ...text('So it is'), citations: [{ type: 'char_location', cited_text: 'x' }] }
    const future = {
      type: 'raw',
      block: { type: 'of_tomorrow', x: 1 },
      deltas: [{ type: 'of_tomorrow_delta', y: 2 }],
    } as const
    const { events } = await heard(
      reply([cited, future], { container: { id: 'container_1', expires_at: 'x' }, faults: { unknownEvents: true } }),
    )
    expect(find(events, 'block.citation')).toEqual([
      { type: 'block.citation', index: 0, citation: { type: 'char_location', cited_text: 'x' } },
    ])
    expect(find(events, 'message.delta')[0]?.container).toBe('container_1')
    expect(find(events, 'block.started')[1]?.block).toEqual({ type: 'of_tomorrow', x: 1 })
    expect(find(events, 'unknown').map(({ event }) => event)).toEqual([
      { type: 'early_event', of: 'tomorrow' },
      { type: 'content_block_delta', index: 1, delta: { type: 'of_tomorrow_delta', y: 2 } },
      { type: 'later_event', of: 'tomorrow' },
    ])
  })
})

describe('a refusal', () => {
  const details = { category: 'cyber', explanation: 'why' }

  it.each([
    ['before any output', refuse(details), ''],
    ['in the middle', refuse({ ...details, at: { afterDeltas: 2 } }, [text('One ', 'two ', 'three')]), 'One two '],
    ['with a block left open', refuse({ ...details, at: { afterDeltas: 1 }, openBlock: true }, [text('a', 'b')]), 'a'],
    ['at the end', refuse({ ...details, at: 'after' }, [text('One ', 'two')]), 'One two'],
  ])('is reported with its details %s', async (_, step, said) => {
    const result = await heard(step)
    expectWhole(result)
    expect(textOf(result.events)).toBe(said)
    expect(find(result.events, 'message.delta')).toMatchObject([{ stopReason: 'refusal', ...details }])
    const conversation = await settled(step)
    expect(conversation.endings()).toMatchObject([
      { type: 'reply.refused', refusal: { ...details, textShown: said !== '' } },
    ])
  })

  it('may have no details', async () => {
    const { events } = await heard(refuse({ omitDetails: true }))
    expect(find(events, 'message.delta')[0]).not.toHaveProperty('category')
    expect(find((await heard(refuse())).events, 'message.delta')[0]).toMatchObject({
      category: null,
      explanation: null,
    })
  })
})

const withoutPings = (events: readonly SourceEvent[]) => events.filter(({ type }) => type !== 'ping')

/** The chart after an attempt over HTTP. */
async function settled(step: Parameters<typeof heard>[0]) {
  const simulator = await simulate({ script: [step] })
  const conversation = await played(claude(clientOf(simulator)), { input: { model } })
  const { actor } = conversation
  await new Promise<void>((resolve) => {
    actor.subscribe(({ tags }) => tags.has('busy') || resolve())
    if (!actor.getSnapshot().hasTag('busy')) resolve()
  })
  return conversation
}

describe('the bytes of a reply', () => {
  const said = 'Grüße, 世界! 👩‍👩‍👧 Ω — “done”.\n\nNext: {"a":[1]}\r\nend'

  it.each(deliveries)('may arrive %s', async (_, faults: ScriptFaults) => {
    const plain = await heard(reply([text(said), toolUse('look', { text: said }, 'call1')]))
    const result = await heard(reply([text(said), toolUse('look', { text: said }, 'call1')], { faults }))
    expectWhole(result)
    expect(withoutPings(result.events)).toEqual(withoutPings(plain.events))
    expect(textOf(result.events)).toBe(said)
    expect(JSON.parse(deltasOf(result.events, 'toolInput'))).toEqual({ text: said })
  })

  it('are a sign of life even when they complete no event', async () => {
    const { items } = await heard(reply('Hi', { faults: { splitEveryByte: true } }))
    expect(items.filter((events) => events.length === 0).length).toBeGreaterThan(100)
  })

  it('may contain ten thousand deltas, split at arbitrary places', async () => {
    const whole = '日本語 👍🏽 é '.repeat(1_200)
    const deltas = Array.from(whole)
    expect(deltas.length).toBeGreaterThanOrEqual(10_000)
    const conversation = await settled(reply([{ ...text(whole), deltas }], { faults: { chunkBytes: 1021 } }))
    expect(conversation.deltas()).toHaveLength(deltas.length)
    expect(conversation.endings()).toMatchObject([
      { type: 'reply.finished', content: [{ type: 'text', text: whole }], stopReason: 'end_turn' },
    ])
  })
})

describe('the connection', () => {
  it('is closed by an abort, and the reply ends', async () => {
    const simulator = await simulate({ script: [reply([text('a', 'b', 'c')], { faults: { stallAfterDeltas: 2 } })] })
    const abort = new AbortController()
    const events: SourceEvent[] = []
    const reading = (async () => {
      for await (const item of open(claude(clientOf(simulator)), {}, abort.signal)) {
        events.push(...('type' in item ? [item] : item))
        if (textOf(events) === 'ab') abort.abort()
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'connection-lost' })
    const request = await simulator.waitForRequest()
    await request.closed
    expect(request.aborted).toBe(true)
  })

  it('is aborted as soon as a refusal arrives, and the reply ends', async () => {
    const simulator = await simulate({
      script: [refuse({ at: { afterDeltas: 1 } }, [text('a', 'b')], { faults: { delay: 5 } })],
    })
    const abort = new AbortController()
    const items = open(claude(clientOf(simulator)), {}, abort.signal)[Symbol.asyncIterator]()
    const events: SourceEvent[] = []
    const next = async () => {
      const { value } = await items.next()
      if (value) events.push(...('type' in value ? [value] : value))
    }
    while (!events.some((event) => event.type === 'message.delta' && event.stopReason === 'refusal')) await next()
    // The rest of the response is on its way.
    abort.abort()
    // Whichever of the two comes first: what must not happen is that nothing comes.
    await items.next().catch(() => {})
  })

  it('is closed by an abort before the response', async () => {
    const simulator = await simulate({ script: [reply('Hi', { faults: { stallBeforeHeaders: true } })] })
    const abort = new AbortController()
    const items = open(claude(clientOf(simulator)), {}, abort.signal)[Symbol.asyncIterator]()
    const first = expect(items.next()).rejects.toMatchObject({ code: 'connection-failed' })
    const request = await simulator.waitForRequest()
    abort.abort()
    await first
    await request.closed
    expect(request.aborted).toBe(true)
  })

  it('is closed when the reader stops reading, without an abort', async () => {
    const simulator = await simulate({ script: [reply([text('a', 'b', 'c')], { faults: { stallAfterDeltas: 2 } })] })
    const events: SourceEvent[] = []
    for await (const item of open(claude(clientOf(simulator)))) {
      events.push(...('type' in item ? [item] : item))
      if (textOf(events) === 'ab') break
    }
    const request = await simulator.waitForRequest()
    await request.closed
    expect(request.aborted).toBe(true)
  })

  it('is closed when the reader stops at its opening', async () => {
    const simulator = await simulate({ script: [reply([text('a', 'b')], { faults: { stallAfterDeltas: 1 } })] })
    for await (const item of open(claude(clientOf(simulator)))) {
      expect(item).toMatchObject({ type: 'opened' })
      break
    }
    const request = await simulator.waitForRequest()
    await request.closed
    expect(request.aborted).toBe(true)
  })

  it('is closed when the turn is stopped', async () => {
    const simulator = await simulate({ script: [reply([text('a', 'b', 'c')], { faults: { stallAfterDeltas: 2 } })] })
    const conversation = await played(claude(clientOf(simulator)), {
      input: { model },
      onEmitted: (event) => event.type === 'delta' && event.text === 'b' && conversation.stop(),
    })
    const request = await simulator.waitForRequest()
    await request.closed
    expect(request.aborted).toBe(true)
    expect(conversation.types()).toEqual(['reply.opened'])
    expect(conversation.state).toBe('stopped.saved')
  })

  it('is reused for the next request after a complete reply', async () => {
    const simulator = await simulate({ script: [reply('One'), reply('Two'), reply('Three')] })
    let connections = 0
    const client = clientOf(simulator)
    for (const said of ['One', 'Two', 'Three']) {
      expect(textOf((await listen(claude(client))).events)).toBe(said)
      connections = Math.max(connections, simulator.openSockets)
      // The pool gets the connection back one turn of the event loop after the end of the body.
      await turn()
    }
    expect(connections).toBe(1)
  })
})
