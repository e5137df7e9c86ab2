// What each thing takes, by Postgres' own counters. What processes take that are at rest is taken off.
import { setTimeout as wait } from 'node:timers/promises'
import type { Units } from './costs.ts'
import { type Count, Counters, less, numbers, times } from './counters.ts'
import { homesOf } from './homes.ts'
import type { Database, Member, Place } from './place.ts'
import { startMembers } from './throughput.ts'

export interface UnitsPlan {
  /** Conversations that have turns. */
  readonly conversations: number
  /** Conversations that stream, and seconds of each reply. */
  readonly streams: number
  readonly seconds: number
}

type Progress = (text: string) => void

/** A reply of 2 kB at once. */
const whole = '10 deltas of 200 every 0 ms'

/** Milliseconds between two deltas of a reply that streams: several in a frame. */
const pace = 15

export interface FoundUnits {
  readonly units: Units
  readonly coldTurn: number
  readonly connections: number
  readonly rowBytes: Readonly<Record<string, number>>
}

export async function unitCosts(place: Place, plan: UnitsPlan, progress: Progress): Promise<FoundUnits> {
  const measuring = await Measuring.begin(place, plan)
  const { conversations, streams, seconds } = plan
  progress('at rest …')
  const rest = await measuring.rest()
  progress('conversations …')
  const conversation = await measuring.each(conversations, () => measuring.create('new', conversations))
  await measuring.prepare('c', conversations)
  progress('turns …')
  const turn = await measuring.each(conversations, () => measuring.turns('c', conversations, whole, false))
  const read = await measuring.each(conversations, () => measuring.turns('c', conversations, whole, true))
  const rowBytes = await measuring.rowBytes()
  progress('calls …')
  const one = await measuring.each(conversations, () => measuring.turns('c', conversations, '1 calls', false))
  const five = await measuring.each(conversations, () => measuring.turns('c', conversations, '5 calls', false))
  progress('streams …')
  await measuring.prepare('s', streams)
  const deltas = Math.round((seconds * 1_000) / pace)
  const stream = `${deltas} deltas of ${Math.round(2_000 / deltas)} every ${pace} ms`
  const perSecond = (count: Count, base: Count) => times(less(count, base), 1 / seconds)
  const streaming = await measuring.each(streams, () => measuring.turns('s', streams, stream, false))
  const reading = await measuring.each(streams, () => measuring.turns('s', streams, stream, true))
  const viewing = await measuring.each(streams, () => measuring.viewed('s', streams, stream, 1))
  const viewingMore = await measuring.each(streams, () => measuring.viewed('s', streams, stream, 5))
  progress('a turn alone …')
  const coldTurn = await measuring.coldTurn('c')
  const connections = await measuring.connections()
  await measuring.end()
  const units: Units = {
    rest,
    conversation,
    turn,
    read: less(read, turn),
    round: less(one, turn),
    call: times(less(five, one), 1 / 4),
    streaming: perSecond(streaming, turn),
    reading: perSecond(less(reading, streaming), less(read, turn)),
    viewing: times(less(viewing, streaming), 1 / seconds),
    viewingToo: times(less(viewingMore, viewing), 1 / seconds / 4),
  }
  return { units, coldTurn, connections, rowBytes }
}

class Measuring {
  readonly #place: Place
  readonly #database: Database
  readonly #members: readonly Member[]
  readonly #counters: Counters
  #rest: Count | null = null
  /** The last count, if nothing that is not to be counted has happened since. */
  #last: Count | null = null

  private constructor(place: Place, database: Database, members: readonly Member[], counters: Counters) {
    this.#place = place
    this.#database = database
    this.#members = members
    this.#counters = counters
  }

  static async begin(place: Place, plan: UnitsPlan): Promise<Measuring> {
    const database = await place.database()
    const members = await startMembers(place, database, 2)
    const measuring = new Measuring(place, database, members, await Counters.begin(place, database, members))
    await measuring.create('w', plan.streams)
    await measuring.turns('w', plan.streams, whole, true)
    return measuring
  }

  /** What a process takes in a second in which it does nothing. */
  async rest(): Promise<Count> {
    const before = await this.#counters.settled()
    await wait(5_000)
    const found = less(await this.#counters.settled(), before)
    this.#rest = times(found, 1 / found.seconds)
    return times(this.#rest, 1 / this.#members.length)
  }

  /** What something takes that is done so often. */
  async each(count: number, work: () => Promise<void>): Promise<Count> {
    const before = this.#last ?? (await this.#counters.settled())
    await work()
    this.#last = await this.#counters.settled()
    const found = less(this.#last, before)
    return times(this.#rest ? less(found, times(this.#rest, found.seconds)) : found, 1 / count)
  }

  /** What is done once is done by then. Dead rows are reused, as autovacuum has it in the long run. */
  async prepare(prefix: string, count: number): Promise<void> {
    await this.create(prefix, count)
    await this.turns(prefix, count, whole, false)
    await this.#database.client.query('vacuum')
    this.#last = null
  }

  async create(prefix: string, count: number): Promise<void> {
    await this.#place.perform({ what: 'create', ...this.#all(prefix, count) })
  }

  /** A turn in each, a few at a time. */
  async turns(prefix: string, count: number, input: string, reads: boolean): Promise<void> {
    const atOnce = 10
    for (let first = 0; first < count; first += atOnce) {
      const some = { ...this.#all(prefix, Math.min(atOnce, count - first)), first }
      await this.#place.perform({ what: 'turns', ...some, input, reads })
    }
    await this.#counters.atRest()
  }

  /** A turn in each, which so many viewers follow on another process than its own. */
  async viewed(prefix: string, count: number, input: string, viewers: number): Promise<void> {
    await this.#place.perform({ what: 'turns', ...this.#all(prefix, count), input, reads: false })
    const ids = Array.from({ length: count }, (_, nth) => `${prefix}${nth}`)
    const homes = await homesOf(this.#database, this.#members, ids)
    const at = homes.map(({ elsewhere }, nth): readonly [string, number] => [ids[nth] ?? '', elsewhere])
    await this.#place.perform({ what: 'view', times: viewers, at })
    await this.#counters.atRest()
  }

  /** Bytes of write-ahead log of a turn that is the first after a checkpoint; the median of some. */
  async coldTurn(prefix: string): Promise<number> {
    const { admin } = this.#database
    const found: number[] = []
    for (let nth = 0; nth < 7; nth++) {
      await this.#counters.atRest()
      await admin.query('checkpoint')
      const [before = 0] = await numbers(admin, wal)
      const one = { ...this.#all(prefix, 1), first: nth }
      await this.#place.perform({ what: 'turns', ...one, input: whole, reads: false })
      await this.#counters.atRest()
      const [after = 0] = await numbers(admin, wal)
      found.push(after - before)
    }
    return found.toSorted((a, b) => a - b)[3] ?? 0
  }

  /** Connections of a process, at most, while many turns begin at once. */
  async connections(): Promise<number> {
    const { admin, name } = this.#database
    const count = `select count(*) from pg_stat_activity where datname = '${name}' and backend_type = 'client backend'`
    let most = 0
    let phase: 'busy' | 'over' = 'busy'
    await this.create('busy', 200)
    const work = this.#place
      .perform({ what: 'turns', ...this.#all('busy', 200), input: whole, reads: true })
      .finally(() => (phase = 'over'))
    const isBusy = () => phase === 'busy'
    while (isBusy()) {
      const [now = 0] = await numbers(admin, count)
      most = Math.max(most, now)
      await wait(50)
    }
    await work
    // One of them is our own.
    return (most - 1) / this.#members.length
  }

  /**
   * Bytes of a row in the tables that keep their rows, with its part of the indexes: of a copy with far more rows, whose keys are new ones
   * in random order.
   */
  async rowBytes(): Promise<Readonly<Record<string, number>>> {
    const { client } = this.#database
    const found: Record<string, number> = {}
    for (const [table, newKeys] of Object.entries(stays)) {
      const [before = 0] = await numbers(client, `select count(*) from ${table}`)
      await client.query(`create table copied (like ${table} including all)`)
      await client.query(
        `insert into copied select (jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${newKeys}))).*
         from generate_series(1, $1::int) g, ${table} t`,
        [Math.ceil(copies / before)],
      )
      const [bytes = 0, rows = 0] = await numbers(
        client,
        `select pg_total_relation_size('copied'), (select count(*) from copied)`,
      )
      await client.query('drop table copied')
      found[table.replace(/^.*\./, '')] = bytes / rows
    }
    this.#last = null
    return found
  }

  async end(): Promise<void> {
    for (const member of this.#members) await member.end()
  }

  #all(prefix: string, count: number) {
    return { ports: this.#members.map(({ port }) => port), prefix, first: 0, count }
  }
}

/** Rows of a copy, about. */
const copies = 50_000

const newWorkflow = `'workflow_uuid', gen_random_uuid()`
const newNumber = `floor(random() * 1e15)`

/** Tables whose rows outlive a turn, and what makes the keys of a copy. */
const stays: Readonly<Record<string, string>> = {
  turnstate_conversations: `'key', ${newNumber}, 'id_hash', md5(random()::text)`,
  turnstate_facts: `'conversation', ${newNumber}`,
  'turnstate_dbos.workflow_status': newWorkflow,
  'turnstate_dbos.workflow_input': newWorkflow,
  'turnstate_dbos.workflow_output': newWorkflow,
  'turnstate_dbos.operation_outputs': newWorkflow,
}

const wal = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')`
