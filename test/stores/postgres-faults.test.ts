import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { type Running, startServer } from '../scripts/postgres.ts'
import { factsOf, message } from './facts.ts'
import { hasMounts, onSmallDisk } from './sqlite.ts'

// A server of its own, because it is stopped.
let server: Running
let admin: Client

const connectAdmin = async () => {
  admin = new Client({ connectionString: server.url })
  admin.on('error', () => {})
  await admin.connect()
}

beforeAll(async () => {
  server = await startServer()
  await connectAdmin()
})

afterAll(async () => {
  await admin.end()
  await server.stop()
})

let databases = 0

/** A database of its own on the server, and the URL of it. */
async function database(): Promise<string> {
  const name = `d${++databases}`
  await admin.query(`create database ${name}`)
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return url.href
}

function storeAt(target: string | Pool) {
  const store = postgresStore(target)
  onTestFinished(() => store.close())
  return store
}

const appendOf = (seq: number, text = 'text') => ({ appendId: `${seq}`, expected: seq, facts: [message(seq, text)] })

describe('what is given to postgresStore()', () => {
  it.each(['', 'chat.db', 'mysql://localhost/db', 7 as unknown as string, null as unknown as string])(
    'is rejected with invalid-option if it is %j',
    (target) => {
      expect(() => postgresStore(target)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    },
  )

  it('never shows its password', async () => {
    const store = storeAt('postgres://ada:secret-word@127.0.0.1:1/chats?sslmode=disable')
    expect(store.name).toBe('postgres:127.0.0.1:1/chats')
    const error = await store.open('c').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'store-unavailable',
      message: 'The database postgres:127.0.0.1:1/chats cannot be reached: nothing listens at its address.',
    })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/secret-word|ada/)
  })
})

describe('a server that refuses', () => {
  it('a password, a user or a database makes every method reject with store-invalid', async () => {
    const url = new URL(await database())
    await admin.query(`create role guarded login password 'right'`)
    const rules = join(server.data, 'pg_hba.conf')
    const before = readFileSync(rules, 'utf8')
    writeFileSync(rules, `host all guarded 127.0.0.1/32 scram-sha-256\n${before}`)
    await admin.query('select pg_reload_conf()')
    url.username = 'guarded'
    for (const password of ['wrong', '']) {
      url.password = password
      const error = await storeAt(url.href)
        .list()
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'store-invalid', message: expect.stringMatching(/refuses the user or/) })
      expect(JSON.stringify(error)).not.toContain('wrong')
    }
    url.username = 'nobody'
    await expect(storeAt(url.href).list()).rejects.toMatchObject({ code: 'store-invalid' })
    const none = new URL(server.url)
    none.pathname = '/none'
    await expect(storeAt(none.href).list()).rejects.toMatchObject({
      code: 'store-invalid',
      message: expect.stringMatching(/has no such database/),
    })
  })

  it('to let a user create tables says what to grant, and works once another user has created them', async () => {
    const url = new URL(await database())
    await admin.query('create role limited login')
    url.username = 'limited'
    const store = storeAt(url.href)
    const error = { code: 'store-invalid', message: expect.stringMatching(/Grant it CREATE on the schema/) }
    await expect(store.open('c')).rejects.toMatchObject(error)
    url.username = 'postgres'
    await storeAt(url.href).list()
    const owner = new Client({ connectionString: url.href })
    await owner.connect()
    await expect(store.open('c')).rejects.toMatchObject({
      code: 'store-invalid',
      message: expect.stringMatching(/does not give the user the rights/),
    })
    await owner.query('grant all on all tables in schema public to limited')
    await owner.query('grant all on all sequences in schema public to limited')
    await owner.end()
    expect(await (await store.open('c')).append(appendOf(0))).toEqual({ status: 'saved', revision: 1 })
  })

  it('tables of a later release makes every method reject with store-version-unsupported', async () => {
    const url = await database()
    await storeAt(url).list()
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query('update turnstate_schema set version = 2')
    await client.end()
    await expect(storeAt(url).open('c')).rejects.toMatchObject({ code: 'store-version-unsupported' })
  })
})

describe('a server that fails in the middle', () => {
  it.each(['SIGINT', 'SIGQUIT'] as const)(
    'by %s makes appends fail, and the same appends are saved once it is back',
    async (signal) => {
      const store = storeAt(await database())
      const [chat, other] = [await store.open('c', { lease: 600_000 }), await store.open('d', { lease: 600_000 })]
      expect(await chat.append(appendOf(0))).toEqual({ status: 'saved', revision: 1 })
      const following = store.follow('c', 1)[Symbol.asyncIterator]()
      const next = expect(following.next()).rejects.toMatchObject({ code: 'store-unavailable' })
      await admin.end()
      await server.end(signal)
      expect(await chat.append(appendOf(1))).toMatchObject({
        status: 'failed',
        failure: { code: 'journal-write-failed' },
      })
      expect(await other.renew()).toMatchObject({ status: 'failed' })
      await expect(store.list()).rejects.toMatchObject({ code: 'store-unavailable' })
      await next
      await server.start()
      await connectAdmin()
      expect(await chat.append(appendOf(1))).toEqual({ status: 'saved', revision: 2 })
      expect(await other.renew()).toEqual({ status: 'held' })
      expect(await factsOf(store, 'c')).toEqual([message(0, 'text'), message(1, 'text')])
    },
  )

  it('by ending connections, idle ones and those of followers, loses nothing', async () => {
    const url = await database()
    const store = storeAt(url)
    const chat = await store.open('c')
    await chat.append(appendOf(0))
    const following = store.follow('c', 0)[Symbol.asyncIterator]()
    expect((await following.next()).value).toMatchObject({ revision: 1 })
    for (let seq = 1; seq < 4; seq++) {
      const { rowCount } = await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
        [new URL(url).pathname.slice(1)],
      )
      expect(rowCount).toBeGreaterThan(0)
      // The pool may learn of it with the append.
      let result = await chat.append(appendOf(seq))
      while (result.status === 'failed') result = await chat.append(appendOf(seq))
      expect(result).toEqual({ status: 'saved', revision: seq + 1 })
      const { value } = await following.next().catch(() => ({ value: null }))
      expect(value === null ? seq + 1 : value?.revision).toBe(seq + 1)
      if (value === null) break
    }
    await following.return?.()
  })

  it('by waiting for a lock makes an append fail after the statement timeout; it is saved once the lock is free', async () => {
    const url = await database()
    const pool = new Pool({ connectionString: url, statement_timeout: 300 })
    onTestFinished(() => pool.end())
    const chat = await storeAt(pool).open('c')
    const locking = new Client({ connectionString: url })
    await locking.connect()
    await locking.query('begin')
    await locking.query('select * from turnstate_conversations for update')
    expect(await chat.append(appendOf(0))).toMatchObject({
      status: 'failed',
      failure: { quote: expect.stringMatching(/took too long/) },
    })
    await locking.query('rollback')
    await locking.end()
    expect(await chat.append(appendOf(0))).toEqual({ status: 'saved', revision: 1 })
  })

  it('by hanging lets an append arrive late; the same append is then recognised', async () => {
    const url = await database()
    const pool = new Pool({ connectionString: url, query_timeout: 500, max: 1 })
    pool.on('error', () => {})
    onTestFinished(() => pool.end())
    const chat = await storeAt(pool).open('c')
    const { rows } = await admin.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [
      new URL(url).pathname.slice(1),
    ])
    const pids = rows.map(({ pid }) => pid)
    expect(pids).toHaveLength(1)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    expect(await chat.append(appendOf(0))).toMatchObject({ status: 'failed' })
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    let result = await chat.append(appendOf(0))
    while (result.status === 'failed') result = await chat.append(appendOf(0))
    expect(result).toEqual({ status: 'saved', revision: 1 })
    expect(await factsOf(storeAt(url), 'c')).toEqual([message(0, 'text')])
  })

  it.runIf(hasMounts())('by a full disk makes appends fail, and they are saved once there is room', async () => {
    await onSmallDisk(8, async (disk, fill, free) => {
      const url = await database()
      const store = storeAt(url)
      const chat = await store.open('c')
      const place = join(disk, 'place')
      mkdirSync(place)
      if (process.getuid?.() === 0) chownSync(place, 65_534, 65_534)
      await admin.query(`create tablespace small location '${place}'`)
      const client = new Client({ connectionString: url })
      await client.connect()
      await client.query('alter table turnstate_facts set tablespace small')
      fill()
      // Postgres compresses what repeats.
      const words = Array.from({ length: 100_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296).join(' ')
      expect(await chat.append(appendOf(0, words))).toMatchObject({
        status: 'failed',
        failure: { quote: expect.stringMatching(/has a full disk/) },
      })
      free()
      expect(await chat.append(appendOf(0, words))).toEqual({ status: 'saved', revision: 1 })
      await store.close()
      await client.query('drop table turnstate_facts')
      await client.end()
      await admin.query('drop tablespace small')
    })
  })
})

describe("a pool of the app's", () => {
  it('is left open and without listeners of the store', async () => {
    const pool = new Pool({ connectionString: await database(), max: 1 })
    onTestFinished(() => pool.end())
    const counts = () => (['error', 'acquire', 'connect'] as const).map((name) => pool.listenerCount(name))
    const before = counts()
    const store = postgresStore(pool)
    const chat = await store.open('c')
    await chat.append(appendOf(0))
    const following = store.follow('c', 0)[Symbol.asyncIterator]()
    expect((await following.next()).value).toMatchObject({ revision: 1 })
    // With one connection, it follows without listening.
    const next = following.next()
    await chat.append(appendOf(1))
    expect((await next).value).toMatchObject({ revision: 2 })
    await store.close()
    expect(counts()).toEqual(before)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})
