// What a stored append costs in SQLite, next to what the disk itself can do and to the same rows written by hand.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { DatabaseSync } from '@photostructure/sqlite'
import type { StoredFact } from '../../src/journal/index.ts'
import { memoryStore, type OpenConversation, type Store } from '../../src/stores/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'

const seconds = 3
const rate = (count: number, since: number) => count / ((performance.now() - since) / 1000)

/** The facts of a usual turn: asked, answered, settled. */
const factsOf = (from: number): readonly StoredFact[] => [
  {
    type: 'turn.opened',
    turnId: `t${from}`,
    parent: null,
    input: 'How does it work? '.repeat(5),
    at: from,
    seq: from,
    v: 2,
  },
  {
    type: 'reply.recorded',
    turnId: `t${from}`,
    attempt: 1,
    model: 'some-model',
    promptHash: 'sha256:0',
    content: [{ type: 'text', text: 'It works like this. '.repeat(40) }],
    stopReason: 'end_turn',
    usage: { inputTokens: 10, outputTokens: 200, cacheReadTokens: 0, cacheWriteTokens: 0 },
    seq: from + 1,
    v: 2,
  },
  { type: 'turn.settled', turnId: `t${from}`, status: 'completed', kept: true, seq: from + 2, v: 2 },
]

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
  return rate(count, since)
}

/** The rows of the store, written by a loop with the same driver: one transaction for each turn. */
function byHand(folder: string): number {
  const database = new DatabaseSync(join(folder, 'hand.db'))
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on')
  database.exec('create table c (key integer primary key, revision integer); insert into c values (1, 0)')
  database.exec('create table f (c integer, seq integer, token integer, size integer, body text, primary key (c, seq))')
  const insert = database.prepare('insert into f values (1, ?, 1, ?, ?)')
  const update = database.prepare('update c set revision = ? where key = 1')
  const since = performance.now()
  let count = 0
  while (performance.now() - since < seconds * 1000) {
    database.exec('begin immediate')
    for (const fact of factsOf(count * 3)) {
      const json = JSON.stringify(fact)
      insert.run(fact.seq, json.length, json)
    }
    update.run(count * 3)
    database.exec('commit')
    count++
  }
  const found = rate(count, since)
  database.close()
  return found
}

async function turns(chat: OpenConversation, until: number): Promise<number> {
  let count = 0
  for (; performance.now() < until; count++) {
    const { status } = await chat.append({ appendId: String(count), expected: count * 3, facts: factsOf(count * 3) })
    if (status !== 'saved') throw new Error(`It is ${status}.`)
  }
  return count
}

interface Found {
  /** Turns in a second. */
  readonly rate: number
  /** The longest time that the event loop was blocked, and the 99th percentile. Milliseconds. */
  readonly longest: number
  readonly usual: number
}

/** How long the event loop of a process that does nothing is kept from running, by whatever else the machine does. */
async function idle(): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await setTimeout(seconds * 1000)
  delay.disable()
  return delay.max / 1e6
}

async function atOnce(store: Store, conversations: number): Promise<Found> {
  const chats = await Promise.all(Array.from({ length: conversations }, (_, index) => store.open(`c${index}`)))
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const since = performance.now()
  const counts = await Promise.all(chats.map((chat) => turns(chat, since + seconds * 1000)))
  const found = rate(
    counts.reduce((sum, count) => sum + count, 0),
    since,
  )
  delay.disable()
  await store.close()
  return { rate: found, longest: delay.max / 1e6, usual: delay.percentile(99) / 1e6 }
}

const whole = (value: number) => value.toFixed(0)
const ms = (value: number) => `${value.toFixed(1)} ms`

/** The part of its database that a turn takes, in bytes. */
function bytesPerTurn(path: string): number {
  const database = new DatabaseSync(path)
  const [row] = database.prepare('select count(*) as facts from turnstate_facts').all()
  database.close()
  const { facts } = row as { readonly facts: number }
  return statSync(path).size / (facts / 3)
}

/** What stored appends cost, as Markdown. */
export async function storeCosts(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-bench-'))
  try {
    const path = (name: string) => join(folder, `${name}.db`)
    const json = Buffer.byteLength(
      factsOf(300_000)
        .map((fact) => JSON.stringify(fact))
        .join(''),
    )
    const syncs = syncRate(folder)
    const rest = await idle()
    const hand = byHand(folder)
    const encryption = { keys: [{ id: 'k', key: Buffer.alloc(32, 7) }] }
    const lines: string[] = []
    for (const [name, store, conversations] of [
      ['memory, one conversation', memoryStore(), 1],
      ['SQLite, one', sqliteStore(path('one')), 1],
      ['SQLite, 10', sqliteStore(path('ten')), 10],
      ['SQLite, 200', sqliteStore(path('many')), 200],
      ['SQLite, `durability: "normal"`, one', sqliteStore(path('normal'), { durability: 'normal' }), 1],
      ['SQLite, `durability: "normal"`, 200', sqliteStore(path('normal200'), { durability: 'normal' }), 200],
      ['SQLite, encrypted, 200', sqliteStore(path('sealed'), { encryption }), 200],
    ] as const) {
      const found = await atOnce(store, conversations)
      lines.push(
        `| ${name} | ${whole(found.rate)} | ${(hand / found.rate).toFixed(2)} × | ${ms(found.longest)} | ${ms(found.usual)} |`,
      )
    }
    const perTurn = bytesPerTurn(path('ten'))
    return [
      `The disk makes ${whole(syncs)} syncs of 4 kB a second. The event loop of a process that does nothing is blocked for ${ms(rest)} at most.`,
      '',
      '| appends of a turn | a second | time : by hand | event loop blocked for, at most | p99 |',
      '|---|---:|---:|---:|---:|',
      `| rows written by hand, same driver, full sync | ${whole(hand)} | 1 × | | |`,
      ...lines,
      '',
      `A turn of ${json} bytes of JSON takes ${whole(perTurn)} bytes of the database: ${(perTurn / json).toFixed(2)} ×.`,
    ].join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
