import { journalVersion } from '../journal/index.ts'
import { TurnstateError } from '../errors.ts'
import { version } from '../package/version.ts'
import type { EncryptionOptions } from '../stores/sql/sealing.ts'

/** How a process takes part in a cluster. */
export interface DbosHostOptions {
  /** The Postgres of the cluster, 14 or later: `postgres://user:password@host/database`. Usually that of the store. */
  readonly databaseUrl: string
  /** The name of the cluster. A database belongs to one. Default `turnstate`. */
  readonly cluster?: string
  /** The name of this process, which no other has. Default: a new one each time. */
  readonly process?: string
  /** Which build this is. Turns that were begun by one build are taken up by the same, or by any if none of it is left. Default: the version of turnstate. */
  readonly build?: string
  /** Turns that run in this process at once. Default 200, or `turnsInAll` if that is less. */
  readonly turns?: number
  /** Turns that run in all processes at once. It makes taking turns slower, because all processes have to agree. Default: any number. */
  readonly turnsInAll?: number
  /** Milliseconds for which the engine remembers that a turn was run: for operators, since the journal says what came of it. Default a day. */
  readonly keepRuns?: number
  /** Milliseconds between two looks at the queue of turns. Default 50. */
  readonly pollEvery?: number
  /** Connections to the database, beside those of the store. One more listens. Default 20. */
  readonly connections?: number
  /** The keys of the store, if it has `encryption`: what processes tell each other is encrypted, too. */
  readonly encryption?: EncryptionOptions
  /**
   * Called once, when an operator has asked this process to end, or when it was taken for gone and another one has its name: close the
   * server then. From then on it takes no more turns. Default: nothing.
   */
  readonly onDrain?: () => void
}

/** The options, checked and complete. */
export interface CheckedHostOptions {
  readonly databaseUrl: string
  readonly cluster: string
  readonly process: string
  readonly version: string
  readonly limits: { readonly here: number; readonly inAll: number | null }
  readonly keepRuns: number
  readonly pollEvery: number
  readonly connections: number
  readonly encryption: EncryptionOptions | undefined
  readonly drained: () => void
}

/** @throws TurnstateError `invalid-option` */
export function checkHostOptions(options: DbosHostOptions): CheckedHostOptions {
  const { databaseUrl, cluster = 'turnstate', encryption, onDrain = () => {} } = options
  const { process = crypto.randomUUID(), build = version() } = options
  const {
    turnsInAll,
    turns = Math.min(200, turnsInAll ?? 200),
    pollEvery = 50,
    connections = 20,
    keepRuns = 86_400_000,
  } = options
  if (typeof databaseUrl !== 'string' || databaseUrl === '')
    throw invalid('dbosHost() needs a `databaseUrl` such as postgres://user:password@host/database.')
  for (const [name, value] of Object.entries({ cluster, process, build }))
    if (typeof value !== 'string' || !/^[\w.@+-]{1,200}$/.test(value))
      throw invalid(`dbosHost(): ${name} must have 1 to 200 letters, digits, and . @ + - _`)
  const numbers = { turns, turnsInAll: turnsInAll ?? 1, pollEvery, connections, keepRuns }
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isSafeInteger(value) || value < 1)
      throw invalid(`dbosHost(): ${name} must be a whole number of at least 1.`)
  if (turnsInAll !== undefined && turns > turnsInAll) throw invalid('dbosHost(): turns must be at most turnsInAll.')
  if (typeof onDrain !== 'function') throw invalid('dbosHost(): onDrain must be a function.')
  let isDrained = 0
  return {
    databaseUrl,
    cluster,
    process,
    version: versionName(build),
    limits: { here: turns, inAll: turnsInAll ?? null },
    keepRuns,
    pollEvery,
    connections,
    encryption,
    drained: () => void (isDrained++ === 0 && onDrain()),
  }
}

/** The name that the engine has for a build: it says which journals the build reads. */
const versionName = (build: string): string => `${build} journal ${journalVersion}`

const invalid = (message: string) => new TurnstateError('invalid-option', message)
