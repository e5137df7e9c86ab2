// How many short turns servers answer, and how fast they stop one.
import { setTimeout as wait } from 'node:timers/promises'
import type { Costs, StopTimes, Throughput } from './costs.ts'
import { part } from './parts-of.ts'
import { type Home, homesOf } from './homes.ts'
import type { Database, Member, Place } from './place.ts'

export interface ThroughputPlan {
  /** Clients at once that are tried. */
  readonly clients: readonly number[]
  readonly seconds: number
  readonly clusters: readonly number[]
  readonly stops: number
}

type Progress = (text: string) => void

const short = '10 deltas of 10 every 0 ms'

/** The throughput of the single server, and of clusters. */
export async function throughputs(
  place: Place,
  plan: ThroughputPlan,
  progress: Progress,
): Promise<readonly Throughput[]> {
  const found: Throughput[] = []
  for (const servers of ['single', ...plan.clusters] as const) {
    const database = await place.database()
    const members = await startMembers(place, database, servers)
    for (const each of ['kept', 'new'] as const) {
      progress(`${servers === 'single' ? 'the single server' : `${servers} of a cluster`}, ${each} …`)
      found.push(await best(place, plan, members, servers, each))
    }
    for (const member of members) await member.end()
  }
  return found
}

export async function startMembers(
  place: Place,
  database: Database,
  servers: 'single' | number,
): Promise<readonly Member[]> {
  if (servers === 'single') return [await place.member(database.url, null)]
  const members: Member[] = []
  for (let nth = 1; nth <= servers; nth++) members.push(await place.member(database.url, `process-${nth}`))
  return members
}

/** That with the most turns, of as many clients as are tried. */
async function best(
  place: Place,
  plan: ThroughputPlan,
  members: readonly Member[],
  servers: 'single' | number,
  each: 'kept' | 'new',
): Promise<Throughput> {
  const ports = members.map(({ port }) => port)
  const most = Math.max(...plan.clients)
  const run = async (clients: number, seconds: number): Promise<Throughput> => {
    const conversations = { ports, prefix: `${each}-${clients}-${seconds}-`, first: 0, count: clients }
    if (each === 'kept') await place.perform({ ...conversations, what: 'create' })
    const before = await used(place, members)
    const done = await place.perform({ ...conversations, what: 'talk', each, seconds, input: short })
    const after = await used(place, members)
    return {
      servers,
      each,
      clients,
      turnsPerSecond: done.turns / done.seconds,
      serverCpu: (after.servers - before.servers) / done.turns,
      postgresCpu: (after.postgres - before.postgres) / done.turns,
      first: [part(done.firsts, 0.5), part(done.firsts, 0.99)],
      whole: [part(done.wholes, 0.5), part(done.wholes, 0.99)],
    }
  }
  // What is compiled by then is measured.
  await run(Math.min(most, 40), plan.seconds / 2)
  let found = await run(plan.clients[0] ?? 1, plan.seconds)
  for (const clients of plan.clients.slice(1)) {
    const next = await run(clients, plan.seconds)
    if (next.turnsPerSecond > found.turnsPerSecond) found = next
  }
  return found
}

async function used(place: Place, members: readonly Member[]) {
  const cpus = await Promise.all(members.map((member) => member.cpu()))
  return { servers: cpus.reduce((sum, each) => sum + each, 0), postgres: place.postgresCpu() }
}

/** How fast a turn stops that streams, when the process is asked that has it, or another one. */
export async function stopTimes(place: Place, plan: ThroughputPlan, progress: Progress): Promise<Costs['stop']> {
  progress('stops …')
  const database = await place.database()
  const members = await startMembers(place, database, 2)
  const stops = async (where: 'here' | 'elsewhere'): Promise<StopTimes> => {
    const answered: number[] = []
    const cut: number[] = []
    // The first one is not counted.
    for (let nth = 0; nth <= plan.stops; nth++) {
      const one = { ports: members.map(({ port }) => port), prefix: where, first: nth, count: 1 }
      await place.perform({ ...one, what: 'create' })
      await place.perform({ ...one, what: 'turns', reads: false, input: '2000 deltas of 10 every 15 ms' })
      const id = `${where}${nth}`
      const [home] = await homesOf(database, members, [id])
      if (!home) throw new Error('the turn has no home')
      await wait(500)
      const isCut = place.cut()
      const done = await place.perform({ what: 'stop', id, port: portFor(where, home) })
      if (nth === 0) {
        await isCut
        continue
      }
      answered.push(...done.wholes)
      cut.push((await isCut) - done.began)
    }
    return { answered: [part(answered, 0.5), Math.max(...answered)], cut: [part(cut, 0.5), Math.max(...cut)] }
  }
  const found = { here: await stops('here'), elsewhere: await stops('elsewhere') }
  await Promise.all(members.map((member) => member.end()))
  return found
}

const portFor = (where: 'here' | 'elsewhere', { here, elsewhere }: Home) => (where === 'here' ? here : elsewhere)
