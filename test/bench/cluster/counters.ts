// What Postgres counts by itself, and how often it is notified.
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Member, Place } from './place.ts'
import type { Database } from './place.ts'

/** The channels on which anything of ours is told. */
const channels = [
  'turnstate',
  'turnstate_cluster',
  'dbos_notifications_channel',
  'dbos_workflow_events_channel',
  'dbos_streams_channel',
] as const

/** What is counted of a table. */
export interface TableCount {
  readonly inserted: number
  readonly updated: number
  /** Those of the updates that needed no new entries in indexes. */
  readonly hot: number
  readonly deleted: number
  /** With its indexes. */
  readonly bytes: number
}

/** What is counted, or the difference between two counts. */
export interface Count {
  readonly seconds: number
  readonly transactions: number
  /** Transactions that wrote: each has used up an id. */
  readonly writes: number
  readonly walBytes: number
  readonly notifies: number
  readonly serverCpu: number
  readonly postgresCpu: number
  readonly tables: Readonly<Record<string, TableCount>>
}

/** A connection that does nothing for so long tells what it has counted. Milliseconds, with a margin. */
const flushed = 11_500

export class Counters {
  readonly #place: Place
  readonly #database: Database
  readonly #members: readonly Member[]
  readonly #heard: { count: number }

  private constructor(place: Place, database: Database, members: readonly Member[], heard: { count: number }) {
    this.#place = place
    this.#database = database
    this.#members = members
    this.#heard = heard
  }

  static async begin(place: Place, database: Database, members: readonly Member[]): Promise<Counters> {
    const heard = { count: 0 }
    database.client.on('notification', () => heard.count++)
    for (const channel of channels) await database.client.query(`listen ${channel}`)
    return new Counters(place, database, members, heard)
  }

  /** Counts once all has settled, and every connection has told what it did. */
  async settled(): Promise<Count> {
    await this.atRest()
    await wait(flushed)
    const { client, admin, name } = this.#database
    const [transactions, writes, walBytes] = await numbers(
      admin,
      `select xact_commit + xact_rollback, pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
         pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')
       from pg_stat_database where datname = '${name}'`,
    )
    const cpus = await Promise.all(this.#members.map((member) => member.cpu()))
    return {
      seconds: performance.now() / 1_000,
      transactions: transactions ?? 0,
      writes: writes ?? 0,
      walBytes: walBytes ?? 0,
      notifies: this.#heard.count,
      serverCpu: cpus.reduce((sum, each) => sum + each, 0),
      postgresCpu: this.#place.postgresCpu(),
      tables: await tablesOf(client),
    }
  }

  /** Resolves once no process has a conversation open, and nothing is passed on. */
  async atRest(): Promise<void> {
    for (;;) {
      const [open] = await numbers(
        this.#database.client,
        'select (select count(*) from turnstate_cluster_homes) + (select count(*) from turnstate_cluster_answers)',
      )
      if (open === 0) return
      await wait(200)
    }
  }
}

export async function numbers(client: Client, text: string): Promise<readonly number[]> {
  const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' })
  return (rows[0] ?? []).map(Number)
}

async function tablesOf(client: Client): Promise<Readonly<Record<string, TableCount>>> {
  const { rows } = await client.query<Record<string, string>>(
    `select relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, pg_total_relation_size(relid) as bytes
     from pg_stat_user_tables`,
  )
  const count = (row: Record<string, string>): TableCount => ({
    inserted: Number(row['n_tup_ins']),
    updated: Number(row['n_tup_upd']),
    hot: Number(row['n_tup_hot_upd']),
    deleted: Number(row['n_tup_del']),
    bytes: Number(row['bytes']),
  })
  return Object.fromEntries(rows.map((row) => [row['relname'] ?? '', count(row)]))
}

const noTable: TableCount = { inserted: 0, updated: 0, hot: 0, deleted: 0, bytes: 0 }

const combined = (one: TableCount, other: TableCount, with_: (a: number, b: number) => number): TableCount => ({
  inserted: with_(one.inserted, other.inserted),
  updated: with_(one.updated, other.updated),
  hot: with_(one.hot, other.hot),
  deleted: with_(one.deleted, other.deleted),
  bytes: with_(one.bytes, other.bytes),
})

function both(one: Count, other: Count, with_: (a: number, b: number) => number): Count {
  const names = [...new Set([...Object.keys(one.tables), ...Object.keys(other.tables)])]
  return {
    seconds: with_(one.seconds, other.seconds),
    transactions: with_(one.transactions, other.transactions),
    writes: with_(one.writes, other.writes),
    walBytes: with_(one.walBytes, other.walBytes),
    notifies: with_(one.notifies, other.notifies),
    serverCpu: with_(one.serverCpu, other.serverCpu),
    postgresCpu: with_(one.postgresCpu, other.postgresCpu),
    tables: Object.fromEntries(
      names.map((name) => [name, combined(one.tables[name] ?? noTable, other.tables[name] ?? noTable, with_)]),
    ),
  }
}

export const less = (one: Count, other: Count): Count => both(one, other, (a, b) => a - b)

export const times = (count: Count, factor: number): Count => both(count, count, (a) => a * factor)
