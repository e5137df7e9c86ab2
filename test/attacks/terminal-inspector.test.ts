// Attacks by conversations on the terminal that shows them. docs/security.md shows the outcomes.
import { SimulatedClock } from 'xstate'
import { expect } from 'vitest'
import type { ChartDefinition } from '../../src/inspect/chart/definition.ts'
import { Hub } from '../../src/inspect/hub/hub.ts'
import { HubConversation } from '../../src/inspect/hub/hub-conversation.ts'
import { Sender } from '../../src/inspect/link/sender.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { frameOf } from '../../src/inspect/terminal/frame.ts'
import { TerminalInspector } from '../../src/inspect/terminal/terminal-inspector.ts'
import { start } from '../conversation/start.ts'
import { asRecords, chart } from '../inspect/fixtures.ts'
import { chartWith, deepChart, stateOf } from '../inspect/odd-charts.ts'
import { completed, created } from '../journal/fixtures.ts'
import { attackSurface } from './attack.ts'

const size = { columns: 100, rows: 30 }

/** Sequences that control a terminal, or reorder or hide its text, with marks to find them by. */
const steering = [
  '\u001B[2J',
  '\u001B]0;title\u0007',
  '\u001B]52;c;aGk=\u0007',
  '\u009B31m',
  '\u0007',
  '\u0008\u0008',
  '\r',
  '\u007F',
  '\u202Eevil\u202C',
  '\u2066evil\u2069',
  '\u2028',
  '\u2029',
  '\u200B',
  '\uFEFF',
  '\u{E0041}',
]
const isSteering =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\u2028\u2029\u200B\uFEFF\u{E0000}-\u{E0FFF}]/u

/** A terminal that keeps its output, without the inspector's own cursor sequences. */
function terminalOf(canMove: boolean) {
  const written: string[] = []
  // oxlint-disable-next-line no-control-regex -- these are the sequences that the inspector draws with
  const own = /\u001B\[(?:\?1049[hl]|\?25[hl]|H|K|J)|\r\n/g
  return {
    written,
    foreign: () => written.map((text) => text.replaceAll(own, '').replaceAll('\n', '')).join(''),
    terminal: {
      write: (text: string) => void written.push(text),
      size: () => size,
      paint: (_style: unknown, text: string) => text,
      canMove,
    },
  }
}

const keptOf = (odd: ChartDefinition, records: readonly InspectionRecord[]): HubConversation => {
  const origin = { kind: 'file', name: 'odd', pid: null } as const
  const kept = new HubConversation('file-1', origin, null, {
    chart: odd,
    allowsControl: false,
    appKey: '0',
    process: null,
  })
  for (const record of records) kept.log.add(record)
  return kept
}

const drawn = (kept: HubConversation) => frameOf({ url: 'http://127.0.0.1', shown: kept, position: 0, count: 1 }, size)

const base = { v: 1, at: 0, conversation: 'c1', session: 's', turnId: null, attempt: null } as const

attackSurface('Terminal inspector', [
  {
    attack: 'control sequences, bidi marks and invisible characters in every name, id and text',
    run: async () => {
      let checked = 0
      for (const canMove of [true, false])
        for (const odd of steering) {
          const clock = new SimulatedClock()
          const hub = new Hub({ clock })
          const { terminal, foreign } = terminalOf(canMove)
          const inspector = new TerminalInspector(hub, 'http://127.0.0.1', terminal, clock)
          const named = {
            ...chart,
            id: odd,
            states: chart.states.map((state) => ({ ...state, key: `${state.key}${odd}` })),
          }
          const records: InspectionRecord[] = [
            {
              ...base,
              type: 'observed',
              seq: 0,
              conversation: `c${odd}`,
              model: `m${odd}`,
              machine: { id: odd, version: odd },
              state: `idle${odd}`,
              revision: 0,
              includesText: true,
            },
            {
              ...base,
              type: 'transition',
              seq: 1,
              conversation: `c${odd}`,
              actor: 'conversation',
              from: `a${odd}`,
              to: `b${odd}`,
              event: `e${odd}`,
              guard: `g${odd}`,
              transitions: [],
            },
            {
              ...base,
              type: 'refusal',
              seq: 2,
              conversation: `c${odd}`,
              turnId: `t${odd}`,
              category: `k${odd}`,
              model: `m${odd}`,
              textShown: false,
              nothingLeft: false,
              suspects: [{ kind: odd } as never],
            },
            { ...base, type: 'rejection', seq: 3, turnId: `t${odd}`, code: odd, pointer: odd, suspects: [] } as never,
            ...asRecords([
              created,
              ...completed('a', null).map((fact) =>
                fact.type === 'turn.opened' ? { ...fact, input: `words${odd}` } : fact,
              ),
            ]).map((record) => ({ ...record, seq: record.seq + 10 })),
          ]
          await hub.addFile('odd', [{ chart: named, records, state: `idle${odd}`, dropped: 0 }])
          clock.increment(1_000)
          inspector.close()
          if (canMove) expect(foreign()).toContain('words')
          expect(foreign()).not.toMatch(isSteering)
          checked++
        }
      return `${checked} frames and lists, with none of them`
    },
  },
  {
    attack: 'charts with states that contain themselves or each other, appear twice, or lack a parent',
    run: async () => {
      const charts = [
        chartWith([stateOf('', null), stateOf('a', 'a')]),
        chartWith([stateOf('', ''), stateOf('a', '')]),
        chartWith([stateOf('', 'a'), stateOf('a', '')]),
        chartWith([stateOf('', null), stateOf('', '')]),
        chartWith([]),
        deepChart(20_000),
      ]
      for (const odd of charts) {
        const kept = keptOf(odd, [])
        kept.log.state = odd.states.map(({ id }) => id).join('.')
        expect(drawn(kept)).toHaveLength(size.rows)
      }
      return `${charts.length} frames of the size of the terminal`
    },
  },
  {
    attack: 'a conversation of 10,000 turns, and turns of 10 MB',
    run: async () => {
      const turns = Array.from({ length: 10_000 }, (_, n) => completed(`t${n}`, n === 0 ? null : `t${n - 1}`)).flat()
      const long = completed('long', 't9999').map((fact) =>
        fact.type === 'turn.opened'
          ? { ...fact, input: `long ${' '.repeat(5_000_000)}${'x'.repeat(5_000_000)}` }
          : fact,
      )
      const kept = keptOf(chart, asRecords([created, ...turns, ...long]))
      expect(kept.log.lost).toBe(0)
      drawn(kept)
      const before = performance.now()
      const lines = drawn(kept)
      expect(performance.now() - before).toBeLessThan(500)
      expect(JSON.stringify(lines)).toContain('long')
      return 'the newest are drawn, and the others are not even read'
    },
  },
  {
    attack: 'states and names of a million characters, with wide and joined ones',
    run: async () => {
      const odd = [
        'x'.repeat(1_000_000),
        '漢'.repeat(300_000),
        '👩‍👩‍👧‍👦'.repeat(100_000),
        'e\u0301\u0302\u0303'.repeat(200_000),
      ]
      const before = performance.now()
      for (const name of odd) {
        const kept = keptOf({ ...chart, id: name }, [])
        kept.log.state = name
        for (const line of drawn(kept)) expect(line.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(2_000)
      }
      expect(performance.now() - before).toBeLessThan(4_000)
      return `${odd.length} frames, without a line wider than the terminal`
    },
  },
  {
    attack: 'secrets in every place for texts, without includeText',
    run: async () => {
      const clock = new SimulatedClock()
      const hub = new Hub({ clock })
      const screens = [terminalOf(true), terminalOf(false)]
      const inspectors = screens.map(({ terminal }) => new TerminalInspector(hub, 'http://127.0.0.1', terminal, clock))
      const connection = hub.addProcess({ origin: { kind: 'process', name: 'app.js', pid: 1 }, ask: () => true })
      const sender = new Sender(
        { isReady: () => true, send: (message) => connection.receive(message) },
        { includeText: false, allowControl: false, clock },
      )
      const { chat, ask, asked } = start({
        request: { system: 'secret system' },
        onRefusal: { rephrase: () => 'secret other words' },
      })
      sender.attach(chat)
      const { turn, reply } = await ask('secret question')
      reply.say('secret part')
      reply.stop('refusal', { category: 'cyber', explanation: 'secret explanation' })
      ;(await asked(2)).answer('secret answer')
      await turn
      sender.flush()
      clock.increment(1_000)
      for (const inspector of inspectors) inspector.close()
      for (const { written } of screens) {
        expect(written.join('')).toContain('refused')
        expect(written.join('')).not.toContain('secret')
      }
      return 'none of them is on the screen'
    },
  },
])
