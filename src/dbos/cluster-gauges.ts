// What a process knows of the cluster as a whole, for its metrics.
import type { Metrics } from '../server/metrics.ts'
import type { ClusterDatabase } from './database.ts'
import { countThere } from './processes.ts'
import { turnsInAll, type TurnsInAll } from './turns-in-all.ts'

/** How many beats it takes until the process looks again: what it asks counts every turn that is not over. */
const beatsBetween = 5

interface Known extends TurnsInAll {
  readonly processes: number
}

export class ClusterGauges {
  readonly #database: ClusterDatabase
  readonly #metrics: Metrics
  #beats = 0
  #known: Known | null = null

  constructor(database: ClusterDatabase, metrics: Metrics) {
    this.#database = database
    this.#metrics = metrics
  }

  /** Called with each beat. Looks at the first, and then now and then. @throws TurnstateError as the database */
  async beat(): Promise<void> {
    if (this.#beats++ % beatsBetween !== 0) return
    const known = { ...(await turnsInAll(this.#database)), processes: await countThere(this.#database) }
    if (this.#known === null) this.#begin(known)
    this.#known = known
  }

  /** There are no gauges before there is something to show. */
  #begin(first: Known): void {
    const gauge = (name: Parameters<Metrics['gauge']>[0], read: (known: Known) => number) =>
      this.#metrics.gauge(name, () => read(this.#known ?? first))
    gauge('cluster_processes', ({ processes }) => processes)
    gauge('cluster_turns', ({ underWay }) => underWay)
    gauge('cluster_queued_turns', ({ queued }) => queued)
    gauge('cluster_oldest_wait_seconds', ({ oldestWait }) => (oldestWait ?? 0) / 1_000)
  }
}
