import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import type { Store } from '../../src/stores/index.ts'
import { programOf } from '../scripts/programs.ts'
import { runs } from '../runs.ts'
import { factsOf } from './facts.ts'
import { postgresPlace } from './postgres.ts'
import { sqliteModules, sqlitePlace } from './sqlite.ts'
import type { WriterOptions, WriterReport } from './writer.ts'

const hour = 3_600_000
const lease = 300

interface Place {
  readonly store: Store
  readonly options: Pick<WriterOptions, 'sqlite' | 'postgres'>
}

const places: readonly (readonly [string, () => Promise<Place>])[] = [
  [
    'SQLite',
    async () => {
      const place = sqlitePlace()
      onTestFinished(place.close)
      const { path } = place
      return { store: place.open(), options: { sqlite: { path, worker: sqliteModules().worker } } }
    },
  ],
  [
    'Postgres',
    async () => {
      const place = await postgresPlace()
      onTestFinished(place.close)
      return { store: place.open(), options: { postgres: place.url } }
    },
  ],
]

/** A writer in a process, and what it has reported. */
class Writer {
  readonly reports: WriterReport[] = []
  readonly #process: ChildProcess
  readonly #waiting = new Set<() => void>()

  constructor(options: WriterOptions) {
    const program = programOf(inject('programs'), 'test/stores/writer.ts')
    this.#process = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void this.#process.kill('SIGKILL'))
    if (!this.#process.stdout) throw new Error('The writer has no standard output.')
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.reports.push(JSON.parse(line) as WriterReport)
      for (const look of this.#waiting) look()
    })
  }

  /** The next report of a type after the first so many, or `null` if none comes in time. */
  async next(type: WriterReport['type'], after: number, within = 30_000): Promise<WriterReport | null> {
    const ending = new AbortController()
    const found = new Promise<WriterReport>((resolve) => {
      const look = () => {
        const report = this.reports.slice(after).find((each) => each.type === type)
        if (report) resolve(report)
      }
      this.#waiting.add(look)
      ending.signal.addEventListener('abort', () => this.#waiting.delete(look))
      look()
    })
    const late = setTimeout(within, null, { signal: ending.signal }).catch(() => null)
    const first = await Promise.race([found, late])
    ending.abort()
    return first
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Lets it finish what it does. */
  async end(): Promise<void> {
    const ended = once(this.#process, 'close')
    this.#process.stdin?.end()
    await ended
  }

  async crash(): Promise<void> {
    const ended = once(this.#process, 'close')
    this.kill('SIGKILL')
    await ended
  }
}

/** No fact is lost or doubled, and no two owners have mixed: tokens only grow from fact to fact. */
async function check(store: Store, writers: readonly Writer[]): Promise<void> {
  const facts = await factsOf(store, 'c')
  expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_, index) => index))
  const tokens = facts.map((fact) => Number(JSON.stringify(fact).match(/"input":"\w+ (\d+)"/)?.[1]))
  expect(tokens).toEqual(tokens.toSorted((one, other) => one - other))
  const reported = writers.flatMap(({ reports }) => reports.filter((report) => report.type === 'saved'))
  expect(new Set(reported.map(({ seq }) => seq)).size).toBe(reported.length)
  for (const { seq, token } of reported) expect([seq, tokens[seq]]).toEqual([seq, token])
  const opened = writers.flatMap(({ reports }) => reports.filter((report) => report.type === 'opened'))
  expect(new Set(opened.map(({ token }) => token)).size).toBe(opened.length)
  expect(reported.length).toBeGreaterThan(0)
}

describe.each(places)('two processes that want one conversation in %s', (_, place) => {
  it('never mix their facts when the owner is stopped past its lease; it learns lost when it goes on', async () => {
    const { store, options } = await place()
    const writers = [
      new Writer({ by: 'one', lease, clockAhead: hour, ...options }),
      new Writer({ by: 'two', lease, clockAhead: -hour, ...options }),
    ] as const
    let takeovers = 0
    for (let round = 0; round < runs(4) || takeovers === 0; round++) {
      const from = writers.map(({ reports }) => reports.length)
      const owner = await Promise.race(
        writers.map(async (writer, index) => (await writer.next('saved', from[index] ?? 0)) && writer),
      )
      const other = writers.find((writer) => writer !== owner)
      if (!owner || !other) throw new Error('Nobody has the conversation.')
      await setTimeout(Math.random() * 20)
      const [before, theirs] = [owner.reports.length, other.reports.length]
      owner.kill('SIGSTOP')
      // With SQLite it may have been stopped while it had locked the file: then nobody can write.
      const opened = await other.next('opened', theirs, 2_000)
      if (opened) await other.next('saved', theirs)
      owner.kill('SIGCONT')
      if (!opened) continue
      expect(await owner.next('lost', before)).not.toBeNull()
      takeovers++
    }
    await Promise.all(writers.map((writer) => writer.end()))
    await check(store, writers)
  })

  it('lose nothing that was saved when the owner is killed', async () => {
    const { store, options } = await place()
    const writers: Writer[] = []
    for (let round = 0; round < runs(4); round++) {
      const writer = new Writer({ by: `w${round}`, lease, clockAhead: 0, ...options })
      writers.push(writer)
      await writer.next('saved', 0)
      await setTimeout(Math.random() * 50)
      await writer.crash()
    }
    await check(store, writers)
  })
})
