// What a Postgres does at most on this machine, without anything of ours: its own procedures commit, so that no client takes part.
import type { Client } from 'pg'
import { Client as Connection } from 'pg'
import { notifySql } from '../../../src/dbos/notices.ts'
import type { Ceilings } from './costs.ts'
import { numbers } from './counters.ts'
import type { Place } from './place.ts'

export interface CeilingsPlan {
  readonly seconds: number
  /** Connections that are tried. */
  readonly connections: readonly number[]
}

const tables = ['logged', 'unlogged'] as const
const kinds = ['silent', 'notifying'] as const

/** Commits a row each, for some seconds, and says how many. */
const procedure = (table: (typeof tables)[number], kind: (typeof kinds)[number]) => `
create procedure ${table}_${kind}(seconds float8, inout count bigint) language plpgsql as $$
declare until timestamptz := clock_timestamp() + seconds * interval '1 second';
begin
  count := 0;
  while clock_timestamp() < until loop
    insert into ${table} (body) values (repeat('x', 300));
    ${kind === 'notifying' ? `perform ${notifySql('live', `md5(count::text)`)};` : ''}
    commit;
    count := count + 1;
  end loop;
end $$`

export async function ceilings(place: Place, plan: CeilingsPlan, progress: (text: string) => void): Promise<Ceilings> {
  progress('ceilings …')
  const { url, client } = await place.database()
  for (const table of tables) {
    await client.query(
      `create ${table === 'unlogged' ? 'unlogged' : ''} table ${table} (id bigserial primary key, body text)`,
    )
    for (const kind of kinds) await client.query(procedure(table, kind))
  }
  const clients = await connected(url, Math.max(...plan.connections))
  const most = async (table: (typeof tables)[number], kind: (typeof kinds)[number]): Promise<number> => {
    const found: number[] = []
    for (const count of plan.connections) {
      const calls = clients.slice(0, count).map((each) => numbers(each, `call ${table}_${kind}(${plan.seconds}, 0)`))
      const counts = await Promise.all(calls)
      found.push(counts.reduce((sum, [commits = 0]) => sum + commits, 0) / plan.seconds)
    }
    return Math.max(...found)
  }
  const pair = async (table: (typeof tables)[number]) => ({
    silent: await most(table, 'silent'),
    notifying: await most(table, 'notifying'),
  })
  const commits = { logged: await pair('logged'), unlogged: await pair('unlogged') }
  const hearing = await heard(client, clients)
  const walBytes = await logged(client)
  const vacuum = { feed: await vacuumed(client, 'feed'), changed: await vacuumed(client, 'changed') }
  for (const each of clients) await each.end()
  return { commits, hearing, walBytes, vacuum }
}

async function connected(url: string, count: number): Promise<readonly Client[]> {
  const all = Array.from({ length: count }, () => new Connection({ connectionString: url }))
  for (const each of all) await each.connect()
  return all
}

/** Microseconds of CPU of this process for each notice. */
async function heard(client: Client, [other]: readonly Client[]): Promise<number> {
  if (!other) throw new Error('there is no other connection')
  await client.query('listen turnstate_cluster')
  let count = 0
  const hear = () => void count++
  client.on('notification', hear)
  const before = process.cpuUsage()
  // What a transaction notifies of twice is told once.
  for (let nth = 0; nth < 20; nth++)
    await other.query(`select ${notifySql('live', `md5((g + ${nth * 1_000})::text)`)} from generate_series(1, 1000) g`)
  await client.query('unlisten *')
  const { user, system } = process.cpuUsage(before)
  client.off('notification', hear)
  if (count < 20_000) throw new Error(`of 20,000 notices, ${count} were heard`)
  return (user + system) / count
}

/** Bytes of log a second while rows of 8 kB are written. */
async function logged(client: Client): Promise<number> {
  await client.query('create table large (body text); alter table large alter body set storage external')
  const wal = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')`
  const [before = 0] = await numbers(client, wal)
  const from = performance.now()
  for (let nth = 0; nth < 10; nth++)
    await client.query(`insert into large select repeat(md5(g::text), 250) from generate_series(1, 5000) g`)
  const [after = 0] = await numbers(client, wal)
  return ((after - before) / (performance.now() - from)) * 1_000
}

const vacuums = {
  feed: {
    fill: `create unlogged table feed (conversation text, epoch bigint, nth bigint, body bytea, primary key (conversation, epoch, nth)) with (autovacuum_enabled = off);
      insert into feed select md5((g % 300)::text), g % 300, g / 300, decode(repeat('00', 300), 'hex') from generate_series(1, 200000) g`,
    spoil: `delete from feed`,
  },
  changed: {
    fill: `create table changed (id text primary key, state text, at bigint, body text) with (autovacuum_enabled = off);
      create index on changed (state, at); create index on changed (at);
      insert into changed select md5(g::text), 'done', g, repeat('x', 400) from generate_series(1, 200000) g`,
    spoil: `update changed set at = at + 1000000 where hashtext(id) % 10 = 0`,
  },
} as const

/** Dead rows a second that a vacuum removes at the pace of autovacuum. */
async function vacuumed(client: Client, table: keyof typeof vacuums): Promise<number> {
  await client.query(vacuums[table].fill)
  await client.query(`vacuum ${table}`)
  const { rowCount } = await client.query(vacuums[table].spoil)
  await client.query('checkpoint')
  await client.query(`set vacuum_cost_limit = 200; set vacuum_cost_delay = '2ms'`)
  const from = performance.now()
  await client.query(`vacuum ${table}`)
  const seconds = (performance.now() - from) / 1_000
  await client.query('reset vacuum_cost_limit; reset vacuum_cost_delay')
  return (rowCount ?? 0) / seconds
}
