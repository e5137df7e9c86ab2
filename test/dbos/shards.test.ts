import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { shardFor } from '../../src/dbos/index.ts'
import { conversationServer } from '../../src/server/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { quiet } from '../durability/stage.ts'
import { postgresPlace } from '../stores/postgres.ts'

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 })
const id = fc.string({ minLength: 1, unit: 'binary' })

describe('shardFor()', () => {
  it('gives the same shard whatever the order of the shards', () => {
    fc.assert(
      fc.property(id, names, (conversation, shards) => {
        expect(shardFor(conversation, shards.toReversed())).toBe(shardFor(conversation, shards))
      }),
    )
  })

  it('moves an id to a shard that is added, or leaves it where it is', () => {
    fc.assert(
      fc.property(id, names, fc.string({ minLength: 9 }), (conversation, shards, added) => {
        expect([shardFor(conversation, shards), added]).toContain(shardFor(conversation, [...shards, added]))
      }),
    )
  })

  it('gives each shard about as many ids as any other', () => {
    const shards = ['a', 'b', 'c', 'd']
    const counts = new Map(shards.map((shard) => [shard, 0]))
    for (let nth = 0; nth < 4_000; nth++) {
      const shard = shardFor(`conversation ${nth}`, shards)
      counts.set(shard, (counts.get(shard) ?? 0) + 1)
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  it.each([
    ['', ['a']],
    ['c1', []],
    ['c1', ['a', 'a']],
    ['c1', ['a', '']],
    ['c1', 'ab' as unknown as string[]],
  ])('rejects the id %j with the shards %j', (conversation, shards) => {
    expect(() => shardFor(conversation, shards)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})

describe('two databases', () => {
  it('have each conversation in one of them, where every request finds it', async () => {
    const places = { east: await postgresPlace(), west: await postgresPlace() }
    const shards = ['east', 'west'] as const
    const { source } = createManualSource()
    const servers = Object.fromEntries(
      shards.map((shard) => {
        const server = conversationServer({
          store: places[shard].open(),
          source,
          model: 'm1',
          maxTokens: 100,
          logger: quiet,
        })
        return [shard, server]
      }),
    )
    onTestFinished(async () => {
      for (const server of Object.values(servers)) await server.close()
      for (const place of Object.values(places)) await place.close()
    })
    const ask = async (conversation: string, method: string, path: string, body?: object) => {
      const request = new Request(`http://localhost/v1/conversations${path}`, {
        method,
        ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
      })
      const response = await servers[shardFor(conversation, shards)]?.fetch(request)
      return { status: response?.status, body: JSON.parse((await response?.text()) || 'null') }
    }
    const ids = Array.from({ length: 8 }, (_, nth) => `conversation-${nth}`)
    for (const each of ids) expect((await ask(each, 'POST', '', { id: each })).status).toBe(201)
    for (const shard of shards) {
      const rows = await places[shard].query('select id from turnstate_conversations order by id')
      expect(rows.map((row) => row['id'])).toEqual(ids.filter((each) => shardFor(each, shards) === shard))
      expect(rows.length).toBeGreaterThan(0)
    }
    for (const each of ids) expect((await ask(each, 'GET', `/${each}`)).body.id).toBe(each)
  })
})
