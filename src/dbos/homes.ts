// Which process has a conversation open, as the others look it up to pass on requests, and how often its turn was taken up.
import type { ClusterDatabase } from './database.ts'

export class HomeTable {
  readonly #database: ClusterDatabase
  readonly #me: string

  constructor(database: ClusterDatabase, me: string) {
    this.#database = database
    this.#me = me
  }

  /**
   * Registers this process as the home of a conversation. Returns how often the present turn was taken up: a home that has closed leaves no
   * row behind, so one that is still there is of a process that is gone.
   */
  async register(key: string, workflow: string): Promise<number> {
    const [row] = await this.#database.query<{ readonly takeovers: number }>(
      `insert into turnstate_cluster_homes as home (conversation, process, workflow, takeovers) values ($1, $2, $3, 0)
       on conflict (conversation) do update set process = $2, workflow = $3, since = now(),
         takeovers = home.takeovers + case when home.process = $2 and home.workflow = $3 then 0 else 1 end
       returning takeovers`,
      [key, this.#me, workflow],
    )
    return row?.takeovers ?? 0
  }

  /** A turn has settled: the next one begins with no takeovers. */
  async settled(key: string): Promise<void> {
    await this.#database.query(
      'update turnstate_cluster_homes set takeovers = 0 where conversation = $1 and process = $2',
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

  /** This process ends, and others take up its turns: that counts for none of them. */
  async handOver(): Promise<void> {
    await this.#database.query('update turnstate_cluster_homes set takeovers = takeovers - 1 where process = $1', [
      this.#me,
    ])
  }
}
