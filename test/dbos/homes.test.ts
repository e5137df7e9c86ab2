import { afterAll, beforeAll, expect, it } from 'vitest'
import { ClusterDatabase } from '../../src/dbos/database.ts'
import { HomeTable } from '../../src/dbos/homes.ts'
import { dbosHost } from '../../src/dbos/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { staged } from '../server/stage.ts'
import { clusterPlace } from './database.ts'

const place = await clusterPlace()
const database = new ClusterDatabase(place.url, 2, undefined)
const [first, second] = [new HomeTable(database, 'first'), new HomeTable(database, 'second')]

/** Has the engine know the workflow's present run by this owner. */
const runBy = (workflow: string, owner: string) =>
  place.query(
    `insert into turnstate_dbos.workflow_status (workflow_uuid, status, owner_xid) values ($1, 'PENDING', $2)
     on conflict (workflow_uuid) do update set owner_xid = excluded.owner_xid`,
    [workflow, owner],
  )

// A host creates the tables.
beforeAll(async () => {
  const store = postgresStore(place.url)
  const { server } = staged({ host: dbosHost({ databaseUrl: place.url }) }, store)
  await server.ready()
  await server.close()
  await store.close()
})

afterAll(async () => {
  await database.close()
  await place.close()
})

it('a process that was stopped before it became the home of a conversation does not become it once another one runs its workflow', async () => {
  await runBy('w1', 'run 1')
  await runBy('w1', 'run 2')
  expect(await second.register('k1', { workflow: 'w1', owner: 'run 2' })).toEqual({ takeovers: 0, wait: 0 })
  expect(await first.register('k1', { workflow: 'w1', owner: 'run 1' })).toBeNull()
  expect(await second.isOurs('k1', 'w1')).toBe(true)
})

it('a process that was stopped while it was the home is not the home any more once another one is', async () => {
  await runBy('w2', 'run 1')
  await first.register('k2', { workflow: 'w2', owner: 'run 1' })
  expect(await first.isOurs('k2', 'w2')).toBe(true)
  await runBy('w2', 'run 2')
  expect(await second.register('k2', { workflow: 'w2', owner: 'run 2' })).toEqual({ takeovers: 1, wait: 0 })
  expect(await first.isOurs('k2', 'w2')).toBe(false)
  await first.leave('k2', 'w2')
  expect(await second.isOurs('k2', 'w2')).toBe(true)
})

it('a wait is told to whoever becomes the home next, by the clock of the database', async () => {
  await runBy('w3', 'run 1')
  await first.register('k3', { workflow: 'w3', owner: 'run 1' })
  await first.due('k3', 60_000)
  const { wait = 0 } = (await second.register('k3', { workflow: 'w3', owner: 'run 1' })) ?? {}
  expect(wait).toBeGreaterThan(50_000)
  expect(wait).toBeLessThanOrEqual(60_000)
})

it('what the home of a process that is gone has left behind is deleted once nothing is left to do, and no other home', async () => {
  await place.query(
    `insert into turnstate_cluster_processes (id, run, state, build, journal) values ('second', 'r', 'alive', 'b', 1)`,
  )
  await runBy('w4', 'run 1')
  await first.register('k4', { workflow: 'w4', owner: 'run 1' })
  await first.forget('k4')
  expect(await first.isOurs('k4', 'w4')).toBe(false)
  await second.register('k4', { workflow: 'w4', owner: 'run 1' })
  await first.forget('k4')
  expect(await second.isOurs('k4', 'w4')).toBe(true)
})
