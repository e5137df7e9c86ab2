// Hostile records of a connected process. docs/security.md shows the outcomes.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect } from 'vitest'
import type { Fact } from '../../src/index.ts'
import { chart, asRecords } from '../inspect/fixtures.ts'
import { chartWith, deepChart, stateOf } from '../inspect/odd-charts.ts'
import { ask, connect, inspecting } from '../inspect/serving.ts'
import { completed, created, moved, opened } from '../journal/fixtures.ts'
import { nestedJson } from '../nested.ts'
import { attackSurface } from './attack.ts'
import { tally } from './viewers.ts'

/** A process that has announced a conversation. */
async function producer(announced: unknown = chart) {
  const inspector = await inspecting()
  const { socket, say } = await connect(inspector.url, 'process')
  say({ type: 'hello', origin: { kind: 'process', name: 'app.js', pid: 7 } })
  say({ type: 'conversation', key: 'one', chart: announced, allowsControl: false })
  let seq = 1_000
  return {
    inspector,
    log: () => inspector.hub.conversations[0]?.log,
    say: (text: string) => socket.send(text),
    sendRecords: (records: readonly unknown[]) => say({ type: 'records', key: 'one', records, state: 'idle' }),
    /** Waits until everything that was sent is read, and checks that the connection still works. */
    stillWorks: async (): Promise<void> => {
      seq++
      const marker = { v: 1, type: 'ended', seq, at: 0, conversation: `marker${seq}`, status: 'done' }
      say({ type: 'conversation', key: 'two', chart, allowsControl: false })
      say({ type: 'records', key: 'two', records: [marker], state: 'idle' })
      await new Promise<void>((resolve) => {
        const look = () => {
          if (!inspector.hub.conversations.some(({ log }) => log.others.some((other) => other.seq === seq))) return
          end()
          resolve()
        }
        const end = inspector.hub.subscribe(look)
        look()
      })
      expect((await ask(inspector.url)).status).toBe(200)
    },
  }
}

/** How many of these facts an inspector accepts, and why it rejects the others. */
async function takenOf(facts: readonly Fact[]): Promise<string> {
  const { sendRecords, stillWorks, log } = await producer()
  sendRecords(asRecords(facts))
  await stillWorks()
  const why = log()?.others.flatMap((record) => (record.type === 'lost' ? (record.why ?? '') : [])) ?? []
  return `${log()?.facts.length ?? 0} of ${facts.length} accepted (${why[0] ?? 'none lost'})`
}

const lostOf = async (records: readonly unknown[]): Promise<string> => {
  const { sendRecords, stillWorks, log } = await producer()
  sendRecords(records)
  await stillWorks()
  return `${log()?.lost ?? 0} of ${records.length} lost`
}

const record = { v: 1, type: 'lost', seq: 0, at: 0, conversation: 'c1', count: 1 }

attackSurface('Records of producers', [
  {
    attack: 'a summary that replaces itself',
    run: async () =>
      takenOf([
        created,
        { type: 'turn.opened', turnId: 'a', parent: null, input: 'x', at: 0, kind: 'compaction', replaces: 'a' },
        { type: 'turn.settled', turnId: 'a', status: 'failed', kept: false },
      ]),
  },
  { attack: 'a turn that follows itself', run: async () => takenOf([created, opened('a', 'a')]) },
  {
    attack: 'two summaries that replace each other',
    run: async () =>
      takenOf([
        created,
        { type: 'turn.opened', turnId: 'a', parent: null, input: 'x', at: 0, replaces: 'b' },
        { type: 'turn.opened', turnId: 'b', parent: null, input: 'x', at: 0, replaces: 'a' },
      ]),
  },
  {
    attack: 'a move to an unknown turn, which withdraws unknown turns',
    run: async () => takenOf([created, ...completed('a', null), moved('a', 'z', { cause: 'clear', withdrawn: ['y'] })]),
  },
  {
    attack: 'a journal that begins in the middle, and one that begins twice',
    run: async () => tally([await takenOf([opened('a', null)]), await takenOf([created, created])]),
  },
  {
    attack: 'moves from one branch of 2,500 turns to another, a thousand times',
    run: async () => {
      const { sendRecords, stillWorks, log } = await producer()
      const branch = (name: string) =>
        Array.from({ length: 2_500 }, (_, n) => completed(`${name}${n}`, n === 0 ? null : `${name}${n - 1}`)).flat()
      const tips = ['b2499', 'a2499']
      const moves = Array.from({ length: 1_000 }, (_, n) => moved(tips[n % 2] ?? '', tips[(n + 1) % 2] ?? ''))
      const facts = asRecords([created, ...branch('a'), ...branch('b'), ...moves])
      const delays = monitorEventLoopDelay({ resolution: 5 })
      delays.enable()
      for (let from = 0; from < facts.length; from += 500) sendRecords(facts.slice(from, from + 500))
      await stillWorks()
      delays.disable()
      expect(log()?.facts.length).toBe(facts.length)
      // Each 500 moves took four seconds once.
      expect(delays.max / 1e6).toBeLessThan(1_000)
      return 'accepted; the process paused for less than a second'
    },
  },
  {
    attack: '20,000 levels in a record',
    run: async () => {
      const { say, stillWorks, log } = await producer()
      say(`{"type":"records","key":"one","state":"idle","records":[{"type":"x","more":${nestedJson(20_000)}}]}`)
      await stillWorks()
      return `dropped with its message; ${log()?.others.length ?? 0} records kept`
    },
  },
  {
    attack: 'invalid numbers, of records and in their counts',
    run: async () => {
      const { say, stillWorks, log } = await producer()
      const odd = [
        '"seq":1e999',
        '"seq":-1',
        '"seq":0.5',
        '"seq":9007199254740993',
        '"at":1e999',
        '"count":1e999',
        '"count":-5',
      ]
      const records = odd.map((field) => JSON.stringify(record).replace('"count":1', `"count":1,${field}`))
      say(`{"type":"records","key":"one","state":"idle","records":[${records.join(',')}]}`)
      await stillWorks()
      return `${log()?.lost ?? 0} of ${odd.length} lost`
    },
  },
  {
    attack: 'records with missing fields, and with fields of another type',
    run: async () =>
      lostOf([
        null,
        7,
        [],
        {},
        { ...record, type: 'fact' },
        { ...record, type: 'fact', index: 0, state: null, fact: { type: '__proto__' } },
        { ...record, type: 'transition', actor: 'conversation', from: 'a', to: { length: 1 }, event: 'x' },
        { ...record, type: 'observed', model: 'm', state: 'x'.repeat(2_000), revision: 0, includesText: false },
        { ...record, type: 'refusal', turnId: 'a', category: null, suspects: 'all' },
        { ...record, type: 'x'.repeat(2_000) },
      ]),
  },
  {
    attack: 'charts with states that contain themselves or each other, appear twice, or are too many',
    run: async () => {
      const charts = [
        chartWith([stateOf('', null), stateOf('a', 'a')]),
        chartWith([stateOf('', null), stateOf('a', 'b'), stateOf('b', 'a')]),
        chartWith([stateOf('', null), stateOf('a', ''), stateOf('a', '')]),
        deepChart(200),
        chartWith(Array.from({ length: 301 }, (_, n) => stateOf(n === 0 ? '' : `s${n}`, n === 0 ? null : ''))),
        {
          ...chart,
          transitions: [
            { id: 'x', source: '', targets: ['gone'], on: { kind: 'always' }, guard: null, reenter: false },
          ],
        },
        { id: 'x', version: '1', states: 'all', transitions: {} },
      ]
      for (const odd of charts) {
        const { inspector, stillWorks } = await producer(odd)
        await stillWorks()
        expect(inspector.hub.conversations).toHaveLength(1)
      }
      return `${charts.length} conversations rejected; another of the same process is accepted`
    },
  },
  {
    attack: 'states with 500 dots, and texts that look like placeholders',
    run: async () => {
      const { say, stillWorks, log, inspector } = await producer()
      say(JSON.stringify({ type: 'records', key: 'one', state: 'a.'.repeat(499), records: [record] }))
      say(
        JSON.stringify({
          type: 'records',
          key: 'one',
          state: 'idle',
          records: asRecords([created, opened('a', null, { input: `‹${'9'.repeat(100_000)} characters›` })]),
        }),
      )
      await stillWorks()
      expect(inspector.hub.summaries()).toHaveLength(2)
      return `${log()?.facts.length ?? 0} facts accepted and shown`
    },
  },
])
