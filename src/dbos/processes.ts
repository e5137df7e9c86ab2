// Which processes are there. Each says every second that it is; one that has not for five seconds is gone, by the clock of the database,
// and one of the others has DBOS put its turns back into the queue. Who does is elected by an update that only one of them can make.
import { TurnstateError } from '../errors.ts'
import type { ClusterDatabase } from './database.ts'

/** Milliseconds without a sign of life after which a process is gone. */
const goneAfter = 5_000

/** Milliseconds between two signs of life. */
export const beat = 1_000

/** `alive`: it takes turns. `draining`: it ends those that it has, then itself. `gone`: its turns were given to others. */
export type ProcessState = 'alive' | 'draining' | 'gone'

/** A process as it registers. */
export interface Registered {
  readonly id: string
  readonly build: string
  readonly journal: number
}

/** SQL that holds for a row of a process that is gone. */
export const isGone = `seen < now() - interval '${goneAfter} milliseconds'`

/** What a process learns when it says that it is there. */
export interface Beat {
  /** What an operator wants it to be. */
  readonly state: ProcessState
  /** The build that was started last, of those that are there. */
  readonly newest: string
}

export class Processes {
  readonly #database: ClusterDatabase
  readonly #me: Registered
  /** Distinguishes this process from an earlier or a later one of the same name. */
  readonly #run = crypto.randomUUID()

  constructor(database: ClusterDatabase, me: Registered) {
    this.#database = database
    this.#me = me
  }

  /** Takes the name of this process. @throws TurnstateError `invalid-option` while another process has it */
  async register(): Promise<void> {
    const { id, build, journal } = this.#me
    const rows = await this.#database.query(
      `insert into turnstate_cluster_processes as former (id, run, state, build, journal) values ($1, $2, 'alive', $3, $4)
       on conflict (id) do update set run = $2, state = 'alive', build = $3, journal = $4, started = now(), seen = now(),
         counts = '{}', recovered_by = null
       where former.${isGone} and (former.recovered_by is null or not ${isThereSql('former.recovered_by')})
       returning id`,
      [id, this.#run, build, journal],
    )
    if (rows.length === 0)
      throw new TurnstateError(
        'invalid-option',
        `The cluster has a process ${id} already. Choose another name. If that one has crashed a moment ago, its name is free ${goneAfter / 1_000} seconds later.`,
      )
  }

  /**
   * Says that this process is there, with what it counts. Resolves with `null` if it was taken for gone, and another process has its
   * name.
   */
  async beat(counts: Readonly<Record<string, number>>, state: ProcessState): Promise<Beat | null> {
    const { id, build, journal } = this.#me
    const [row] = await this.#database.query<{ readonly state: ProcessState; readonly newest: string | null }>(
      `insert into turnstate_cluster_processes as mine (id, run, state, build, journal, counts) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do update set seen = now(), counts = excluded.counts, recovered_by = null,
         state = case when mine.state = 'draining' then 'draining' else excluded.state end
       where mine.run = $2
       returning state, (
         select p.build from turnstate_cluster_processes p
         where p.state = 'alive' and not p.${isGone} order by p.started desc, p.id limit 1) as newest`,
      [id, this.#run, state, build, journal, JSON.stringify(counts)],
    )
    return row ? { state: row.state, newest: row.newest ?? build } : null
  }

  /**
   * Elects this process to recover the turns of those that are gone. Each is given to one process at a time; to another one if the first
   * is gone before it has said `recovered`.
   */
  async electedFor(): Promise<readonly string[]> {
    const rows = await this.#database.query<{ readonly id: string }>(
      `update turnstate_cluster_processes gone set recovered_by = $1, state = 'gone'
       where ${isGone} and id <> $1 and (recovered_by is null or recovered_by = $1 or not exists (
         select from turnstate_cluster_processes other where other.id = gone.recovered_by and not other.${isGone}))
       returning id`,
      [this.#me.id],
    )
    return rows.map(({ id }) => id)
  }

  /** Its turns are in the queue again: it is forgotten, unless it has come back meanwhile. What it was passing on ends. */
  async recovered(id: string): Promise<void> {
    await this.#forget(`id = $1 and ${isGone}`, [id])
  }

  /** Whether a process is there. */
  async isThere(id: string): Promise<boolean> {
    const rows = await this.#database.query(`select from turnstate_cluster_processes where id = $1 and not ${isGone}`, [
      id,
    ])
    return rows.length > 0
  }

  /** It ends, and has no turns any more. What it was passing on ends, too. */
  async leave(): Promise<void> {
    await this.#forget('id = $1 and run = $2', [this.#me.id, this.#run])
  }

  /** Deletes the requests of processes that are gone: such a process may pass on one more request before it learns that it is. */
  async forgetRequests(): Promise<void> {
    await this.#database.query(`delete from turnstate_cluster_requests r where not ${isThereSql('r.asked_by')}`)
  }

  async #forget(which: string, values: readonly string[]): Promise<void> {
    await this.#database.query(
      `with gone as (delete from turnstate_cluster_processes where ${which} returning id)
       delete from turnstate_cluster_requests where asked_by in (select id from gone)`,
      values,
    )
  }
}

/** SQL that holds for a process, in a column, that is there. */
export const isThereSql = (column: string): string =>
  `exists (select from turnstate_cluster_processes p where p.id = ${column} and not p.${isGone})`

/** How many processes take turns. */
export async function countThere(database: ClusterDatabase): Promise<number> {
  const [row] = await database.query<{ readonly count: number }>(
    `select count(*)::int as count from turnstate_cluster_processes where state = 'alive' and not ${isGone}`,
  )
  return row?.count ?? 0
}

/** The error of a process whose name another one has taken. */
export const nameLost = (name: string): TurnstateError =>
  new TurnstateError('invalid-option', `It was taken for gone, and another process of the cluster is ${name} now.`)
