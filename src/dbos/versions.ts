// Turns of other builds. A turn is taken up by the build that began it, as long as a process of it is there; else by any that reads its
// journal.
import type { ClusterDatabase } from './database.ts'
import { engineSchema, queueName } from './engine-names.ts'
import { isThereSql } from './processes.ts'

/** Turns of a build that a process has under way. */
interface Stranded extends Record<string, unknown> {
  readonly process: string
  readonly version: string
}

/**
 * Turns that are under way in processes that are not there. The turns say it, not the processes: one may take a turn after it was taken for
 * gone, or end before it has given one back.
 */
export function strandedTurns(database: ClusterDatabase): Promise<readonly Stranded[]> {
  return database.query<Stranded>(
    `select distinct executor_id as process, application_version as version from ${engineSchema}.workflow_status
     where status = 'PENDING' and queue_name = $1 and not ${isThereSql('executor_id')}`,
    [queueName],
  )
}

/** The builds of which turns are under way under the name of a process. */
export async function versionsOf(database: ClusterDatabase, process: string): Promise<readonly string[]> {
  const rows = await database.query<Pick<Stranded, 'version'>>(
    `select distinct application_version as version from ${engineSchema}.workflow_status
     where status = 'PENDING' and queue_name = $1 and executor_id = $2`,
    [queueName, process],
  )
  return rows.map(({ version }) => version)
}

/** Gives turns in the queue to this build whose own build is gone, unless its journals are of a later format. */
export async function adoptTurns(database: ClusterDatabase, version: string, journal: number): Promise<void> {
  await database.query(
    `update ${engineSchema}.workflow_status w set application_version = $1
     where queue_name = $2 and status = 'ENQUEUED' and application_version <> $1
       and coalesce(substring(application_version from ' journal ([0-9]+)$')::int, 0) <= $3
       and not exists (
         select from turnstate_cluster_processes other
         where other.build = w.application_version and ${isThereSql('other.id')})`,
    [version, queueName, journal],
  )
}
