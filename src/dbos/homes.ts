// Which process has a conversation open, as the others look it up to pass on requests, and how often its turn was taken up.
import type { ClusterDatabase } from './database.ts'
import { engineSchema } from './engine-names.ts'
import { isThereSql } from './processes.ts'
import type { WorkflowRun } from './turn-workflow.ts'

/** What a process that registers finds. */
export interface TakenUp {
  /** How often the present turn was taken up. */
  readonly takeovers: number
  /** Milliseconds until its next attempt is due, by the clock of the database. */
  readonly wait: number
}

export class HomeTable {
  readonly #database: ClusterDatabase
  readonly #me: string

  constructor(database: ClusterDatabase, me: string) {
    this.#database = database
    this.#me = me
  }

  /**
   * Registers this process as the home of a conversation. A home that has closed leaves no row behind, so one that is still there is of a
   * process that is gone. `null`: the workflow is run by another process by now, which may be the home already.
   */
  async register(key: string, { workflow, owner }: WorkflowRun): Promise<TakenUp | null> {
    const [row] = await this.#database.query<{ readonly takeovers: number; readonly wait: string | null }>(
      `insert into turnstate_cluster_homes as home (conversation, process, workflow, takeovers)
         select $1, $2, $3, 0 where exists (select from ${engineSchema}.workflow_status where workflow_uuid = $3 and owner_xid = $4)
       on conflict (conversation) do update set process = $2, workflow = $3, since = now(),
         takeovers = home.takeovers + case when home.process = $2 and home.workflow = $3 then 0 else 1 end
       returning takeovers, extract(epoch from due - now()) * 1000 as wait`,
      [key, this.#me, workflow, owner],
    )
    return row ? { takeovers: row.takeovers, wait: Math.max(0, Number(row.wait ?? 0)) } : null
  }

  /** Whether this process is still the home: no other one has registered since. */
  async isOurs(key: string, workflow: string): Promise<boolean> {
    const rows = await this.#database.query(
      'select from turnstate_cluster_homes where conversation = $1 and process = $2 and workflow = $3',
      [key, this.#me, workflow],
    )
    return rows.length > 0
  }

  /** Whether a process that is there has the conversation open. */
  async has(key: string): Promise<boolean> {
    const rows = await this.#database.query(
      `select from turnstate_cluster_homes where conversation = $1 and ${isThereSql('process')}`,
      [key],
    )
    return rows.length > 0
  }

  /** The next attempt is due in so many milliseconds, in whichever process. */
  async due(key: string, milliseconds: number): Promise<void> {
    await this.#database.query(
      `update turnstate_cluster_homes set due = now() + $3 * interval '1 millisecond' where conversation = $1 and process = $2`,
      [key, this.#me, milliseconds],
    )
  }

  /** A turn has settled: the next one begins with no takeovers. */
  async settled(key: string): Promise<void> {
    await this.#database.query(
      'update turnstate_cluster_homes set takeovers = 0, due = null where conversation = $1 and process = $2',
      [key, this.#me],
    )
  }

  /** The conversation is closed here. */
  async leave(key: string, workflow: string): Promise<void> {
    await this.#database.query(
      'delete from turnstate_cluster_homes where conversation = $1 and process = $2 and workflow = $3',
      [key, this.#me, workflow],
    )
  }

  /** Deletes the row of a home whose process is gone. For a conversation in which nothing is left to do. */
  async forget(key: string): Promise<void> {
    await this.#database.query(
      `delete from turnstate_cluster_homes where conversation = $1 and not ${isThereSql('process')}`,
      [key],
    )
  }

  /** Deletes the feeds of conversations that nobody has open: their processes ended before they could. */
  async forgetFeeds(): Promise<void> {
    await this.#database.query(
      `delete from turnstate_cluster_live live
       where not exists (select from turnstate_cluster_homes home where home.conversation = live.conversation)`,
    )
  }

  /** This process ends, and others take up its turns: that counts for none of them. */
  async handOver(): Promise<void> {
    await this.#database.query('update turnstate_cluster_homes set takeovers = takeovers - 1 where process = $1', [
      this.#me,
    ])
  }
}
