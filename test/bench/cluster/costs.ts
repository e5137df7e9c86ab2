// What is measured, as costs.json keeps it: of a cluster of processes on one Postgres. Nothing in it depends on when it was measured.
import { readFileSync } from 'node:fs'
import type { Count } from './counters.ts'

/** Servers of one kind at work, for one kind of talk. Milliseconds. */
export interface Throughput {
  /** `single`: one process without a host; else so many processes of a cluster. */
  readonly servers: 'single' | number
  /** `kept`: each client goes on in its conversation. `new`: it begins another one for each turn, which is counted, too. */
  readonly each: 'kept' | 'new'
  /** Clients at once: as many as gave the most turns. */
  readonly clients: number
  readonly turnsPerSecond: number
  /** CPU of each turn, of all servers and of all processes of Postgres. */
  readonly serverCpu: number
  readonly postgresCpu: number
  readonly first: readonly [p50: number, p99: number]
  readonly whole: readonly [p50: number, p99: number]
}

/** From a request to stop on a process: to its answer, and to the end of the request to the model. Milliseconds. */
export interface StopTimes {
  readonly answered: readonly [p50: number, most: number]
  readonly cut: readonly [p50: number, most: number]
}

/** What each of these takes, whatever processes that are at rest take aside. `seconds` of a unit says nothing. */
export interface Units {
  /** Of each process, in a second in which it does nothing. */
  readonly rest: Count
  readonly conversation: Count
  /** A turn of 2 kB that opens its conversation: 202, and nobody views it. */
  readonly turn: Count
  /** The same where its answer is read, on a process chosen at random. */
  readonly read: Count
  /** A reply that calls one tool, the call, and the request that follows. */
  readonly round: Count
  /** Each further call in that reply. */
  readonly call: Count
  /** In each second of a reply that streams: with nobody, where who asked reads it, and for one viewer on another process, more than that. */
  readonly streaming: Count
  readonly reading: Count
  readonly viewing: Count
  /** For each further viewer on that process. */
  readonly viewingToo: Count
}

/** What this Postgres does at most, on this machine. */
export interface Ceilings {
  /** Commits a second with and without NOTIFY: of a row in a table that is logged, or in one that is not. */
  readonly commits: Readonly<Record<'logged' | 'unlogged', Readonly<Record<'silent' | 'notifying', number>>>>
  /** Microseconds of CPU for which a process is busy with each notice that it hears. */
  readonly hearing: number
  /** Bytes of write-ahead log a second. */
  readonly walBytes: number
  /** Dead rows that one worker of autovacuum removes in a second at its default pace: of a feed, and of rows changed at random places. */
  readonly vacuum: Readonly<Record<'feed' | 'changed', number>>
}

export interface Costs {
  readonly machine: string
  readonly postgres: string
  /** The load of the machine by others, when it began; processes that want a core. */
  readonly load: number
  readonly throughput: readonly Throughput[]
  readonly stop: Readonly<Record<'here' | 'elsewhere', StopTimes>>
  readonly units: Units
  /** Bytes of write-ahead log of a turn that is the first after a checkpoint, alone: each page that it changes is written whole. */
  readonly coldTurn: number
  /** Bytes of a row in each table that keeps its rows, its part of the indexes included. */
  readonly rowBytes: Readonly<Record<string, number>>
  /** Connections of each process, at most, while it was busy. */
  readonly connections: number
  readonly ceilings: Ceilings
}

const file = new URL('costs.json', import.meta.url)

export const costsFile = file

/** The costs as they were measured last. */
export const readCosts = (): Costs => JSON.parse(readFileSync(file, 'utf8')) as Costs
