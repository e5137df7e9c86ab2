import { Kysely, PostgresDialect, sql, type RawBuilder } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import type { AppendReply, AppendRequest, Backend, Erased, ImportRequest } from '../sql/backend.ts'
import * as queries from '../sql/queries.ts'
import { sealedRows } from '../sql/sealed-rows.ts'
import type { Seal } from '../sql/sealing.ts'
import type { Tables } from '../sql/tables.ts'
import { escapeText } from '../sql/text-codec.ts'
import { Notifications } from './notifications.ts'
import { postgresError } from './postgres-errors.ts'
import { prepareTables } from './postgres-tables.ts'

/** The server's own time, so that it does not matter what owners take for the time: one for all columns of a statement … */
const now = sql<number>`floor(extract(epoch from statement_timestamp()) * 1000)::bigint`

/** … and for leases the time after it has waited for a row. */
const ticks = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`

type Query<Argument, Value> = (session: queries.Session, argument: Argument) => Promise<Value>

/** A database on a Postgres server. Connects with the first request. */
export class PostgresBackend implements Backend {
  readonly #name: string
  readonly #pool: Pool
  readonly #ownsPool: boolean
  readonly #db: Kysely<Tables>
  readonly #notifications: Notifications
  readonly #clients = new WeakSet<PoolClient>()
  readonly #running = new Set<Promise<unknown>>()
  #ready: Promise<void> | null = null

  constructor(name: string, pool: Pool, ownsPool: boolean) {
    this.#name = name
    this.#pool = pool
    this.#ownsPool = ownsPool
    this.#db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
    this.#notifications = new Notifications(pool)
    // Without listeners, an error of an idle connection would end the process.
    pool.on('error', ignore)
    pool.on('acquire', this.#survive)
  }

  open = this.#writing(queries.open)
  renew = this.#reading(queries.renew)
  release = this.#reading(queries.release)
  page = this.#reading(queries.page)
  checkpoint = this.#reading(queries.checkpoint)
  saveCheckpoint = this.#writing(queries.saveCheckpoint)
  find = this.#reading(queries.find)
  list = this.#reading(queries.list)
  setTitle = this.#reading(queries.setTitle)
  keys = this.#reading(queries.keysExcept)
  replaceKeys = this.#writing(queries.replaceKeys)
  check = this.#reading<void, readonly string[]>(queries.check)
  readonly #import = this.#writing(queries.importOne)
  readonly #slowAppend = this.#writing(queries.append)
  readonly #erase = this.#writing(queries.erase)

  async import(request: ImportRequest, seal: Seal | null): Promise<boolean> {
    return this.#import({ ...request, facts: await sealedRows(seal, request.facts) })
  }

  async append(given: AppendRequest, seal: Seal | null): Promise<AppendReply> {
    const request = { ...given, facts: await sealedRows(seal, given.facts) }
    const isStored = await this.#run(() => appendAtOnce(this.#db, request))
    const revision = isStored ? request.expected + request.facts.length : await this.#slowAppend(request)
    if (revision !== null) this.#notifications.changed(request.key)
    return revision
  }

  async erase(which: Erased): Promise<number> {
    const erased = await this.#erase(which)
    this.#notifications.wakeAll()
    return erased
  }

  watch(key: number, changed: () => void): () => void {
    return this.#notifications.watch(key, changed)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#notifications.close()
    if (this.#ownsPool) await this.#pool.end().catch(ignore)
    else {
      this.#pool.off('error', ignore)
      this.#pool.off('acquire', this.#survive)
    }
  }

  /** Statements that are whole by themselves. */
  #reading<Argument, Value>(query: Query<Argument, Value>) {
    return (argument: Argument) => this.#run(() => query(sessionOf(this.#db), argument))
  }

  /** Statements that belong together. */
  #writing<Argument, Value>(query: Query<Argument, Value>) {
    return (argument: Argument) =>
      this.#run(() =>
        this.#db
          .transaction()
          .setIsolationLevel('read committed')
          .execute((transaction) => query(sessionOf(transaction), argument)),
      )
  }

  async #run<Value>(work: () => Promise<Value>): Promise<Value> {
    const running = this.#prepared().then(work)
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      throw postgresError(error, this.#name)
    } finally {
      this.#running.delete(running)
    }
  }

  #prepared(): Promise<void> {
    this.#ready ??= prepareTables(this.#db, this.#name).catch((error: unknown) => {
      this.#ready = null
      throw error
    })
    return this.#ready
  }

  /** A connection that breaks while it is in use says so twice: to its query, and as an event. */
  readonly #survive = (client: PoolClient): void => {
    if (this.#clients.has(client)) return
    this.#clients.add(client)
    client.on('error', ignore)
  }
}

const ignore = () => {}

const sessionOf = (db: Kysely<Tables>): queries.Session => ({
  db,
  now,
  ticks,
  locksRows: true,
  rowsAtOnce: 1_000,
  nextToken: async () => {
    const { rows } = await sql<{ readonly token: string }>`select nextval('turnstate_tokens') as token`.execute(db)
    return Number(rows[0]?.token)
  },
})

/** The usual append in one statement, which is a transaction by itself. Returns whether it was stored. */
async function appendAtOnce(db: Kysely<Tables>, request: AppendRequest): Promise<boolean> {
  const { key, token, expected, facts, summary } = request
  const summaryColumns: RawBuilder<unknown> = summary
    ? sql`, first_words = ${summary.firstWords}, status = ${escapeText(summary.status)}, model = ${escapeText(summary.model)}, usage = ${summary.usage}`
    : sql``
  const { rows } = await sql`
    with writer as (
      update turnstate_conversations
      set revision = ${expected + facts.length}, renewed = ${ticks}, changed_at = ${now}${summaryColumns}
      where key = ${key} and writer = ${token} and revision = ${expected}
      returning key
    )
    insert into turnstate_facts (conversation, seq, token, size, body, sealed)
    select writer.key, fact.seq, ${token}, fact.size, fact.body, fact.sealed
    from writer, unnest(
      ${facts.map(({ seq }) => seq)}::bigint[],
      ${facts.map(queries.sizeOf)}::bigint[],
      ${facts.map(({ body }) => body)}::text[],
      ${facts.map(({ sealed }) => sealed)}::bytea[]
    ) as fact (seq, size, body, sealed)
    returning seq`.execute(db)
  return rows.length > 0
}
