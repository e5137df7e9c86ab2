// Hostile files that an inspector opens. docs/security.md shows the outcomes.
import { randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect } from 'vitest'
import { TurnstateError } from '../../src/index.ts'
import { startInspector } from '../../src/inspect/index.ts'
import type { Fact } from '../../src/index.ts'
import { start } from '../conversation/start.ts'
import { asRecords, chart } from '../inspect/fixtures.ts'
import { chartWith, deepChart, stateOf } from '../inspect/odd-charts.ts'
import { ask, inspecting } from '../inspect/serving.ts'
import { completed, created, opened } from '../journal/fixtures.ts'
import { nestedJson } from '../nested.ts'
import { attackSurface } from './attack.ts'
import { tally } from './viewers.ts'

const heading = '{"turnstate":"inspection","v":1}\n'
const chartLine = `${JSON.stringify({ conversation: 'c1', chart })}\n`
const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

/** A file of one conversation with these facts. */
const fileOf = (facts: readonly Fact[]) => heading + chartLine + lines(asRecords(facts))
/** A file of one conversation with this line, unchanged. */
const fileWith = (line: string) => `${heading}${chartLine}${line}\n`

/** The answer of an inspector to a file. Checks that a conversation beside it continues. */
async function answerTo(body: string): Promise<string> {
  const inspector = await inspecting()
  const talk = start({ inspect: inspector })
  const answer = await ask(`${inspector.url}import?name=x`, { method: 'POST', body })
  expect((await talk.exchange('are you there', 'yes')).status).toBe('completed')
  expect((await ask(inspector.url)).status).toBe(200)
  // Nothing of a rejected file is kept.
  const filed = inspector.hub.conversations.filter(({ origin }) => origin.kind === 'file')
  if (answer.status !== 200) expect(filed).toEqual([])
  const [, why = ''] = /line \d+: (.*?)\. Nothing/.exec(answer.body) ?? /^(.*?)\.? Nothing/.exec(answer.body) ?? []
  return answer.status === 200 ? `200 ${filed.length} kept` : `${answer.status} ${why}`
}

/** The same, with the longest time that the process was blocked, in milliseconds. */
async function pauseDuring(body: string): Promise<{ readonly answer: string; readonly pause: number }> {
  const delays = monitorEventLoopDelay({ resolution: 5 })
  delays.enable()
  const answer = await answerTo(body)
  delays.disable()
  return { answer, pause: delays.max / 1e6 }
}

const compaction = (more: object): Fact =>
  ({ ...opened('a', null), kind: 'compaction', ...more }) as Extract<Fact, { type: 'turn.opened' }>

const words = (text: string) => text.slice(0, 120)

attackSurface('Inspection files', [
  {
    attack: '20,000 levels in a record, in a chart, and in the first line',
    run: async () => {
      const deep = nestedJson(20_000)
      const happened = [
        await answerTo(fileWith(`{"v":1,"type":"x","seq":0,"at":0,"conversation":"c1","more":${deep}}`)),
        await answerTo(`${heading}{"conversation":"c1","chart":${deep}}\n`),
        await answerTo(`{"turnstate":"inspection","v":1,"more":${deep}}\n`),
        await answerTo('['.repeat(1_000_000)),
      ]
      return tally(happened)
    },
  },
  {
    attack: 'a summary that replaces itself, and two that replace each other',
    run: async () =>
      tally([
        await answerTo(fileOf([created, compaction({ replaces: 'a' })])),
        await answerTo(fileOf([created, compaction({ replaces: 'b' })])),
      ]),
  },
  {
    attack: 'turns that follow themselves or later turns, or are opened or settled twice',
    run: async () => {
      const [open, ...rest] = completed('a', null)
      const files = [
        [created, opened('a', 'a')],
        [created, opened('a', 'b')],
        [created, ...completed('a', null), ...completed('a', 'a')],
        [created, ...(open ? [open] : []), ...rest, ...rest.slice(-1)],
      ]
      return tally(await Promise.all(files.map(async (facts) => words(await answerTo(fileOf(facts))))))
    },
  },
  {
    attack: 'charts with states that contain themselves, appear twice, lack a parent, or are nested 20,000 deep',
    run: async () => {
      const charts = [
        chartWith([stateOf('', null), stateOf('a', 'a')]),
        chartWith([stateOf('', null), stateOf('a', 'b'), stateOf('b', 'a')]),
        chartWith([stateOf('', null), stateOf('a', ''), stateOf('a', '')]),
        chartWith([stateOf('', null), stateOf('a', 'gone')]),
        chartWith([]),
        deepChart(200),
        deepChart(20_000),
      ]
      const happened: string[] = []
      for (const odd of charts) happened.push(await answerTo(heading + lines([{ conversation: 'c1', chart: odd }])))
      return tally(happened.map((answer) => answer.slice(0, 3)))
    },
  },
  {
    attack: 'invalid numbers: 1e999 as a position, a time and a count',
    run: async () => {
      const record = (fields: string) => `{"v":1,"type":"lost","conversation":"c1",${fields}}`
      return tally([
        await answerTo(fileWith(record('"seq":1e999,"at":0,"count":1'))),
        await answerTo(fileWith(record('"seq":0,"at":1e999,"count":1'))),
        await answerTo(fileWith(record('"seq":0,"at":0,"count":1e999'))),
        await answerTo(fileWith(record('"seq":-1,"at":0,"count":1'))),
        await answerTo(fileWith(record('"seq":0.5,"at":0,"count":1'))),
      ])
    },
  },
  {
    attack: '60,000 waiting inputs, in 11 MB, and 110,000',
    run: async () => {
      const happened: string[] = []
      for (const count of [60_000, 110_000]) {
        const queued = Array.from({ length: count }, (_, index): Fact => ({
          type: 'input.queued',
          turnId: `q${index}`,
          input: 'x'.repeat(60),
          at: 0,
        }))
        const { answer, pause } = await pauseDuring(fileOf([created, ...queued]))
        // It took 38 seconds once.
        expect(pause).toBeLessThan(1_000)
        happened.push(answer)
      }
      return `${tally(happened)}; the process paused for less than a second`
    },
  },
  {
    attack: 'a million lines',
    run: async () => {
      const line = '{"v":1,"type":"x","seq":0,"at":0,"conversation":"c"}\n'
      const { answer, pause } = await pauseDuring(heading + chartLine + line.repeat(1_000_000))
      expect(pause).toBeLessThan(1_000)
      return `${answer}; the process paused for less than a second`
    },
  },
  {
    attack: 'a line of 20 MB, a line of 250,000 values, and 80 MB in all',
    run: async () => {
      const record = (more: string) => `{"v":1,"type":"x","seq":0,"at":0,"conversation":"c1","more":${more}}`
      const happened = [
        await pauseDuring(fileWith(record(`"${'x'.repeat(20_000_000)}"`))),
        await pauseDuring(fileWith(record(`[${'0,'.repeat(250_000)}0]`))),
        await pauseDuring(heading + chartLine + `${record(`"${'x'.repeat(1_000_000)}"`)}\n`.repeat(80)),
      ]
      for (const { pause } of happened) expect(pause).toBeLessThan(1_000)
      return tally(happened.map(({ answer }) => answer))
    },
  },
  {
    attack: '600 conversations',
    run: async () => await answerTo(heading + chartLine.repeat(600)),
  },
  {
    attack: 'random bytes, lines that are not UTF-8, and names like __proto__',
    run: async () => {
      const inspector = await inspecting()
      const post = async (body: Buffer) => {
        const response = await fetch(`${inspector.url}import?name=x`, { method: 'POST', body: new Uint8Array(body) })
        return `${response.status} ${(await response.text()).includes('inspection-file-invalid') ? 'inspection-file-invalid' : ''}`
      }
      const odd = '{"__proto__":{"v":1},"constructor":{"prototype":{"v":1}},"type":"fact"}'
      const happened = [
        await post(randomBytes(100_000)),
        await post(Buffer.concat([Buffer.from(heading), Buffer.from([0xff, 0xfe, 0x0a])])),
        await post(Buffer.from(fileWith(odd))),
      ]
      expect(Object.hasOwn(Object.prototype, 'v')).toBe(false)
      return tally(happened)
    },
  },
  {
    attack: 'a file of 300 MB that the app opens at the start',
    run: async () => {
      const directory = mkdtempSync(join(tmpdir(), 'turnstate-'))
      try {
        const path = join(directory, 'large.jsonl')
        const file = openSync(path, 'w')
        writeSync(file, heading + chartLine)
        const megabyte = `{"v":1,"type":"x","seq":0,"at":0,"conversation":"c","more":"${'x'.repeat(1_000_000)}"}\n`
        for (let n = 0; n < 300; n++) writeSync(file, megabyte)
        closeSync(file)
        const delays = monitorEventLoopDelay({ resolution: 5 })
        delays.enable()
        const error: unknown = await startInspector({ file: path }).catch((thrown: unknown) => thrown)
        delays.disable()
        expect(delays.max / 1e6).toBeLessThan(1_000)
        return `${TurnstateError.is(error) ? error.code : 'started'}, after the first 64 MB; the app keeps running`
      } finally {
        rmSync(directory, { recursive: true })
      }
    },
  },
])
