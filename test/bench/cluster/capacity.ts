// Computes from measured costs what a load takes, and where one Postgres breaks first. Pure.
import type { Costs } from './costs.ts'
import type { Count, TableCount } from './counters.ts'

/** What a service is used for. */
export interface Load {
  /** Replies that stream at the same time, and how long each of them does, in seconds. */
  readonly streams: number
  readonly replySeconds: number
  /** Replies of a turn that call a tool before the one that streams. */
  readonly rounds: number
  /** Of each reply, on other processes than the one that runs it, whoever asked aside: he reads it, too. */
  readonly viewers: number
  /** All that there are, and the turns of each. */
  readonly conversations: number
  readonly turnsEach: number
}

/** What a load takes; a second, where nothing else is said. */
export interface Needs {
  readonly turns: number
  /** Rows of frames: of the live feed, and of answers on their way to who asked. */
  readonly frames: number
  readonly transactions: number
  /** Transactions that write, and those of them that write what is logged: they wait for the disk. */
  readonly writes: number
  readonly loggedWrites: number
  readonly notifies: number
  /** Bytes of write-ahead log, if each page that a turn changes is the first time since a checkpoint. */
  readonly walBytes: number
  /** Dead rows of the tables that are emptied again, and of those whose rows stay. */
  readonly passing: number
  readonly changed: number
  /** Cores, of all servers, and of all Postgres. */
  readonly serverCores: number
  readonly postgresCores: number
  readonly processes: number
  readonly connections: number
  /** Bytes of journals, and of what the engine keeps for a day. */
  readonly journalBytes: number
  readonly engineBytes: number
  /** Ended workflows that each process has to delete, so that there are not more and more of them. */
  readonly forgotten: number
}

/** How much of its core a process uses when it is as busy as it should be. */
const busy = 0.7

/** Frames a second: of 33 ms. */
const framesPerSecond = 30

const daySeconds = 86_400

/** Rows of these go as they come: what is removed of them lies together. */
const passingTables: ReadonlySet<string> = new Set([
  'turnstate_cluster_live',
  'turnstate_cluster_answers',
  'turnstate_cluster_requests',
  'turnstate_cluster_homes',
])

const engineTables = ['workflow_status', 'workflow_input', 'workflow_output', 'operation_outputs'] as const

/** A difference of two measurements may be less than nothing by chance. */
const least0 = (value: number): number => Math.max(0, value)

const dead = ({ updated, hot, deleted }: TableCount): number => least0(updated - hot) + least0(deleted)

/** The sum of what units count, each times so often. */
function sum(parts: readonly (readonly [unit: Count, times: number])[], of: (unit: Count) => number): number {
  return parts.reduce((all, [unit, times]) => all + least0(of(unit)) * times, 0)
}

const deadIn =
  (isPassing: boolean) =>
  ({ tables }: Count): number =>
    Object.entries(tables)
      .filter(([name]) => passingTables.has(name) === isPassing)
      .reduce((all, [, table]) => all + dead(table), 0)

const inserted =
  (name: string) =>
  ({ tables }: Count): number =>
    tables[name]?.inserted ?? 0

const rowBytes = ({ rowBytes: all }: Costs, name: string): number => all[name] ?? 0

/** What a load takes, all databases together. */
export function needsOf(costs: Costs, load: Load): Needs {
  const { units, connections } = costs
  const { streams, replySeconds, rounds, viewers, conversations, turnsEach } = load
  const turns = streams / replySeconds
  const ofTurns: readonly (readonly [Count, number])[] = [
    [units.turn, turns],
    [units.read, turns],
    [units.round, turns * rounds],
  ]
  const ofStreams: readonly (readonly [Count, number])[] = [
    [units.streaming, streams],
    [units.reading, streams],
    [units.viewing, streams * viewers],
  ]
  const all = [...ofTurns, ...ofStreams]
  const working = sum(all, ({ serverCpu }) => serverCpu) / 1_000
  // Each process needs some of its core for itself.
  const processes = Math.max(1, Math.ceil(working / (busy - units.rest.serverCpu / 1_000)))
  const everything: typeof all = [...all, [units.rest, processes]]
  // A process writes the feed of all its conversations with one statement a frame, and all answers with another: the more streams it has,
  // the less it writes for each of them than where the few of the measurement were.
  const together = processes * framesPerSecond * 2
  const ofFrames = (of: (unit: Count) => number): number => Math.min(sum(ofStreams, of), together)
  const restWrites = units.rest.writes * processes
  const writes = sum(ofTurns, (unit) => unit.writes) + ofFrames((unit) => unit.writes) + restWrites
  const ofTurnsNotifies = sum(ofTurns, ({ notifies }) => notifies)
  const workflows = sum(ofTurns, inserted('workflow_status'))
  const engineRows = sum(ofTurns, (unit) => engineTables.reduce((rows, name) => rows + inserted(name)(unit), 0))
  const engineBytes = engineTables.reduce(
    (bytes, name) => bytes + sum(ofTurns, inserted(name)) * rowBytes(costs, name),
    0,
  )
  const facts = units.turn.tables['turnstate_facts']?.inserted ?? 0
  const moreFacts = least0(units.round.tables['turnstate_facts']?.inserted ?? 0) * rounds
  return {
    turns,
    frames: sum(ofStreams, inserted('turnstate_cluster_live')) + sum(ofStreams, inserted('turnstate_cluster_answers')),
    transactions: sum(everything, ({ transactions }) => transactions),
    writes,
    loggedWrites: least0(sum(ofTurns, (unit) => unit.writes - unit.notifies) + restWrites),
    notifies: ofTurnsNotifies + ofFrames(({ notifies }) => notifies),
    // What follows in a turn changes the same pages.
    walBytes:
      turns * (costs.coldTurn + least0(units.round.walBytes) * rounds) + sum(ofStreams, (unit) => unit.walBytes),
    passing: sum(all, deadIn(true)),
    // What the engine keeps for a day is deleted then.
    changed: sum(all, deadIn(false)) + engineRows,
    serverCores: working / busy + (units.rest.serverCpu / 1_000) * processes,
    postgresCores: sum(everything, ({ postgresCpu }) => postgresCpu) / 1_000,
    processes,
    connections: processes * connections,
    journalBytes:
      conversations *
      (rowBytes(costs, 'turnstate_conversations') +
        (1 + turnsEach * (facts + moreFacts)) * rowBytes(costs, 'turnstate_facts')),
    engineBytes: engineBytes * daySeconds,
    forgotten: workflows / processes,
  }
}

/** A limit of one Postgres, and how many such databases a load needs for it. */
export interface Limit {
  readonly what: string
  readonly needed: number
  readonly ceiling: number
  readonly unit: string
  /** `measured`: on this machine. Else the document that says it, or who chose it. */
  readonly source: string
  readonly databases: number
}

/** What nobody measures here, each with why. */
const assumed = {
  /** Cores of one Postgres. */
  cores: 32,
  /** More are possible; each is a process, and each snapshot looks at all of them. */
  connections: 1_000,
  /** Seconds between two rounds in which all tables are frozen: `autovacuum_freeze_max_age` is 200 million transactions. */
  freezing: 3_600,
  freezeAge: 200_000_000,
  /** Bytes of disk of one Postgres. */
  disk: 10e12,
  /** The part of its core that a process may spend on hearing what is told to all. */
  hearing: 0.2,
} as const

/** The limits of one Postgres for a load, the one that breaks first before the others. */
export function limitsOf(costs: Costs, load: Load): readonly Limit[] {
  const needs = needsOf(costs, load)
  const { commits, hearing, walBytes, vacuum } = costs.ceilings
  const limit = (what: string, needed: number, ceiling: number, unit: string, source: string): Limit => ({
    what,
    needed,
    ceiling,
    unit,
    source,
    databases: needed / ceiling,
  })
  const all = [
    limit('commits with `NOTIFY`, one at a time', needs.notifies, commits.unlogged.notifying, '/s', 'measured'),
    limit(
      'notices that each process hears',
      needs.notifies,
      (assumed.hearing * 1e6) / hearing,
      '/s',
      'measured, at a fifth of a core',
    ),
    limit('commits that wait for the disk', needs.loggedWrites, commits.logged.silent, '/s', 'measured'),
    limit('commits that write', needs.writes, commits.unlogged.silent, '/s', 'measured'),
    limit('write-ahead log', needs.walBytes, walBytes, 'B/s', 'measured'),
    limit('vacuum of rows that pass', needs.passing, vacuum.feed, '/s', 'measured, at the default cost limits'),
    limit('vacuum of rows that stay', needs.changed, vacuum.changed, '/s', 'measured, at the default cost limits'),
    limit('cores of Postgres', needs.postgresCores, assumed.cores, '', 'assumed'),
    limit(
      'connections',
      needs.connections,
      assumed.connections,
      '',
      'assumed; the default of `max_connections` is 100',
    ),
    limit(
      'transaction ids',
      needs.writes,
      assumed.freezeAge / assumed.freezing,
      '/s',
      'PostgreSQL manual, “Preventing Transaction ID Wraparound Failures”: all tables are frozen every 200 million; assumed: once an hour at most',
    ),
    limit('disk', needs.journalBytes + needs.engineBytes, assumed.disk, 'B', 'assumed'),
    limit(
      'size of `turnstate_facts`',
      needs.journalBytes,
      32 * 2 ** 40,
      'B',
      'PostgreSQL manual, “PostgreSQL Limits”: 32 TB',
    ),
  ]
  return all.toSorted((one, other) => other.databases - one.databases)
}

/** Databases that a load needs. */
export const databasesFor = (limits: readonly Limit[]): number =>
  Math.max(1, Math.ceil(Math.max(...limits.map(({ databases }) => databases))))

/** Streams that one Postgres takes with this load's proportions, by the limit that breaks first. What is stored is not counted. */
export function streamsOfOne(costs: Costs, load: Load): number {
  const [first] = limitsOf(costs, { ...load, conversations: 0 })
  return first ? Math.floor(load.streams / first.databases) : 0
}
