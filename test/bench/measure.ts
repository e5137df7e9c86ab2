import { setTimeout } from 'node:timers/promises'

/** Microseconds of CPU, user and system, of this whole process: garbage collection and compilation included. */
export function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Everything that nobody holds any more. */
export function collectGarbage(): void {
  gcOrThrow()()
}

/** What was left behind just now. A full collection would also drop object shapes, and compiled code with them. */
export function collectRecent(): void {
  gcOrThrow()({ type: 'minor' })
}

function gcOrThrow(): NonNullable<typeof gc> {
  if (!globalThis.gc) throw new Error('The bench needs --expose-gc: run it with "npm run bench".')
  return globalThis.gc
}

export interface Contestant {
  readonly name: string
  /** One turn. Resolves with what was read of the reply. */
  readonly run: () => Promise<string>
}

export interface Series {
  /** Rounds that count. */
  readonly rounds: number
  /** Rounds before them that don't. */
  readonly warmups: number
  /** Turns that make up one sample. */
  readonly turns: number
  readonly deltas: number
  readonly readLength: number
}

/** Microseconds of CPU per delta, by contestant, one for each round. */
export type Samples = ReadonlyMap<string, readonly number[]>

/** Interleaved: everybody has a go in each round, in an order that rotates, so that what drifts drifts for all. */
export async function measure(contestants: readonly Contestant[], series: Series): Promise<Samples> {
  const samples = new Map(contestants.map(({ name }) => [name, [] as number[]]))
  collectGarbage()
  for (let round = -series.warmups; round < series.rounds; round++) {
    const first = (round + series.warmups) % contestants.length
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      const used = await sample(contestant, series)
      if (round >= 0) samples.get(contestant.name)?.push(used)
    }
  }
  return samples
}

async function sample({ name, run }: Contestant, { turns, deltas, readLength }: Series): Promise<number> {
  // Nobody pays for what another left behind. Not a full collection: after one, everybody would be warming up again.
  collectRecent()
  const before = cpu()
  for (let turn = 0; turn < turns; turn++) {
    const read = await run()
    if (read.length !== readLength) throw new Error(`${name} read ${read.length} characters of ${readLength}.`)
  }
  // What is left to do once the reply is there belongs to the turn: the end of the body, the connection.
  await setTimeout(2)
  return (cpu() - before) / turns / deltas
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

export interface Ratio {
  /** Of the medians. */
  readonly value: number
  /** Of single rounds. */
  readonly min: number
  readonly max: number
}

export function ratio(values: readonly number[], to: readonly number[]): Ratio {
  const each = values.map((value, round) => value / (to[round] ?? Number.NaN))
  return { value: median(values) / median(to), min: Math.min(...each), max: Math.max(...each) }
}
