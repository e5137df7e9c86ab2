// Looks at a cluster from outside: without the engine, without keys, and without creating anything.
import { TurnstateError } from '../errors.ts'
import { checkClusterVersion } from './cluster-tables.ts'
import { ClusterDatabase } from './database.ts'

/** Where a cluster is. */
export interface ClusterPlace {
  /** Its Postgres: `postgres://user:password@host/database`. */
  readonly databaseUrl: string
}

/**
 * Does something with the database of a cluster that is there. `name` is that of the cluster.
 *
 * @throws TurnstateError `store-invalid` for a database without a cluster, `store-version-unsupported`, `store-unavailable`,
 * `invalid-option`
 */
export async function withCluster<Result>(
  { databaseUrl }: ClusterPlace,
  run: (database: ClusterDatabase, name: string) => Promise<Result>,
): Promise<Result> {
  const database = new ClusterDatabase(databaseUrl, 1, undefined)
  try {
    const [found] = await database.query<{ readonly exists: boolean }>(
      `select to_regclass('turnstate_cluster') is not null as exists`,
    )
    const rows = found?.exists
      ? await database.query<{ readonly version: number; readonly name: string }>(
          'select version, name from turnstate_cluster',
        )
      : []
    const [row] = rows
    if (!row)
      throw new TurnstateError(
        'store-invalid',
        `There is no cluster in the database ${database.name}: no process of one has begun there. Nothing was changed.`,
      )
    checkClusterVersion(row.version)
    return await run(database, row.name)
  } finally {
    await database.close()
  }
}
