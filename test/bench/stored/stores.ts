// What a stored append costs in SQLite, next to what the disk itself can do and to the same rows written by hand.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DatabaseSync } from '@photostructure/sqlite'
import type { Contest, Found } from './contestant.ts'
import { turnFacts } from './facts.ts'
import type { Delays } from './loop-delay.ts'

/** How long each contestant runs, and how often: they take turns, and the median counts. */
const [seconds, rounds] = [1.5, 3]

function syncRate(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w')
  const page = Buffer.alloc(4096)
  const since = performance.now()
  let count = 0
  while (performance.now() - since < 1000) {
    writeSync(file, page)
    fdatasyncSync(file)
    count++
  }
  closeSync(file)
  return count / ((performance.now() - since) / 1_000)
}

async function run(contest: Contest): Promise<Found> {
  const child = fork(fileURLToPath(new URL('contestant.ts', import.meta.url)))
  child.send(contest)
  const [found] = (await once(child, 'message')) as [Found]
  await once(child, 'exit')
  return found
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const whole = (value: number) => value.toFixed(0)
const ms = (value: number) => `${value.toFixed(1)} ms`

const worst = (delays: readonly Delays[], which: 'longest' | 'ownLongest') =>
  ms(Math.max(...delays.map((one) => one[which])))

/** The part of its database that a turn takes, in bytes. */
function bytesPerTurn(path: string): number {
  const database = new DatabaseSync(path)
  const [row] = database.prepare('select count(*) as facts from turnstate_facts').all()
  database.close()
  const { facts } = row as { readonly facts: number }
  return statSync(path).size / (facts / 3)
}

const contestants: readonly (readonly [name: string, kind: Contest['kind'], count: number])[] = [
  ['by hand, a transaction for each turn', 'by hand', 1],
  ['by hand, a transaction for 200 turns', 'by hand', 200],
  ['memory, one conversation', 'memory', 1],
  ["SQLite in the app's thread, one", 'app', 1],
  ['SQLite, one', 'full', 1],
  ['SQLite, 10', 'full', 10],
  ['SQLite, 200', 'full', 200],
  ['SQLite, `durability: "normal"`, one', 'normal', 1],
  ['SQLite, `durability: "normal"`, 200', 'normal', 200],
  ['SQLite, encrypted, one', 'encrypted', 1],
  ['SQLite, encrypted, 200', 'encrypted', 200],
]

/** What stored appends cost, as Markdown. */
export async function storeCosts(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-bench-'))
  try {
    const facts = turnFacts(99_999, 300_000)
    const json = Buffer.byteLength(facts.map((fact) => JSON.stringify(fact)).join(''))
    const syncs = syncRate(folder)
    const rest = await run({ kind: 'nothing', count: 0, path: '', seconds })
    const found = new Map<string, Found[]>(contestants.map(([name]) => [name, []]))
    for (let round = 0; round < rounds; round++)
      for (const [index, [name, kind, count]] of contestants.entries()) {
        const path = join(folder, `${index}-${round}.db`)
        found.get(name)?.push(await run({ kind, count, path, seconds }))
      }
    const rates = new Map([...found].map(([name, each]) => [name, median(each.map(({ rate }) => rate))]))
    const rateOf = (name: string): number => rates.get(name) ?? Number.NaN
    const hand = rateOf('by hand, a transaction for each turn')
    const lines = [...found].map(([name, each]) => {
      const rate = rateOf(name)
      const delays = each.flatMap((one) => (one.delays === null ? [] : [one.delays]))
      const blocked =
        delays.length === 0
          ? '| | |'
          : `| ${worst(delays, 'longest')} | ${worst(delays, 'ownLongest')} | ${ms(median(delays.map((one) => one.usual)))} |`
      return `| ${name} | ${whole(rate)} | ${(hand / rate).toFixed(2)} × ${blocked}`
    })
    const [one, many] = [rateOf('SQLite, one'), rateOf('SQLite, 200')]
    const possible = rateOf('by hand, a transaction for 200 turns') / hand
    const perTurn = bytesPerTurn(join(folder, '5-0.db'))
    return [
      `The disk makes ${whole(syncs)} syncs of 4 kB a second. The event loop of a process that does nothing is blocked for ${ms(rest.delays?.longest ?? Number.NaN)} at most.`,
      '',
      '| appends of a turn | a second | time : by hand | event loop blocked for, at most | without waiting for a core | p99 |',
      '|---|---:|---:|---:|---:|---:|',
      ...lines,
      '',
      `200 conversations at once append ${(many / one).toFixed(1)} × as many turns as one. By hand, 200 turns in a transaction are ${possible.toFixed(1)} × as many as one in each: more than that the disk does not gain.`,
      `A turn of ${json} bytes of JSON takes ${whole(perTurn)} bytes of the database: ${(perTurn / json).toFixed(2)} ×.`,
    ].join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
