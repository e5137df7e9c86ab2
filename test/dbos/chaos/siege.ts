// Processes of one cluster are killed, stopped and cut off from their database at random, and replaced, while clients talk and follow through
// a balancer. In the end, what each client was told is compared with the journal.
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { postgresStore } from '../../../src/stores/postgres/index.ts'
import { startSimulator } from '../../../src/testing/index.ts'
import { mulberry } from '../../mulberry.ts'
import { compared } from '../../server/kills/compared.ts'
import { World } from '../../server/kills/follower.ts'
import { createScript } from '../../server/kills/replies.ts'
import { beginTalk, liveTalk } from '../../server/kills/talks.ts'
import { Balancer } from './balancer.ts'
import { EffectCounter } from './effects.ts'
import { type FaultKind, Member } from './members.ts'
import { Link } from './link.ts'
import { ModelWatch } from './model-watch.ts'
import type { Network } from './network.ts'
import { Recoveries } from './recoveries.ts'
import { Strangers } from './strangers.ts'

export interface SiegeOptions {
  /** The path of the bundle of `member.ts`. */
  readonly program: string
  /** A database of its own. */
  readonly databaseUrl: string
  readonly members?: number
  readonly conversations: number
  readonly seed: number
  /** How many things happen to processes, and the milliseconds between two. */
  readonly faults: number
  readonly every: number
  /** Milliseconds for which a process is stopped or cut off. */
  readonly away: number
  /** The most milliseconds between two messages of a writer. */
  readonly pause: number
  /** Milliseconds in which everything has to come to rest in the end. Default 60,000. */
  readonly patience?: number
  /** Where each process gets a machine of its own. Default: all are on this one. */
  readonly network?: Network | null
  readonly progress?: (line: string) => void
}

export interface SiegeReport {
  readonly faults: readonly string[]
  readonly counts: World['counts'] & { readonly messages: number; readonly requests: number; readonly effects: number }
  /** What happened to processes. */
  readonly happened: readonly FaultKind[]
  /** Milliseconds until conversations that were streaming on a process went on, by what happened to it. */
  readonly recoveries: ReadonlyMap<FaultKind, readonly number[]>
  /** What processes wrote to their logs. */
  readonly logs: ReadonlyMap<string, string>
}

const kinds: readonly FaultKind[] = ['killed', 'stopped', 'refused', 'silent']

/** Lays siege to a cluster. */
export async function besiege(options: SiegeOptions): Promise<SiegeReport> {
  const { program, databaseUrl, members: size = 3, conversations, seed, pause, patience = 60_000 } = options
  const { network = null, progress = () => {} } = options
  const draw = mulberry(seed)
  const world = new World((what) => progress(`FAULT ${what}`))
  const [leaving, ending] = [new AbortController(), new AbortController()]
  const all = new Map<string, Member>()
  let started = 0
  const watch = new ModelWatch(world, (name) => all.get(name)?.fault !== null)
  const script = createScript(mulberry(seed + 1))
  const simulator = await startSimulator({
    script: (request) => {
      watch.see(request)
      return script(request)
    },
  })
  const effects = await EffectCounter.start()
  const balancer = await Balancer.start(mulberry(seed + 2))
  const [model, counter] = await Promise.all([simulator, effects].map(({ url }) => Link.to(url, network?.address)))
  const start = async () => {
    const name = `m${++started}`
    const told = { databaseUrl, model: model?.url ?? '', effects: counter?.url ?? '', process: name }
    const member = await Member.start(program, told, network)
    all.set(name, member)
    const watchExit = async () => {
      await member.exited
      if (member.fault === null && !ending.signal.aborted)
        world.fault(`${name} ended by itself: ${member.said.join('')}`)
    }
    void watchExit()
    balancer.add(member.url)
    return member
  }
  const strangers = await Strangers.of({
    origin: balancer.url,
    world,
    draw,
    leaving: leaving.signal,
    ending: ending.signal,
    pause,
  })
  let recoveries: Recoveries | null = null
  try {
    // The first one creates the tables.
    await start()
    await Promise.all(Array.from({ length: size - 1 }, start))
    const shared = { origin: balancer.url, world, draw, leaving: leaving.signal, ending: ending.signal, pause }
    const talks = await Promise.all(Array.from({ length: conversations }, (_, nth) => beginTalk(nth, shared)))
    const outcomes = new Map(
      talks.map(({ id, followers }) => [id, () => followers.reduce((sum, { told }) => sum + told.size, 0)]),
    )
    const times = new Recoveries((id) => outcomes.get(id)?.() ?? 0)
    recoveries = times
    watch.onRequest((conversation) => times.goesOn(conversation))
    const lives = talks.map((talk) => liveTalk(talk, shared))
    const following = lives.flatMap((life) => life.following)
    const writing = [...lives.flatMap((life) => life.writing), ...strangers.live()]
    progress(`${size} processes, ${conversations} conversations`)

    const happened: FaultKind[] = []
    const returning: Promise<unknown>[] = []
    for (let nth = 0; nth < options.faults; nth++) {
      await wait(options.every)
      const standing = [...all.values()].filter(({ fault }) => fault === null)
      const member = standing[Math.floor(draw() * standing.length)]
      // Each kind once, then at random.
      const kind = kinds[nth] ?? kinds[Math.floor(draw() * kinds.length)]
      if (!member || !kind) continue
      happened.push(kind)
      const streaming = watch.streamingOn(member.name)
      member.fault = kind
      times.begin(
        kind,
        streaming.filter((id) => outcomes.has(id)),
      )
      progress(
        `${member.name} is ${kind}, ${streaming.length} stream on it; ${JSON.stringify(world.counts)}; waiting: ${times.waiting.join(', ')}`,
      )
      returning.push(happen(member, kind, options.away, balancer, world))
      returning.push(start())
    }
    await Promise.all(returning)
    leaving.abort()
    progress('no more messages')
    const isAtRest = await Promise.race([Promise.all(writing).then(() => true), wait(patience, false, { ref: false })])
    if (!isAtRest)
      for (const { pending } of [...talks.flatMap(({ writers }) => writers), ...strangers.all])
        if (pending !== null) world.fault(`${pending} has no outcome`)
    // Conversations that wait for a person stay open: somebody is about to decide.
    const until = Date.now() + patience / 4
    while (
      talks.some(({ followers }) => followers.some(({ state }) => state?.status === 'refused')) &&
      Date.now() < until
    )
      await wait(50)
    progress('comparing')
    const store = postgresStore(databaseUrl)
    const kept = await compared({ talks, store, world, patience: patience / 2 })
    await strangers.compare(store)
    await store.close()
    ending.abort()
    await Promise.all([...following, ...writing])
    for (const word of watch.sent) if (!kept.has(word)) world.fault(`${word} was sent to the model again`)
    for (const { problem = '' } of simulator.requests)
      if (problem !== '' && !problem.includes('verloaded')) world.fault(`a request was rejected: ${problem}`)
    for (const [call, count] of effects.counts) if (count > 1) world.fault(`the call ${call} was run ${count} times`)
    progress('waiting for what is left')
    for (const left of await leftIn(databaseUrl)) world.fault(left)
    progress('nothing goes on')
    for (const late of times.waiting) world.fault(`it never went on: ${late}`)
    const messages = talks.flatMap(({ writers }) => writers.flatMap(({ turns }) => [...turns])).length
    return {
      faults: [...world.faults],
      counts: {
        ...world.counts,
        messages,
        requests: simulator.requests.length + simulator.droppedRequests,
        effects: effects.counts.size,
      },
      happened,
      recoveries: times.times,
      logs: new Map([...all].map(([name, { said }]) => [name, said.join('')])),
    }
  } finally {
    ending.abort()
    recoveries?.end()
    await Promise.all([...all.values()].map((member) => member.kill()))
    balancer.close()
    for (const link of [model, counter]) link?.close()
    effects.close()
    await simulator.close().catch(() => {})
  }
}

/** What happens to a process, until it is gone. One that comes back is there for a while, and shuts down. */
async function happen(member: Member, kind: FaultKind, away: number, balancer: Balancer, world: World): Promise<void> {
  if (kind === 'killed') await member.kill()
  else {
    if (kind === 'stopped') member.stop()
    else if (kind === 'silent') await member.cut()
    else member.link.state = kind
    await wait(away)
    if (kind === 'stopped') member.goOn()
    else await member.mend()
    await wait(away / 4)
    if (member.isOver) world.fault(`${member.name}, which was ${kind}, ended by itself: ${member.said.join('')}`)
    const isOver = await Promise.race([member.end().then(() => true), wait(30_000, false, { ref: false })])
    if (!isOver) world.fault(`${member.name}, which was ${kind}, did not shut down`)
    await member.kill()
  }
  balancer.remove(member.url)
}

/** What nobody removes from the tables of the cluster, and turns that nobody ends. Waits a while for those that are about to. */
async function leftIn(databaseUrl: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    for (let times = 0; ; times++) {
      const { rows } = await client.query<{ readonly what: string }>(
        `select 'the workflow ' || workflow_uuid || ' is ' || status || ' on ' || coalesce(executor_id, 'nobody') as what
         from turnstate_dbos.workflow_status where status <> 'SUCCESS' and queue_name = 'turnstate'
         union all select 'the conversation ' || conversation || ' has a home: ' || process from turnstate_cluster_homes
         union all select 'a request is left, taken by ' || coalesce(taken_by, 'nobody') from turnstate_cluster_requests
         union all select 'pieces of answers are left: ' || count(*) from turnstate_cluster_answers having count(*) > 0`,
      )
      if (rows.length === 0 || times === 300) return rows.map(({ what }) => what)
      await wait(200)
    }
  } finally {
    await client.end()
  }
}
