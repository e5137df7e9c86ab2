import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { Delta } from '../../src/index.ts'
import { noUsage } from '../../src/journal/usage.ts'
import type { WireOutcome } from '../../src/client/wire.ts'
import { Channel } from '../../src/server/streams/channel.ts'
import { frameOf } from '../../src/server/streams/event-lines.ts'
import { type Entry, Ring } from '../../src/server/streams/ring.ts'
import { runs } from '../runs.ts'
import { staged } from './stage.ts'

const delta = (block: number, text: string, attempt = 1): Delta => ({
  type: 'delta',
  turnId: 't1',
  attempt,
  seq: 0,
  block,
  kind: 'text',
  text,
})

type Step = { readonly data: Delta | string; readonly revision: number } | 'void'

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        data: fc
          .record({ block: fc.nat(1), text: fc.string({ maxLength: 5 }) })
          .map(({ block, text }) => delta(block, text)),
        revision: fc.nat(1),
      }),
    },
    { weight: 2, arbitrary: fc.record({ data: fc.string({ maxLength: 5 }), revision: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.constant('void' as const) },
  ),
  { maxLength: 60 },
) satisfies fc.Arbitrary<readonly Step[]>

/** What a viewer shows of entries: deltas of a block that follow each other are one, and what is void shows nothing. */
function shown(entries: readonly Entry[]): readonly string[] {
  const parts: { of: string; text: string }[] = []
  for (const { name, data } of entries) {
    if (name === null) continue
    const of = typeof data === 'string' ? 'event' : `block ${data.block}`
    const text = typeof data === 'string' ? data : data.text
    const last = parts.at(-1)
    if (last?.of === of && of !== 'event') last.text += text
    else parts.push({ of, text })
  }
  return parts.map(({ of, text }) => `${of} ${text}`)
}

it('The events that are kept show what single ones would, from any of them on, however many deltas they hold', () => {
  fc.assert(
    fc.property(steps, fc.nat(2_000), (taken, most) => {
      const ring = new Ring(most)
      let all: Entry[] = []
      let seq = 0
      for (const step of taken) {
        if (step === 'void') {
          ring.void(new Set(['delta']))
          all = all.map((entry) => (entry.name === 'delta' ? { ...entry, name: null, data: '' } : entry))
          continue
        }
        const { data, revision } = step
        const entry: Entry = {
          position: { revision, outcomes: 0, epoch: 'e', nth: ring.next },
          name: typeof data === 'string' ? 'change' : 'delta',
          data: typeof data === 'string' ? data : { ...data, seq: seq++ },
          message: 't1',
          isLast: false,
          isChange: false,
          whole: null,
        }
        ring.add(entry)
        all.push(entry)
        ring.trim()
      }
      expect(ring.next).toBe(all.length + 1)
      for (let nth = 0; nth <= all.length + 2; nth++) {
        const since = ring.since(nth)
        if (nth < ring.first || nth > ring.next) {
          expect(since).toBeNull()
          continue
        }
        const single = all.slice(nth - 1)
        expect(shown(since ?? [])).toEqual(shown(single))
        expect(since?.at(-1)?.position).toEqual(single.at(-1)?.position)
        const [first, alone] = [since?.[0]?.data, single[0]?.data]
        if (typeof first === 'object' && typeof alone === 'object') expect(first.seq).toBe(alone.seq)
      }
    }),
    { numRuns: runs(200) },
  )
})

it('A channel lets its events go ten seconds after the last one, but not while a message is answered', async () => {
  const { created, json } = staged()
  await created()
  const { body: state } = await json('GET', '/v1/conversations/c1')
  vi.useFakeTimers()
  try {
    const channel = new Channel({ ...state, status: 'streaming' }, 100_000)
    const { start } = channel
    channel.publish({ name: 'delta', data: {}, delta: delta(0, 'one') })
    channel.publish({ name: 'turn.completed', data: {} })
    vi.advanceTimersByTime(60_000)
    expect(channel.since(start)).toHaveLength(2)
    channel.change({ ...state, status: 'ready' })
    vi.advanceTimersByTime(9_000)
    expect(channel.since(start)).toHaveLength(3)
    vi.advanceTimersByTime(1_000)
    expect(channel.since(start)).toBeNull()
    expect(channel.since(channel.position)).toEqual([])
  } finally {
    vi.useRealTimers()
  }
})

const completed: WireOutcome = {
  status: 'completed',
  turnId: 't1',
  text: 'word',
  model: 'claude-opus-5-5',
  stopReason: 'end_turn',
  finishReason: 'stop',
  truncated: false,
  usage: noUsage,
  attempts: [],
  servedAfterRefusal: false,
  refusals: [],
}

it('A channel gives each viewer what its events say, whatever was made for others before', async () => {
  const { created, json } = staged()
  await created()
  const { body: state } = await json('GET', '/v1/conversations/c1')
  const deed = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('delta'), message: fc.constantFrom('t1', 't2') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('change', 'outcome', 'retract'),
        message: fc.constantFrom('t1', 't2'),
      }),
    },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('read'), message: fc.constantFrom('t1', 't2', undefined) }) },
  )
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), fc.constantFrom(400, 100_000), (deeds, bytes) => {
      const channel = new Channel(state, bytes)
      const positions = [channel.start]
      for (const [at, { kind, message = null }] of deeds.entries()) {
        const data = { at }
        if (kind === 'delta') channel.publish({ name: 'delta', data, delta: delta(at, 'word '), message })
        if (kind === 'change') channel.publish({ name: 'change', data, message })
        if (kind === 'outcome') channel.publish({ name: 'turn.completed', data, message, outcome: completed })
        if (kind === 'retract') channel.retract({ ...state, revision: state.revision + at })
        positions.push(channel.position)
        if (kind !== 'read') continue
        // Those that keep up come last, as most do.
        for (const from of [...positions, ...positions.toReversed()]) {
          const entries = channel.since(from)
          expect(channel.frameAfter(from, message ?? undefined)).toEqual(
            entries && frameOf(entries, message ?? undefined),
          )
        }
      }
    }),
    { numRuns: runs(60) },
  )
})

it('A channel makes a frame once for all viewers that keep up', async () => {
  const { created, json } = staged()
  await created()
  const { body: state } = await json('GET', '/v1/conversations/c1')
  const callsWith = (viewers: number) => {
    const channel = new Channel(state, 100_000)
    const { position } = channel
    for (let nth = 0; nth < 5; nth++) channel.publish({ name: 'delta', data: {}, delta: delta(0, 'word ') })
    const stringify = vi.spyOn(JSON, 'stringify')
    try {
      for (let viewer = 0; viewer < viewers; viewer++) channel.frameAfter(position)
      return stringify.mock.calls.length
    } finally {
      stringify.mockRestore()
    }
  }
  expect(callsWith(1)).toBe(1)
  expect(callsWith(100)).toBe(1)
})
