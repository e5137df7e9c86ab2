// Requests that are repeated with the same key.
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { replacing } from '../../src/server/replacing.ts'
import { allOf, staged } from './stage.ts'

const key = { 'idempotency-key': 'k1' }
const waiting = { prefer: 'respond-async' }

describe('a message with an idempotency key', () => {
  it('opens one turn, however often it is sent, and each time gets its stream', async () => {
    const { ask, asked, replies, created } = staged()
    const path = await created()
    const first = await ask('POST', `${path}/messages`, { input: 'hi' }, key)
    const second = await ask('POST', `${path}/messages`, { input: 'hi' }, key)
    ;(await asked(1)).answer('hello')
    const [one, other] = await Promise.all([allOf(first), allOf(second)])
    expect(other).toEqual(one)
    const third = await ask('POST', `${path}/messages`, { input: 'hi' }, key)
    expect((await allOf(third)).at(-1)?.data.outcome.text).toBe('hello')
    expect(replies).toHaveLength(1)
  })

  it('opens one turn, also when it is sent again to another process after the first one is gone', async () => {
    const store = memoryStore()
    const before = staged({}, store)
    const path = await before.created()
    const sent = await before.json('POST', `${path}/messages`, { input: 'hi' }, { ...key, ...waiting })
    ;(await before.asked(1)).answer('hello')
    await before.server.close()
    const after = staged({}, store)
    const again = await after.ask('POST', `${path}/messages`, { input: 'hi' }, key)
    expect(again.headers.get('turnstate-turn')).toBe(sent.body.turnId)
    expect((await allOf(again)).map(({ event, data }) => [event, data.outcome.text])).toEqual([
      ['turn.completed', 'hello'],
    ])
    expect(after.replies).toHaveLength(0)
  })

  it('is rejected when the key was used for something else', async () => {
    const { json, asked, replies, created } = staged()
    const path = await created()
    await json('POST', `${path}/messages`, { input: 'hi' }, { ...key, ...waiting })
    await asked(1)
    expect(await json('POST', `${path}/messages`, { input: 'bye' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-mismatch' },
    })
    expect(replies).toHaveLength(1)
  })

  it('is rejected when the key is empty or too long', async () => {
    const { json, created } = staged()
    const path = await created()
    for (const given of ['', 'x'.repeat(256)])
      expect(await json('POST', `${path}/messages`, { input: 'hi' }, { 'idempotency-key': given })).toMatchObject({
        status: 400,
      })
  })
})

it('a conversation and a fork with an idempotency key are made once', async () => {
  const { json, asked } = staged()
  const made = await Promise.all([1, 2].map(() => json('POST', '/v1/conversations', {}, key)))
  expect(made.map(({ status }) => status)).toEqual([201, 201])
  expect(made[0]?.body.id).toBe(made[1]?.body.id)
  const path = `/v1/conversations/${made[0]?.body.id}`
  await json('POST', `${path}/messages`, { input: 'hi' }, waiting)
  ;(await asked(1)).answer('hello')
  const forks = [1, 2].map(() => json('POST', `${path}/fork`, {}, { 'idempotency-key': 'k2' }))
  const [one, other] = [await forks[0], await forks[1]]
  expect(one?.body.id).toBe(other?.body.id)
})

it('a conversation whose title could not be stored gets it from the same request, and keeps one that was set since', async () => {
  const store = memoryStore()
  let isFailing = true
  const { json } = staged(
    {},
    replacing(store, {
      setTitle: async (id, title) => {
        if (isFailing) throw new Error('connection reset')
        await store.setTitle(id, title)
      },
    }),
  )
  const create = () => json('POST', '/v1/conversations', { id: 'c1', title: 'Bees' }, key)
  expect((await create()).status).toBeGreaterThanOrEqual(500)
  isFailing = false
  expect(await create()).toMatchObject({ status: 201, body: { title: 'Bees' } })
  expect((await store.get('c1'))?.title).toBe('Bees')
  await json('PATCH', '/v1/conversations/c1', { title: 'Wasps' })
  expect(await create()).toMatchObject({ status: 201, body: { title: 'Wasps' } })
})

describe('a key that was used for another request', () => {
  const mismatch = { status: 422, body: { code: 'idempotency-mismatch' } }
  const talked = async () => {
    const store = memoryStore()
    const before = staged({}, store)
    const { json, asked } = before
    const { body } = await json('POST', '/v1/conversations', { title: 'Bees' }, key)
    const path = `/v1/conversations/${body.id}`
    const turns: string[] = []
    for (const nth of [1, 2]) {
      const sent = await json(
        'POST',
        `${path}/messages`,
        { input: `${nth}` },
        { 'idempotency-key': `m${nth}`, ...waiting },
      )
      turns.push(sent.body.turnId)
      ;(await asked(nth)).answer('fine')
    }
    const fork = await json('POST', `${path}/fork`, { turnId: turns[0] }, key)
    const named = await json('POST', '/v1/conversations', { id: 'wasps' }, { 'idempotency-key': 'k2' })
    expect([fork.status, named.status]).toEqual([201, 201])
    const ids: readonly string[] = [body.id, fork.body.id, 'wasps']
    return { before, path, turns, ids, after: () => staged({}, store) }
  }

  it.each(['the same process', 'another process'])('is rejected in %s, and makes nothing', async (where) => {
    const { before, path, turns, ids, after } = await talked()
    if (where === 'another process') await before.server.close()
    const { json, store } = where === 'another process' ? after() : before
    expect(await json('POST', '/v1/conversations', { title: 'Ants' }, key)).toMatchObject(mismatch)
    expect(await json('POST', '/v1/conversations', {}, key)).toMatchObject(mismatch)
    expect(await json('POST', `${path}/fork`, { turnId: turns[1] }, key)).toMatchObject(mismatch)
    expect(await json('POST', `${path}/messages`, { input: 'other' }, { 'idempotency-key': 'm1' })).toMatchObject(
      mismatch,
    )
    const named = { 'idempotency-key': 'k2' }
    expect(await json('POST', '/v1/conversations', { id: 'wasps', title: 'x' }, named)).toMatchObject(mismatch)
    expect((await store.list()).conversations.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect((await store.get(ids[0] ?? ''))?.title).toBe('Bees')
  })

  it.each(['the same process', 'another process'])(
    'gives the first result for the first body, in %s',
    async (where) => {
      const { before, path, turns, ids, after } = await talked()
      if (where === 'another process') await before.server.close()
      const { json } = where === 'another process' ? after() : before
      const made = await json('POST', '/v1/conversations', { title: 'Bees' }, key)
      const fork = await json('POST', `${path}/fork`, { turnId: turns[0] }, key)
      const named = await json('POST', '/v1/conversations', { id: 'wasps' }, { 'idempotency-key': 'k2' })
      expect([made, fork, named].map(({ status, body }) => [status, body.id])).toEqual(ids.map((id) => [201, id]))
      expect(fork.body.messages).toHaveLength(2)
    },
  )

  it('chose another id before', async () => {
    const { json } = staged()
    await json('POST', '/v1/conversations', { id: 'bees' }, key)
    expect(await json('POST', '/v1/conversations', { id: 'wasps' }, key)).toMatchObject(mismatch)
    expect((await json('GET', '/v1/conversations/wasps')).status).toBe(404)
  })

  it('came first of two that came at once', async () => {
    const { json, store } = staged()
    const made = await Promise.all(['Bees', 'Ants'].map((title) => json('POST', '/v1/conversations', { title }, key)))
    expect(made.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 422])
    const winner = made.find(({ status }) => status === 201)?.body
    expect((await store.get(winner.id))?.title).toBe(winner.title)
  })
})

it('a conversation that another key has made is not taken for the result of this one', async () => {
  const { json } = staged()
  await json('POST', '/v1/conversations', { id: 'bees' }, key)
  const other = { 'idempotency-key': 'k2' }
  expect(await json('POST', '/v1/conversations', { id: 'bees' }, other)).toMatchObject({
    status: 409,
    body: { code: 'conversation-exists' },
  })
})
