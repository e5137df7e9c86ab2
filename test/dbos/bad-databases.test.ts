// Databases that a cluster can't be in, or may not be in.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrateSystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dbosHost } from '../../src/dbos/index.ts'
import { memoryStore } from '../../src/index.ts'
import { conversationServer } from '../../src/server/index.ts'
import { checkServerVersion } from '../../src/stores/postgres/server-version.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { type Running, startServer } from '../scripts/postgres.ts'
import { allOf } from '../server/stage.ts'
import { clusterDatabase } from './database.ts'
import { hosted, post } from './hosted.ts'

// A server of its own, because its rules are changed.
let own: Running
beforeAll(async () => {
  own = await startServer()
})
afterAll(() => own.stop())

const as = (url: string, user: string, password = ''): string => {
  const changed = new URL(url)
  changed.username = user
  changed.password = password
  return changed.href
}

const failure = async (url: string, options: Parameters<typeof hosted>[1] = {}) => {
  const error: unknown = await hosted(url, options)
    .server.ready()
    .then(
      () => null,
      (thrown: unknown) => thrown,
    )
  return error
}

const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} } as unknown as Parameters<
  typeof migrateSystemDatabase
>[1]

describe('a cluster', () => {
  it.each(['', 'chat.db', 'sqlite:chat.db', 'mysql://localhost/db', 7 as unknown as string])(
    'takes no address such as %j',
    (databaseUrl) => {
      const { source } = createManualSource()
      const start = () =>
        conversationServer({
          store: memoryStore(),
          source,
          model: 'm1',
          maxTokens: 100,
          host: dbosHost({ databaseUrl }),
        })
      expect(start).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    },
  )

  it('says that its Postgres cannot be reached, without the password', async () => {
    const error = await failure('postgres://ada:secret-word@127.0.0.1:1/chats')
    expect(error).toMatchObject({
      code: 'store-unavailable',
      message: 'The database postgres:127.0.0.1:1/chats cannot be reached: nothing listens at its address.',
    })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/secret-word|ada/)
  })

  it('says that its Postgres refuses the password, or has no such database', async () => {
    const { url, query } = await clusterDatabase(own.url)
    await query(`create role guarded login password 'right'`)
    const rules = join(own.data, 'pg_hba.conf')
    writeFileSync(rules, `host all guarded 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`)
    await query('select pg_reload_conf()')
    const error = await failure(as(url, 'guarded', 'wr0ng-word'))
    expect(error).toMatchObject({ code: 'store-invalid', message: expect.stringContaining('refuses the user or the') })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/wr0ng-word|guarded@/)
    expect(await failure(new URL('/none', url).href)).toMatchObject({
      code: 'store-invalid',
      message: expect.stringContaining('has no such database'),
    })
  })

  it('says which rights its user lacks, and can use what a user with more rights has created', async () => {
    const { url, query } = await clusterDatabase(own.url)
    await query('create role limited login')
    await query('revoke create on schema public from public')
    const limited = as(url, 'limited')
    expect(await failure(limited)).toMatchObject({
      code: 'store-invalid',
      message: expect.stringMatching(/no right to create the tables of a cluster.*Grant it CREATE on the schema/),
    })
    await query('grant create on schema public to limited')
    expect(await failure(limited)).toMatchObject({
      code: 'store-invalid',
      message: expect.stringMatching(/no schema turnstate_dbos.*Grant it CREATE on the database/),
    })

    const other = await clusterDatabase(own.url)
    const owner = hosted(other.url)
    await owner.server.ready()
    await owner.server.fetch(new Request('http://localhost/v1/conversations'))
    await owner.close()
    await other.query('revoke create on schema public from public')
    await other.query('grant usage on schema turnstate_dbos to limited')
    await other.query('grant all on all tables in schema turnstate_dbos, public to limited')
    await other.query('grant all on all sequences in schema turnstate_dbos, public to limited')
    await hosted(as(other.url, 'limited')).server.ready()
  })

  it('needs a Postgres that is new enough', () => {
    const check = (version: number, text: string) => () => checkServerVersion({ version, text }, 'postgres:host/db')
    expect(check(130_014, '13.14')).toThrow(
      expect.objectContaining({
        code: 'store-version-unsupported',
        message: 'The database postgres:host/db is a Postgres 13.14; turnstate needs 14 or later.',
      }),
    )
    expect(check(140_000, '14.0')).not.toThrow()
  })

  it('works beside the DBOS of another app, whose schema it leaves alone', async () => {
    const { url, query } = await clusterDatabase()
    await migrateSystemDatabase(url, silent, 'dbos')
    const { server, asked } = hosted(url)
    await server.ready()
    await post(server, '/v1/conversations', { id: 'c1' })
    const answering = post(server, '/v1/conversations/c1/messages', { input: 'Hello' }).then(allOf)
    const reply = await asked(1)
    reply.answer('Hi.')
    expect((await answering).at(-1)?.data.outcome).toMatchObject({ status: 'completed', text: 'Hi.' })
    const [ours] = await query('select count(*)::int as n from turnstate_dbos.workflow_status')
    const [theirs] = await query('select count(*)::int as n from dbos.workflow_status')
    expect(ours?.['n']).toBeGreaterThan(0)
    expect(theirs?.['n']).toBe(0)
  })

  it('changes nothing in a schema of its name that another program has', async () => {
    const { url, query } = await clusterDatabase()
    await query('create schema turnstate_dbos')
    await query('create table turnstate_dbos.notes (text text)')
    expect(await failure(url)).toMatchObject({
      code: 'store-invalid',
      message: expect.stringContaining('The schema turnstate_dbos') as string,
    })
    const tables = await query(
      `select relname from pg_class where relnamespace = 'turnstate_dbos'::regnamespace and relkind = 'r'`,
    )
    expect(tables).toEqual([{ relname: 'notes' }])
  })

  it('begins in an empty schema that somebody has made for it', async () => {
    const { url, query } = await clusterDatabase()
    await query('create schema turnstate_dbos')
    await hosted(url).server.ready()
  })

  it('has its database for itself: a process of another cluster is told so', async () => {
    const { url } = await clusterDatabase()
    await hosted(url, { cluster: 'one' }).server.ready()
    expect(await failure(url, { cluster: 'two' })).toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/belongs to the cluster "one", and this process to "two"/),
    })
  })

  it('is encrypted in all of its processes or in none', async () => {
    const encryption = { keys: [{ id: 'k1', key: randomBytes(32) }] }
    const plain = await clusterDatabase()
    const first = hosted(plain.url)
    await first.server.ready()
    expect(await failure(plain.url, { encryption })).toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('begun without `encryption`') as string,
    })
    await first.close()
    const sealed = await clusterDatabase()
    await hosted(sealed.url, { encryption }).server.ready()
    expect(await failure(sealed.url)).toMatchObject({ code: 'key-unknown', message: expect.stringContaining('"k1"') })
    const others = { keys: [{ id: 'k2', key: randomBytes(32) }] }
    expect(await failure(sealed.url, { encryption: others })).toMatchObject({ code: 'key-unknown' })
  })
})
