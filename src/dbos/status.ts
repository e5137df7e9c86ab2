// What an operator sees of a cluster.
import type { ClusterDatabase } from './database.ts'
import { engineSchema } from './engine-names.ts'
import { type ClusterPlace, withCluster } from './existing-cluster.ts'
import { isGone, type ProcessState } from './processes.ts'
import { turnsInAll, type TurnsInAll } from './turns-in-all.ts'

/** A cluster, at one moment. */
export interface ClusterStatus {
  /** The name of the cluster. */
  readonly cluster: string
  /** Its database, without user and password. */
  readonly database: string
  /** Its processes, the one that began first is the first. */
  readonly processes: readonly ProcessStatus[]
  /** The turns of all of them. */
  readonly turns: TurnsInAll
  /** Requests that one process has passed to another, and that are being answered, or wait for it. */
  readonly requests: number
}

/** A process of a cluster. */
export interface ProcessStatus {
  /** Its name. */
  readonly name: string
  /** `alive`: it takes turns. `draining`: it ends those that it has, then itself. `gone`: others take up its turns. */
  readonly state: ProcessState
  /** Which build it is, and the format of the journals that it writes. */
  readonly build: string
  readonly journal: number
  /** When it began, by the clock of the database. ISO 8601. */
  readonly since: string
  /** Milliseconds since it last said that it is there. */
  readonly seen: number
  /** Conversations with a turn that runs here. */
  readonly conversations: number
}

/**
 * What the processes of a cluster do. Changes nothing, and starts no engine.
 *
 * @throws TurnstateError `store-invalid` for a database without a cluster, `store-version-unsupported`, `store-unavailable`,
 * `invalid-option`
 */
export const clusterStatus = (place: ClusterPlace): Promise<ClusterStatus> =>
  withCluster(place, async (database, cluster) => ({
    cluster,
    database: database.name,
    processes: await processesOf(database),
    turns: (await hasEngine(database)) ? await turnsInAll(database) : { underWay: 0, queued: 0, oldestWait: null },
    requests: await requestsOf(database),
  }))

async function processesOf(database: ClusterDatabase): Promise<readonly ProcessStatus[]> {
  const rows = await database.query<{
    readonly id: string
    readonly state: ProcessState
    readonly build: string
    readonly journal: number
    readonly started: Date
    readonly seen: number
    readonly homes: number
  }>(
    `select id, case when ${isGone} then 'gone' else state end as state, build, journal, started,
       (extract(epoch from now() - seen) * 1000)::float8 as seen,
       (select count(*)::int from turnstate_cluster_homes where process = id) as homes
     from turnstate_cluster_processes order by started, id`,
  )
  return rows.map(({ id, state, build, journal, started, seen, homes }) => ({
    name: id,
    state,
    build: build.replace(/ journal \d+$/, ''),
    journal,
    since: started.toISOString(),
    seen: Math.max(0, Math.round(seen)),
    conversations: homes,
  }))
}

/** The engine creates its tables after those of the cluster. */
async function hasEngine(database: ClusterDatabase): Promise<boolean> {
  const [row] = await database.query<{ readonly exists: boolean }>('select to_regclass($1) is not null as exists', [
    `${engineSchema}.workflow_status`,
  ])
  return row?.exists === true
}

async function requestsOf(database: ClusterDatabase): Promise<number> {
  const [row] = await database.query<{ readonly count: number }>(
    'select count(*)::int as count from turnstate_cluster_requests',
  )
  return row?.count ?? 0
}
