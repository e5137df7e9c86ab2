// The rows of the feed. They are not logged: whatever they say is said by the facts too, a moment later.
//   L1  Rows of one epoch follow each other by `nth`. Where a number is missing, something was left out, and the next row begins anew.
//   L2  A row that begins anew ends with everything there is. Who has read all rows before it needs only what comes before that in the row.
import type { Pool } from 'pg'
import type { FeedItem } from '../server/streams/feed.ts'
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

export class LiveTable {
  readonly #options: LiveTableOptions

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
  async add(key: string, { epoch, nth }: Place, begins: boolean, text: string): Promise<void> {
    const gone = begins
      ? 'gone as (delete from turnstate_cluster_live where conversation = $1 and (epoch, nth) < ($2::bigint, $3::bigint)), '
      : ''
    await this.#options.pool.query(
      `with ${gone}added as (
         insert into turnstate_cluster_live (conversation, epoch, nth, begins, body) values ($1, $2, $3, $4, $5)
         returning conversation
       ) select ${notifySql('live', 'conversation')} from added`,
      [key, epoch, nth, begins, this.#options.seal(about(key, { epoch, nth }), text)],
    )
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
  async after(key: string, place: Place | null): Promise<readonly LiveRow[] | null> {
    const { rows } = await this.#options.pool.query<{
      readonly newest: string | null
      readonly nth: string | null
      readonly begins: boolean
      readonly body: Uint8Array
    }>(
      `select feed.epoch as newest, row.nth, row.begins, row.body
       from (select max(epoch) as epoch from turnstate_cluster_live where conversation = $1) as feed
       left join turnstate_cluster_live as row
         on row.conversation = $1 and row.epoch = feed.epoch and (row.epoch <> $2::bigint or row.nth > $3::bigint)
       order by row.nth`,
      [key, place?.epoch ?? 0, place?.nth ?? 0],
    )
    const epoch = rows[0]?.newest ?? null
    if (epoch === null) return null
    return rows.flatMap(({ nth, begins, body }) => {
      if (nth === null) return []
      const at = { epoch, nth: Number(nth) }
      const items = (): readonly FeedItem[] => JSON.parse(this.#options.unseal(about(key, at), body))
      return [{ ...at, begins, items }]
    })
  }
}

const about = (key: string, { epoch, nth }: Place): string => `live ${key} ${epoch} ${nth}`
