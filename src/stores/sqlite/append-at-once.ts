// The usual append as statements that are compiled and prepared once. Whatever is not usual goes the general way (`sql/queries.ts`).
import { type Kysely, sql } from 'kysely'
import type { AppendRequest } from '../sql/backend.ts'
import { sizeOf, summaryColumns } from '../sql/queries.ts'
import type { Tables } from '../sql/tables.ts'
import type { Database, Statement } from './driver.ts'
import type { Request } from './protocol.ts'

/** A place for a value. Places have the order in which the statement names its columns. */
const place = <Value>() => sql<Value>`?`

/** Stores usual appends: of the writer that holds the conversation, at its revision. */
export class AppendAtOnce {
  readonly #insert: Statement
  readonly #advance: Statement
  readonly #advanceWithSummary: Statement

  constructor(database: Database, db: Kysely<Tables>) {
    const advance = db
      .updateTable('turnstate_conversations')
      .set({ revision: place<number>(), renewed: place<number>(), changed_at: place<number>() })
    const usual = (query: typeof advance) =>
      database.prepare(
        query
          .where('key', '=', place<number>())
          .where('writer', '=', place<number>())
          .where('revision', '=', place<number>())
          .returning('key')
          .compile().sql,
      )
    this.#advance = usual(advance)
    this.#advanceWithSummary = usual(
      advance.set({
        first_words: place<string | null>(),
        status: place<string>(),
        model: place<string>(),
        usage: place<string>(),
      }),
    )
    this.#insert = database.prepare(
      db
        .insertInto('turnstate_facts')
        .values({
          conversation: place<number>(),
          seq: place<number>(),
          token: place<number>(),
          size: place<number>(),
          body: place<string | null>(),
          sealed: place<Uint8Array | null>(),
        })
        .compile().sql,
    )
  }

  /** The new revision; `null`: it is not a usual append, and nothing was stored. Within a transaction of the caller. */
  run(
    { key, token, expected, facts, summary }: AppendRequest,
    { now, ticks }: Pick<Request, 'now' | 'ticks'>,
  ): number | null {
    const revision = expected + facts.length
    const set = [revision, ticks, now]
    const where = [key, token, expected]
    const found = summary
      ? this.#advanceWithSummary.all(...set, ...Object.values(summaryColumns(summary)), ...where)
      : this.#advance.all(...set, ...where)
    if (found.length === 0) return null
    for (const { seq, body, sealed } of facts) this.#insert.all(key, seq, token, sizeOf({ body, sealed }), body, sealed)
    return revision
  }
}
