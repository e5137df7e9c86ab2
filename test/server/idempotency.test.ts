// Requests that are repeated with the same key.
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
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
