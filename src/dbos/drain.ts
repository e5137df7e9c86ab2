// Has a process of a cluster end without losing a turn.
import { TurnstateError } from '../errors.ts'
import { type ClusterPlace, withCluster } from './existing-cluster.ts'
import { isGone, type ProcessState } from './processes.ts'

/** Which process of which cluster. */
export interface DrainOptions extends ClusterPlace {
  /** The name of the process. */
  readonly process: string
}

/**
 * Asks a process of a cluster to take no more turns, to end those that it has, and then itself; others take up what goes on longer. It
 * sees that within a second. Resolves once it is asked, with `false` if it had been asked before.
 *
 * @throws TurnstateError `invalid-option` for a process that is not there, and as `clusterStatus()`
 */
export const drainProcess = ({ process, ...place }: DrainOptions): Promise<boolean> =>
  withCluster(place, async (database) => {
    const [asked] = await database.query<{ readonly before: ProcessState }>(
      `update turnstate_cluster_processes one set state = 'draining'
       from (select id, state from turnstate_cluster_processes where id = $1 and not ${isGone} for update) former
       where one.id = former.id returning former.state as before`,
      [process],
    )
    if (asked) return asked.before !== 'draining'
    const there = await database.query<{ readonly id: string }>(
      `select id from turnstate_cluster_processes where not ${isGone} order by started, id`,
    )
    throw new TurnstateError(
      'invalid-option',
      `The cluster has no process ${JSON.stringify(process)}. ${
        there.length === 0 ? 'None is there.' : `Those that are there: ${there.map(({ id }) => id).join(', ')}.`
      }`,
    )
  })
