// What an operator does with a cluster: looks at it, has a process end, gives names.
import { describe, expect, it } from 'vitest'
import { clusterStatus, drainProcess } from '../../src/dbos/index.ts'
import { allOf, eventsOf, upTo } from '../server/stage.ts'
import { clusterDatabase } from './database.ts'
import { hosted, post } from './hosted.ts'

/** Resolves once the option `onDrain` is called; counts the calls. */
function drains() {
  let count = 0
  let drained = () => {}
  const first = new Promise<void>((resolve) => {
    drained = resolve
  })
  return {
    first,
    count: () => count,
    onDrain: () => {
      count++
      drained()
    },
  }
}

/** The id of a process that is there, or was a moment ago. */
const strange = (url: string, query: (text: string) => Promise<unknown>, age: string) =>
  query(
    `insert into turnstate_cluster_processes (id, run, state, build, journal, seen)
     values ('other', 'x', 'alive', '9 journal 1', 1, now() - interval '${age}')`,
  )

describe('clusterStatus()', () => {
  it('says that a database has no cluster, and creates nothing there', async () => {
    const { url, query } = await clusterDatabase()
    await expect(clusterStatus({ databaseUrl: url })).rejects.toMatchObject({
      code: 'store-invalid',
      message: expect.stringMatching(
        /^There is no cluster in the database postgres:.*Nothing was changed\.$/,
      ) as string,
    })
    await expect(drainProcess({ databaseUrl: url, process: 'a' })).rejects.toMatchObject({ code: 'store-invalid' })
    expect(await query(`select relname from pg_class where relname like 'turnstate%'`)).toEqual([])
  })

  it('rejects a text that is no address, and a cluster of a later release', async () => {
    await expect(clusterStatus({ databaseUrl: 'chat.db' })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(clusterStatus({ databaseUrl: 'postgres://127.0.0.1:1/db' })).rejects.toMatchObject({
      code: 'store-unavailable',
    })
    const { url, query } = await clusterDatabase()
    await query('create table turnstate_cluster (version integer, name text)')
    await query(`insert into turnstate_cluster values (99, 'c')`)
    await expect(clusterStatus({ databaseUrl: url })).rejects.toMatchObject({ code: 'store-version-unsupported' })
  })

  it('shows processes, turns under way and in the queue, and the metrics of a process show the same', async () => {
    const { url, query } = await clusterDatabase()
    const { server, asked } = hosted(url, { process: 'a', build: 'b7', turns: 1 })
    await server.ready()
    for (const id of ['c1', 'c2']) await (await post(server, '/v1/conversations', { id })).text()
    const first = post(server, '/v1/conversations/c1/messages', { input: 'Hello' }).then(allOf)
    const reply = await asked(1)
    // One turn at a time: this one waits in the queue.
    const second = post(server, '/v1/conversations/c2/messages', { input: 'Hello' }).then(allOf)
    await expect
      .poll(async () => (await clusterStatus({ databaseUrl: url })).turns.queued, { timeout: 20_000 })
      .toBeGreaterThan(0)
    await strange(url, query, '4 seconds')
    const status = await clusterStatus({ databaseUrl: url })
    expect(status).toMatchObject({
      cluster: 'turnstate',
      processes: [
        { name: 'a', state: 'alive', build: 'b7', conversations: 1 },
        { name: 'other', state: 'alive', build: '9', journal: 1, conversations: 0 },
      ],
      turns: { underWay: 1, oldestWait: expect.any(Number) as number },
      requests: 2,
    })
    expect(status.database).toMatch(/^postgres:127\.0\.0\.1:\d+\/cluster_\w+$/)
    await expect
      .poll(() => server.metrics(), { timeout: 20_000 })
      .toMatch(/cluster_turns 1\n[^]*cluster_queued_turns [12]\n[^]*cluster_oldest_wait_seconds [1-9]/)
    reply.answer('One.')
    ;(await asked(2)).answer('Two.')
    expect((await first).at(-1)?.data.outcome.text).toBe('One.')
    expect((await second).at(-1)?.data.outcome.text).toBe('Two.')
    await expect
      .poll(async () => (await clusterStatus({ databaseUrl: url })).turns, { timeout: 20_000 })
      .toEqual({ underWay: 0, queued: 0, oldestWait: null })
  })

  it('shows a process that says nothing any more as gone', async () => {
    const { url, query } = await clusterDatabase()
    const { server, close } = hosted(url, { process: 'a' })
    await server.ready()
    await close()
    await strange(url, query, '6 seconds')
    const { processes } = await clusterStatus({ databaseUrl: url })
    expect(processes).toMatchObject([{ name: 'other', state: 'gone' }])
    expect(processes[0]?.seen).toBeGreaterThanOrEqual(6_000)
    await expect(drainProcess({ databaseUrl: url, process: 'other' })).rejects.toMatchObject({
      code: 'invalid-option',
      message: 'The cluster has no process "other". None is there.',
    })
  })
})

describe('drainProcess()', () => {
  it('has a process take no more turns and end, is called as often as one likes, and once there', async () => {
    const { url } = await clusterDatabase()
    const drained = drains()
    const { server, close, errors } = hosted(url, { process: 'a', onDrain: drained.onDrain })
    await server.ready()
    await expect(drainProcess({ databaseUrl: url, process: 'b' })).rejects.toMatchObject({
      code: 'invalid-option',
      message: 'The cluster has no process "b". Those that are there: a.',
    })
    expect(await drainProcess({ databaseUrl: url, process: 'a' })).toBe(true)
    expect(await drainProcess({ databaseUrl: url, process: 'a' })).toBe(false)
    await drained.first
    expect((await clusterStatus({ databaseUrl: url })).processes).toMatchObject([{ name: 'a', state: 'draining' }])
    // It goes on saying that it is there.
    await expect
      .poll(async () => (await clusterStatus({ databaseUrl: url })).processes[0]?.seen ?? 0, {
        timeout: 20_000,
        interval: 20,
      })
      .toBeGreaterThan(900)
    await expect
      .poll(async () => (await clusterStatus({ databaseUrl: url })).processes[0]?.seen ?? 9_999, {
        timeout: 20_000,
        interval: 20,
      })
      .toBeLessThan(500)
    await close()
    expect((await clusterStatus({ databaseUrl: url })).processes).toEqual([])
    expect([drained.count(), errors]).toEqual([1, []])
  })

  it('lets a turn end that ends in time', async () => {
    const { url } = await clusterDatabase()
    const drained = drains()
    const { server, asked, close } = hosted(url, { process: 'a', onDrain: drained.onDrain })
    await server.ready()
    await post(server, '/v1/conversations', { id: 'c1' })
    const events = eventsOf(await post(server, '/v1/conversations/c1/messages', { input: 'Hello' }))
    const reply = await asked(1)
    reply.say('One')
    await upTo(events, 'delta')
    await drainProcess({ databaseUrl: url, process: 'a' })
    await drained.first
    const closed = close()
    reply.stop('end_turn')
    const [last] = (await upTo(events, 'turn.completed')).slice(-1)
    expect(last?.event).toBe('turn.completed')
    await closed
  })
})

describe('the name of a process', () => {
  it('is taken as long as a process of this name is there, and free once that one is gone', async () => {
    const { url, query } = await clusterDatabase()
    const first = hosted(url, { process: 'a' })
    await first.server.ready()
    await expect(hosted(url, { process: 'a' }).server.ready()).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/has a process a already\. Choose another name.*free 5 seconds later/) as string,
    })
    await first.close()
    // One that has crashed a moment ago, and then longer ago.
    await strange(url, query, '3 seconds')
    await expect(hosted(url, { process: 'other' }).server.ready()).rejects.toMatchObject({ code: 'invalid-option' })
    await query(`update turnstate_cluster_processes set seen = now() - interval '6 seconds'`)
    await hosted(url, { process: 'other' }).server.ready()
    expect((await clusterStatus({ databaseUrl: url })).processes).toMatchObject([{ name: 'other', state: 'alive' }])
  })

  it('is lost to another process of this name: the former one ends, and leaves what is the new one’s', async () => {
    const { url, query } = await clusterDatabase()
    const drained = drains()
    const { server, close, errors } = hosted(url, { process: 'a', onDrain: drained.onDrain })
    await server.ready()
    await query(`update turnstate_cluster_processes set run = 'of another process'`)
    await drained.first
    expect(errors.join('\n')).toContain('another process of the cluster is a now')
    await close()
    expect(await query('select run from turnstate_cluster_processes')).toEqual([{ run: 'of another process' }])
  })
})
