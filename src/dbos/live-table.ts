// The rows of the feed. They are not logged: whatever they say is said by the facts too, a moment later.
//   L1  Rows of one epoch follow each other by `nth`. Where a number is missing, something was left out, and the next row begins anew.
//   L2  A row that begins anew ends with everything there is. Who has read all rows before it needs only what comes before that in the row.
//   L3  Rows of all conversations of a process are written with one statement, and read with one, as many as there are at that moment.
import type { Pool } from 'pg'
import type { FeedItem } from '../server/streams/feed.ts'
import { Gathered } from './gathered.ts'
import { notifySql } from './notices.ts'

/** The tables of the feed, for `prepareCluster`. */
export const liveTables = `
create sequence if not exists turnstate_cluster_epochs;
create unlogged table if not exists turnstate_cluster_live (
  conversation text not null,
  epoch bigint not null,
  nth bigint not null,
  begins boolean not null,
  body bytea not null,
  primary key (conversation, epoch, nth)
);
`

export interface LiveTableOptions {
  readonly pool: Pick<Pool, 'query'>
  /** Seals a text; `about` binds it to its place. */
  readonly seal: (about: string, text: string) => Uint8Array
  /** @throws for a text that was changed */
  readonly unseal: (about: string, bytes: Uint8Array) => string
}

/** A place in the rows of a conversation. */
export interface Place {
  readonly epoch: string
  readonly nth: number
}

/** A row, read. */
export interface LiveRow extends Place {
  readonly begins: boolean
  /** @throws what `unseal` throws */
  readonly items: () => readonly FeedItem[]
}

/** A row to be written. */
interface NewRow {
  readonly key: string
  readonly place: Place
  readonly begins: boolean
  readonly body: Buffer
}

/** Whose rows are to be read, and after which place. */
interface Reading {
  readonly key: string
  readonly place: Place | null
}

interface ReadRow {
  readonly conversation: string
  readonly newest: string | null
  readonly nth: string | null
  readonly begins: boolean
  readonly body: Uint8Array
}

/** The most bytes of rows that are written with one statement, and the most conversations that are read with one. */
const [mostBytes, mostReadings] = [1_048_576, 256]

/** The bytes of a row beside its body, about. */
const rowBytes = 200

export class LiveTable {
  readonly #options: LiveTableOptions
  readonly #adding = new Gathered<NewRow, void>({
    make: (rows) => this.#addAll(rows),
    sizeOf: ({ body }) => body.byteLength + rowBytes,
    mostAtOnce: mostBytes,
  })
  readonly #reading = new Gathered<Reading, readonly LiveRow[] | null>({
    make: (readings) => this.#readAll(readings),
    sizeOf: () => 1,
    mostAtOnce: mostReadings,
  })

  constructor(options: LiveTableOptions) {
    this.#options = options
  }

  /** A number for a new feed, larger than those of all that were begun before. @throws what `pg` throws, as all of this */
  async epoch(): Promise<string> {
    const { rows } = await this.#options.pool.query<{ readonly epoch: string }>(
      `select nextval('turnstate_cluster_epochs') as epoch`,
    )
    return rows[0]?.epoch ?? '0'
  }

  /** Adds a row, and tells readers. One that begins anew takes the place of all rows before it. `text` is the JSON of its items. */
  async add(key: string, place: Place, begins: boolean, text: string): Promise<void> {
    const body = Buffer.from(this.#options.seal(about(key, place), text))
    await this.#adding.ask({ key, place, begins, body })
  }

  /** Removes all rows of a feed that has ended, and tells readers. */
  async remove(key: string, epoch: string): Promise<void> {
    await this.#options.pool.query(
      `with gone as (delete from turnstate_cluster_live where conversation = $1 and epoch <= $2)
       select ${notifySql('live', '$1::text')}`,
      [key, epoch],
    )
  }

  /** The rows after a place, or all of the newest feed if that is not the place's; `null` if there is no feed. */
  after(key: string, place: Place | null): Promise<readonly LiveRow[] | null> {
    return this.#reading.ask({ key, place })
  }

  async #addAll(rows: readonly NewRow[]): Promise<readonly void[]> {
    await this.#options.pool.query(
      `with row as (
         select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bytea[])
           as row (conversation, epoch, nth, begins, body)
       ), gone as (
         delete from turnstate_cluster_live live using row
         where row.begins and live.conversation = row.conversation and (live.epoch, live.nth) < (row.epoch, row.nth)
       ), added as (
         insert into turnstate_cluster_live (conversation, epoch, nth, begins, body) select * from row returning conversation
       ) select ${notifySql('live', 'conversation')} from added`,
      [
        rows.map(({ key }) => key),
        rows.map(({ place }) => place.epoch),
        rows.map(({ place }) => place.nth),
        rows.map(({ begins }) => begins),
        rows.map(({ body }) => body),
      ],
    )
    return rows.map(() => {})
  }

  async #readAll(readings: readonly Reading[]): Promise<readonly (readonly LiveRow[] | null)[]> {
    const { rows } = await this.#options.pool.query<ReadRow & { readonly reading: string }>(
      `select wanted.reading, wanted.conversation, feed.epoch as newest, row.nth, row.begins, row.body
       from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as wanted (conversation, epoch, nth, reading)
       cross join lateral (
         select max(epoch) as epoch from turnstate_cluster_live live where live.conversation = wanted.conversation
       ) as feed
       left join turnstate_cluster_live as row on row.conversation = wanted.conversation and row.epoch = feed.epoch
         and (row.epoch <> wanted.epoch or row.nth > wanted.nth)
       order by wanted.reading, row.nth`,
      [
        readings.map(({ key }) => key),
        readings.map(({ place }) => place?.epoch ?? 0),
        readings.map(({ place }) => place?.nth ?? 0),
      ],
    )
    const found = readings.map((): ReadRow[] => [])
    for (const row of rows) found[Number(row.reading) - 1]?.push(row)
    return found.map((each) => this.#feedOf(each))
  }

  #feedOf(rows: readonly ReadRow[]): readonly LiveRow[] | null {
    const epoch = rows[0]?.newest ?? null
    if (epoch === null) return null
    return rows.flatMap(({ conversation, nth, begins, body }) => {
      if (nth === null) return []
      const at = { epoch, nth: Number(nth) }
      const items = (): readonly FeedItem[] => JSON.parse(this.#options.unseal(about(conversation, at), body))
      return [{ ...at, begins, items }]
    })
  }
}

const about = (key: string, { epoch, nth }: Place): string => `live ${key} ${epoch} ${nth}`
