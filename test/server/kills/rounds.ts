// Starts a server, kills it at a random moment, starts the next one, and so on, while clients talk and follow. In the end, what each
// client was told is compared with the journal.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Folding, originOf, outcomeOf, transcript, type View } from '../../../src/journal/index.ts'
import { sqliteStore } from '../../../src/stores/sqlite/index.ts'
import { startSimulator } from '../../../src/testing/index.ts'
import { mulberry } from '../../mulberry.ts'
import { Follower, within, World } from './follower.ts'
import { createScript, secrets } from './replies.ts'
import { Writer } from './writer.ts'

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

interface Talk {
  readonly id: string
  readonly url: string
  readonly followers: readonly Follower[]
  readonly writers: readonly Writer[]
}

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
    const talks = await Promise.all(
      Array.from({ length: conversations }, (_, nth) =>
        begun(nth, `http://127.0.0.1:${port}`, world, draw, leaving, ending),
      ),
    )
    const following = talks.flatMap((talk) => [
      ...talk.followers.map((follower, nth) => followed(talk, follower, nth, ending.signal)),
      decided(talk, ending.signal, draw),
    ])
    const writing = talks.flatMap(({ writers }) => writers.map((writer) => writer.live()))
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
    const kept = await compared(talks, path, world)
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

async function begun(
  nth: number,
  origin: string,
  world: World,
  draw: () => number,
  leaving: AbortController,
  ending: AbortController,
): Promise<Talk> {
  const id = `c${nth}`
  // The server has fewer of them in memory at a time than there are.
  for (let status = 0; status !== 201; await wait(20)) {
    const made = await fetch(`${origin}/v1/conversations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    })
    ;({ status } = made)
    if (status !== 201 && status !== 503) throw new Error(`${id} was answered ${status}: ${await made.text()}`)
    await made.body?.cancel()
  }
  const url = `${origin}/v1/conversations/${id}`
  const writer = (letter: string) =>
    new Writer({ world, url, name: `${id}${letter}`, draw, leaving: leaving.signal, ending: ending.signal })
  return {
    id,
    url,
    followers: [0, 1].map((each) => new Follower(world, `follower ${each} of ${id}`)),
    writers: [writer('a'), writer('b')],
  }
}

/** Keeps a follower connected. The second one gets deltas as they come, and goes away by itself now and then. */
async function followed({ url }: Talk, follower: Follower, nth: number, signal: AbortSignal): Promise<void> {
  for (let times = 0; !signal.aborted; times++) {
    const follow = async (own: AbortSignal) => {
      const leaving = nth === 1 && times % 2 === 0 ? AbortSignal.any([own, AbortSignal.timeout(200)]) : own
      await follower.follow(`${url}/events${nth === 1 ? '?frame=0' : ''}`, leaving)
    }
    await within(signal, follow).catch(() => {})
    await wait(20)
  }
}

/** Decides what waits for a person, as the first follower sees it. */
async function decided({ url, followers }: Talk, signal: AbortSignal, draw: () => number): Promise<void> {
  const ask = (method: string, path: string, body: object) =>
    within(signal, async (own) => {
      const response = await fetch(url + path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: own,
      })
      await response.text()
    })
  while (!signal.aborted) {
    await wait(50)
    const state = followers[0]?.state
    if (!state) continue
    const [call] = state.pendingCalls
    // The server may be down, or somebody else may have decided.
    if (call) await ask('POST', `/approvals/${call.callId}`, { approved: draw() < 0.7 }).catch(() => {})
    else if (state.status === 'refused') await ask('POST', '/refusal', { policy: 'drop-turn' }).catch(() => {})
    else if (state.held) await ask('PATCH', '/queue', { release: true }).catch(() => {})
  }
}

/**
 * Compares what clients have with the journal, once they have everything. Resolves with the words of replies that were stopped before
 * their refusal arrived: those were not refused, and may be kept.
 */
async function compared(talks: readonly Talk[], path: string, world: World): Promise<ReadonlySet<string>> {
  const kept = new Set<string>()
  const store = sqliteStore(path)
  try {
    const until = Date.now() + patience / 2
    for (const { id, url, followers, writers } of talks) {
      let view = await viewOf(store, id)
      const isBehind = () =>
        followers.some(({ state }) => state?.revision !== view.revision || state.status === 'streaming')
      while (isBehind() && Date.now() < until) {
        await wait(50)
        view = await viewOf(store, id)
      }
      const stopped = view.turns.filter(({ status }) => status === 'stopped')
      for (const word of JSON.stringify(stopped).match(secrets) ?? []) kept.add(word)
      const shown: unknown = JSON.parse(JSON.stringify(transcript(view)))
      const ended = outcomesIn(view)
      for (const [nth, { state, told }] of followers.entries()) {
        if (!isDeepStrictEqual(state?.messages, shown))
          world.fault(
            `follower ${nth} of ${id} has another picture (revision ${state?.revision} of ${view.revision}): ${firstDifference(state?.messages, shown)}`,
          )
        for (const [message, status] of ended) {
          const seen = told.get(message)
          if (!seen) world.fault(`follower ${nth} of ${id} was not told the outcome of ${message}: ${status}`)
          else if (seen.status !== status)
            world.fault(`follower ${nth} of ${id} was told that ${message} is ${seen.status}, and it is ${status}`)
        }
        for (const message of told.keys())
          if (!ended.has(message)) world.fault(`follower ${nth} of ${id} was told of ${message}, which is not stored`)
      }
      for (const writer of writers) {
        for (const [message, { status }] of writer.told)
          if (ended.get(message) !== status && ended.has(message))
            world.fault(`${message} in ${id} was told as ${status}, and is ${ended.get(message)}`)
        for (const [key, turnId] of writer.turns)
          if (view.turns.filter(({ id: turn }) => turn === turnId).length > 1) world.fault(`${key} opened two turns`)
      }
      const texts = await Promise.all(
        ['', '/transcript', '/transcript?format=md'].map(async (rest) => (await fetch(url + rest)).text()),
      )
      for (const word of texts.join('\n').match(secrets) ?? [])
        if (!kept.has(word)) world.fault(`${word} is in what ${id} says in the end`)
      const state = JSON.parse(texts[0] ?? '{}') as { readonly messages?: unknown }
      if (!isDeepStrictEqual(state.messages, shown)) world.fault(`GET ${id} answers another transcript`)
    }
    for (const { id } of talks)
      for await (const page of store.facts(id))
        for (const word of JSON.stringify(page).match(secrets) ?? [])
          if (!kept.has(word)) world.fault(`${word} is stored in ${id}`)
    return kept
  } finally {
    await store.close()
  }
}

async function viewOf(store: ReturnType<typeof sqliteStore>, id: string): Promise<View> {
  const folding = new Folding()
  for await (const page of store.facts(id)) folding.addAll(page)
  return folding.view
}

/** The outcome of each message. */
const outcomesIn = (view: View): ReadonlyMap<string, string> =>
  new Map(
    view.turns.flatMap(({ id }) => {
      const message = originOf(view, id)
      const outcome = outcomeOf(view, message)
      return outcome ? [[message, outcome.status] as const] : []
    }),
  )

function firstDifference(is: readonly unknown[] | undefined, should: unknown): string {
  const [one, other] = [is ?? [], Array.isArray(should) ? should : []]
  const at = one.findIndex((item, index) => !isDeepStrictEqual(item, other[index]))
  const index = at < 0 ? one.length : at
  return `${JSON.stringify(one[index])} in place of ${JSON.stringify(other[index])}`
}

/** A server that listens. */
async function started(args: readonly string[], world: World): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => {
    errors.push(String(chunk))
    world.fault(`the server said: ${String(chunk).slice(0, 500)}`)
  })
  await Promise.race([
    child.stdout ? once(child.stdout, 'data') : null,
    once(child, 'exit').then(() => {
      throw new Error(`the server ended by itself: ${errors.join('')}`)
    }),
  ])
  return child
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const over = once(child, 'exit')
  child.kill('SIGKILL')
  await over
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
