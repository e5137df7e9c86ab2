// Lets contestants compete: each in a process of its own, in interleaved rounds, so that what drifts drifts for all. Several
// generations of processes, because no two of them compile alike.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type Figure, figureOf } from '../measure.ts'
import type { Delivery, ReplyKind } from '../replies.ts'
import { programOf } from '../../scripts/programs.ts'
import type { Sample, Streams, StreamsTook, Task } from './competing.ts'
import { entryOf, type Name } from './contestants.ts'

/** The reply that everybody reads, and how. */
interface Reading {
  readonly kind: ReplyKind
  readonly delivery: Delivery
  readonly deltas: number
  /** The request has tools, which are not called. */
  readonly withTools: boolean
  readonly reader: 'deltas' | 'page'
}

/** Where the programs are, and who answers. */
export interface Place {
  readonly programs: string
  readonly port: number
}

/** A contestant, and the Node that runs it. */
export interface Entrant {
  readonly id: string
  readonly name: Name
  readonly node: string
}

interface Rounds {
  readonly generations: number
  /** Samples of each process that do not count. */
  readonly warmups: number
  /** Samples of each process that do. */
  readonly rounds: number
}

export interface Plan extends Reading, Rounds {
  /** The turns that are measured before anything else in a process, as one sample. */
  readonly cold: number
  /** Turns that make up a sample. */
  readonly turns: number
  readonly talks: Sample['talks']
  /** For those who take long. */
  readonly slow: Rounds
}

/** Microseconds or milliseconds, by round. */
export type Series = ReadonlyMap<number, number>

export interface Found {
  readonly cold: Series
  readonly warm: Series
}

/** What was measured, by the `id` of the entrant. */
export type FoundOf<What> = ReadonlyMap<string, What>

class Rival {
  readonly entrant: Entrant
  readonly #child: ChildProcess

  private constructor(entrant: Entrant, child: ChildProcess) {
    this.entrant = entrant
    this.#child = child
  }

  /** Starts the process. Resolves once it can compete. */
  static async start(entrant: Entrant, { programs, port }: Place, reading: Reading): Promise<Rival> {
    const { kind, delivery, deltas } = reading
    const url = `http://127.0.0.1:${port}/${kind}/${delivery}/${deltas}`
    const task: Task = { ...reading, name: entrant.name, url }
    const child = fork(programOf(programs, 'contest/competing.ts'), [JSON.stringify(task)], {
      execPath: entrant.node,
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' },
    })
    const rival = new Rival(entrant, child)
    await rival.#next()
    return rival
  }

  async ask<Answer>(what: Sample | Streams): Promise<Answer> {
    this.#child.send(what)
    return (await this.#next()) as Answer
  }

  end(): void {
    this.#child.kill()
  }

  async #next(): Promise<unknown> {
    const done = new AbortController()
    const { signal } = done
    const died = once(this.#child, 'exit', { signal }).then(() => {
      throw new Error(`${this.entrant.id} ended by itself.`)
    })
    died.catch(() => {})
    try {
      const [message] = await Promise.race([once(this.#child, 'message', { signal }), died])
      return message as unknown
    } finally {
      done.abort()
    }
  }
}

/** Everybody, each time another one first. */
const inTurn = <Item>(items: readonly Item[], round: number): readonly Item[] => {
  const first = round % Math.max(1, items.length)
  return [...items.slice(first), ...items.slice(0, first)]
}

async function withRivals(
  entrants: readonly Entrant[],
  place: Place,
  reading: Reading,
  run: (rivals: readonly Rival[]) => Promise<void>,
): Promise<void> {
  const rivals = await Promise.all(entrants.map((entrant) => Rival.start(entrant, place, reading)))
  await run(rivals).finally(() => {
    for (const rival of rivals) rival.end()
  })
}

const roundsOf = (plan: Plan, { name }: Entrant): Rounds => (entryOf(name).isSlow ? plan.slow : plan)

/** CPU of turns, in microseconds. */
export async function compete(entrants: readonly Entrant[], place: Place, plan: Plan): Promise<FoundOf<Found>> {
  const found = new Map(
    entrants.map(({ id }) => [id, { cold: new Map<number, number>(), warm: new Map<number, number>() }]),
  )
  const { talks, turns } = plan
  for (let generation = 0; generation < plan.generations; generation++) {
    const those = entrants.filter((entrant) => generation < roundsOf(plan, entrant).generations)
    await withRivals(those, place, plan, async (rivals) => {
      if (plan.cold > 0)
        for (const rival of inTurn(rivals, generation)) {
          const used = await rival.ask<number>({ what: 'sample', talks, turns: plan.cold })
          found.get(rival.entrant.id)?.cold.set(generation, used)
        }
      for (let round = -plan.warmups; round < plan.rounds; round++)
        for (const rival of inTurn(rivals, round + plan.warmups)) {
          const { warmups, rounds } = roundsOf(plan, rival.entrant)
          if (round < -warmups || round >= rounds) continue
          const used = await rival.ask<number>({ what: 'sample', talks, turns })
          if (round >= 0) found.get(rival.entrant.id)?.warm.set(generation * plan.rounds + round, used)
        }
    })
  }
  return found
}

export interface StreamsPlan {
  readonly count: number
  readonly deltas: number
  readonly rounds: number
}

export interface StreamsFound {
  readonly cpu: Series
  readonly p99: Series
}

/** Replies that stream at once, each contestant's alone. */
export async function streamAtOnce(
  entrants: readonly Entrant[],
  place: Place,
  { count, deltas, rounds }: StreamsPlan,
): Promise<FoundOf<StreamsFound>> {
  const found = new Map(
    entrants.map(({ id }) => [id, { cpu: new Map<number, number>(), p99: new Map<number, number>() }]),
  )
  const reading: Reading = { kind: 'text', delivery: 'paced', deltas, withTools: false, reader: 'deltas' }
  await withRivals(entrants, place, reading, async (rivals) => {
    // What is compiled in the first round is not what is measured.
    for (let round = -1; round < rounds; round++)
      for (const rival of inTurn(rivals, (round + 1) * 3)) {
        const took = await rival.ask<StreamsTook>({ what: 'streams', count, deltas })
        if (round < 0) continue
        found.get(rival.entrant.id)?.cpu.set(round, took.cpu)
        found.get(rival.entrant.id)?.p99.set(round, took.p99)
      }
  })
  return found
}

/** How one relates to another in the rounds that both had. */
export function between(series: Series | undefined, other: Series | undefined): Figure {
  const each = [...(series ?? [])].flatMap(([round, value]) => {
    const to = other?.get(round)
    return to === undefined ? [] : [value / to]
  })
  return figureOf(each)
}
