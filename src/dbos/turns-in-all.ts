// The turns of all processes, as the engine has them.
import type { ClusterDatabase } from './database.ts'
import { engineSchema, queueName } from './engine-names.ts'

/** The turns of a cluster. */
export interface TurnsInAll {
  /** Turns that run, in whichever process. */
  readonly underWay: number
  /** Conversations with a turn that waits: for a process, or for an earlier turn. */
  readonly queued: number
  /** Milliseconds for which the oldest of those in the queue has waited; `null`: there are none. */
  readonly oldestWait: number | null
}

/**
 * Counts them. Whoever waits for a turn may ask for it again, which is no second one; and one whose conversation is open somewhere waits for
 * no process. An index has those that are not over, and these alone.
 */
export async function turnsInAll(database: ClusterDatabase): Promise<TurnsInAll> {
  const [row] = await database.query<{
    readonly running: number
    readonly queued: number
    readonly waited: number | null
  }>(
    `with turns as (
       select status, queue_partition_key as conversation, updated_at
       from ${engineSchema}.workflow_status where queue_name = $1 and status in ('PENDING', 'ENQUEUED')
     ), waiting as (
       select conversation, updated_at from turns
       where status = 'ENQUEUED' and conversation not in (select conversation from turns where status = 'PENDING')
     )
     select (select count(*) from turns where status = 'PENDING')::int as running,
       count(distinct conversation)::int as queued,
       (extract(epoch from now()) * 1000 - min(updated_at))::float8 as waited
     from waiting`,
    [queueName],
  )
  const { running: underWay = 0, queued = 0, waited = null } = row ?? {}
  return { underWay, queued, oldestWait: waited === null ? null : Math.max(0, Math.round(waited)) }
}
