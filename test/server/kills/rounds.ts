// Starts a server, kills it at a random moment, starts the next one, and so on, while clients talk and follow. In the end, what each
// client was told is compared with the journal.
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { sqliteStore } from '../../../src/stores/sqlite/index.ts'
import { startSimulator } from '../../../src/testing/index.ts'
import { mulberry } from '../../mulberry.ts'
import { compared } from './compared.ts'
import { World } from './follower.ts'
import { freePort, killed, started } from './processes.ts'
import { createScript, secrets } from './replies.ts'
import { beginTalk, liveTalk } from './talks.ts'

export interface ServedRoundsOptions {
  /** How to start `serving.ts`: the arguments of `node`, without those of the server. */
  readonly program: readonly string[]
  /** Of the database. */
  readonly path: string
  readonly rounds: number
  readonly conversations?: number
  readonly seed: number
  /** Milliseconds that a server is left alone once somebody follows it, or in one round of six once it listens: at random up to this. Default 1,500. */
  readonly longest?: number
  readonly progress?: (round: number, world: World) => void
}

export interface ServedRoundsReport {
  readonly faults: readonly string[]
  readonly counts: World['counts'] & { readonly messages: number; readonly requests: number }
}

/** Milliseconds in which everything has to come to rest after the last round. */
const patience = 60_000

/** Plays so many rounds. */
export async function playServedRounds(options: ServedRoundsOptions): Promise<ServedRoundsReport> {
  const { program, path, rounds, conversations = 6, seed, longest = 1_500, progress } = options
  const draw = mulberry(seed)
  const simulator = await startSimulator({ script: createScript(mulberry(seed + 1)) })
  const port = await freePort()
  const world = new World()
  const leaving = new AbortController()
  const ending = new AbortController()
  const start = () => started([...program, path, simulator.url, String(port)], world)
  let server = await start()
  try {
    const shared = {
      origin: `http://127.0.0.1:${port}`,
      world,
      draw,
      leaving: leaving.signal,
      ending: ending.signal,
    }
    const talks = await Promise.all(Array.from({ length: conversations }, (_, nth) => beginTalk(nth, shared)))
    const lives = talks.map((talk) => liveTalk(talk, shared))
    const following = lives.flatMap((life) => life.following)
    const writing = lives.flatMap((life) => life.writing)
    for (let round = 0; round < rounds; round++) {
      if (draw() < 5 / 6) await Promise.race([world.connected(), once(server, 'exit')])
      await wait(draw() * longest)
      await killed(server)
      progress?.(round + 1, world)
      server = await start()
    }
    leaving.abort()
    const isAtRest = await Promise.race([Promise.all(writing).then(() => true), wait(patience, false, { ref: false })])
    if (!isAtRest)
      for (const { pending } of talks.flatMap(({ writers }) => writers))
        if (pending !== null) world.fault(`${pending} has no outcome`)
    const store = sqliteStore(path)
    const kept = await compared({ talks, store, world, patience: patience / 2 })
    await store.close()
    ending.abort()
    await Promise.all([...following, ...writing])
    const sent = simulator.requests.map(({ text }) => text).join('\n')
    for (const word of sent.match(secrets) ?? [])
      if (!kept.has(word)) world.fault(`${word} was sent to the model again`)
    for (const { problem = '' } of simulator.requests)
      if (problem !== '' && !problem.includes('verloaded')) world.fault(`a request was rejected: ${problem}`)
    const messages = talks.flatMap(({ writers }) => writers.flatMap(({ turns }) => [...turns])).length
    return { faults: [...world.faults], counts: { ...world.counts, messages, requests: simulator.requests.length } }
  } finally {
    ending.abort()
    await killed(server)
    await simulator.close().catch(() => {})
  }
}
