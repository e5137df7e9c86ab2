// The command `turnstate cluster`: shows the processes of a cluster, and has one of them end.
import stringWidth from 'string-width'
import type { ClusterStatus, ProcessStatus } from '../dbos/status.ts'
import { forTerminalAsJson, inOneRow } from '../terminal-text.ts'
import type { Host } from './host.ts'
import { loadOptional } from './load-optional.ts'
import { Screen } from './screen.ts'

/** Which cluster. */
interface ClusterFlags {
  readonly databaseUrl: string
}

/** Shows a cluster. Returns the exit code. @throws TurnstateError as `clusterStatus()` */
export async function showCluster(
  { databaseUrl, json }: ClusterFlags & { readonly json: boolean },
  host: Host,
): Promise<number> {
  const { clusterStatus } = await loadOptional(() => import('../dbos/status.ts'), 'The cluster', 'pg kysely')
  const status = await clusterStatus({ databaseUrl })
  const screen = new Screen(host)
  if (json) screen.verbatim(forTerminalAsJson(JSON.stringify({ type: 'cluster', ...status })))
  else for (const line of describe(status)) screen.verbatim(line)
  return 0
}

/** Has a process end. Returns the exit code. @throws TurnstateError as `drainProcess()` */
export async function drain(
  { databaseUrl, process }: ClusterFlags & { readonly process: string },
  host: Host,
): Promise<number> {
  const { drainProcess } = await loadOptional(() => import('../dbos/drain.ts'), 'The cluster', 'pg kysely')
  const isNew = await drainProcess({ databaseUrl, process })
  new Screen(host).line(
    isNew
      ? `${process} takes no more turns. It ends those that it has, and then itself.`
      : `${process} had been asked before. It ends the turns that it has, and then itself.`,
  )
  return 0
}

function describe({ cluster, database, processes, turns, requests }: ClusterStatus): readonly string[] {
  const { underWay, queued, oldestWait } = turns
  const wait = oldestWait === null ? '' : `, the oldest for ${duration(oldestWait)}`
  return [
    `The cluster ${inOneRow(cluster)} in ${inOneRow(database)}: ${processes.length === 1 ? '1 process' : `${processes.length} processes`}.`,
    ...(processes.length === 0 ? [] : ['', ...table(processes.map(rowOf)), '']),
    `Turns: ${underWay} under way, ${queued} in the queue${wait}. Requests that are passed on: ${requests}.`,
  ]
}

const rowOf = ({ name, state, build, since, seen, conversations }: ProcessStatus): readonly string[] => [
  inOneRow(name),
  inOneRow(state),
  inOneRow(build),
  since,
  `${duration(seen)} ago`,
  `${conversations}`,
]

const heading = ['process', 'state', 'build', 'since', 'last seen', 'conversations'] as const

/** Rows in columns as wide as they need to be. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => stringWidth(row[column] ?? ''))))
  return all.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell)))
      .join('  ')
      .trimEnd(),
  )
}

/** For people: 1.2 s, 3 min, 2 h. */
function duration(milliseconds: number): string {
  const seconds = milliseconds / 1_000
  if (seconds < 120) return `${seconds.toFixed(1)} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
