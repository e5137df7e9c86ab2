// The bench itself is run by hand. What it measures has to work until then: each contestant delivers what was sent, and what is
// shown is what was measured.
import { existsSync } from 'node:fs'
import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claude, createConversation, tool } from '../../src/index.ts'
import { leanFetch } from '../../src/node/index.ts'
import { between } from './contest/contest.ts'
import { entryOf, type Name, names, type Setting } from './contest/contestants.ts'
import { checkDelivered } from './contest/delivered.ts'
import { Delays, Page, Words } from './contest/hearing.ts'
import { show, targetsTable } from './tables.ts'

let server: Server
let origin = ''

beforeAll(async () => {
  const { startServer } = await import('./contest/server.ts')
  const started = await startServer()
  server = started.server
  origin = `http://127.0.0.1:${started.port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const setting = (path: string, of: Partial<Setting> = {}): Setting => ({
  url: `${origin}/${path}`,
  kind: 'text',
  withTools: false,
  reader: 'deltas',
  turnstate: { claude, createConversation, leanFetch, tool },
  ...of,
})

// Some packages are installed by the bench.
const areInstalled = existsSync(new URL('peers/node_modules', import.meta.url))
const here = names.filter((name) => areInstalled || (name !== 'langChain' && name !== 'tanStack'))

describe.each(here)('%s', (name) => {
  it('delivers each reply of a conversation as it was sent', async () => {
    const hearing = new Words()
    const contestant = await entryOf(name).load()
    const talk = contestant(setting('text/packed/50'))(hearing)
    for (let turn = 0; turn < 3; turn++) {
      hearing.begin()
      await talk('Go on.')
      checkDelivered(name, { kind: 'text', deltas: 50 }, hearing.text, undefined)
    }
  })

  it('delivers the call of a tool, and hears each delta of a paced reply', async () => {
    const hearing = new Words()
    const contestant = await entryOf(name).load()
    const input = await contestant(setting('tool-call/single/20', { kind: 'tool-call' }))(hearing)('Go on.')
    checkDelivered(name, { kind: 'tool-call', deltas: 20 }, hearing.text, input)

    const delays: number[] = []
    await contestant(setting('text/paced/3'))(new Delays((delay) => delays.push(delay)))('Go on.')
    expect(delays).toHaveLength(3)
    expect(Math.min(...delays)).toBeGreaterThan(-1)
  })
})

it.each(['floor', 'turnstate'] as const)(
  '%s delivers what is thought, with tools, and to a page',
  async (name: Name) => {
    const contestant = await entryOf(name).load()
    for (const [hearing, of] of [
      [new Words(), { kind: 'thinking', withTools: true }],
      [new Page(), { kind: 'text', reader: 'page' }],
    ] as const) {
      await contestant(setting(`${of.kind}/packed/40`, of))(hearing)('Go on.')
      checkDelivered(name, { kind: of.kind, deltas: 40 }, hearing.text, undefined)
    }
  },
)

it('a contestant that delivers anything else ends the run', () => {
  expect(() => checkDelivered('floor', { kind: 'text', deltas: 3 }, 'something else', undefined)).toThrow('floor heard')
  expect(() => checkDelivered('chat', { kind: 'tool-call', deltas: 3 }, '', { lines: [] })).toThrow('another input')
})

it('a ratio is the median of the rounds that both had, and shows its quartiles', () => {
  const ours = new Map([2, 4, 6, 8, 100].map((value, round) => [round, value]))
  const floor = new Map([2, 2, 2, 2].map((value, round) => [round, value]))
  expect(show(between(ours, floor))).toBe('2.50 (1.75–3.25)')
  expect(show(between(ours, undefined))).toBe('–')
})

it('the table of targets has the rows of which all was measured', () => {
  const reached = { figure: { median: 0.5 }, limit: 1 }
  const missed = { figure: { median: 4, low: 3, high: 5 }, limit: 3, unit: ' µs' }
  const rows = [
    { what: 'both', targets: [reached, missed] },
    { what: 'half', targets: [reached, { figure: null, limit: 1 }] },
  ]
  expect(targetsTable(rows)?.split('\n').slice(2)).toEqual([
    '| both | 0.50 / 4.00 µs (3.00–5.00) | ≤ 1 / ≤ 3 µs | ok / **over** |',
  ])
})
