// A request that changes several things of a conversation, in a store that fails: whatever the error says is so, and the same request
// makes it whole.
import { describe, expect, it } from 'vitest'
import { failing, failings, old } from './failing.ts'

const path = '/v1/conversations/c1'
const wanted = { title: 'Wasps', model: 'm2', budget: { tokens: 5 } }

type Field = keyof typeof wanted
const fields = ['title', 'model', 'budget'] as const
const subsets = [1, 2, 3, 4, 5, 6, 7].map((bits) => fields.filter((_, index) => bits & (1 << index)))
const pick = (names: readonly Field[]) => Object.fromEntries(names.map((name) => [name, wanted[name]]))

describe.each(failings)('a store in which a write %s', (failure) => {
  const cases = subsets.flatMap((names) => names.map((_, index) => [names.join(', '), index + 1, names] as const))

  it.each(cases)('a change of %s says what it has changed when write %i is the first such', async (_, nth, names) => {
    const { json, server, failFrom, mend, stored } = await failing()
    failFrom(nth, failure)
    const { status, body } = await json('PATCH', path, pick(names))
    const after = await stored()
    if (status === 200) expect(after).toEqual({ ...old, ...pick(names) })
    else {
      expect(Object.keys(body.changes).toSorted()).toEqual(names.toSorted())
      for (const name of fields) {
        const is = { applied: [wanted[name]], unchanged: [old[name]] }[String(body.changes[name] ?? 'unchanged')]
        expect(is ?? [old[name], wanted[name]]).toContainEqual(after[name])
      }
    }
    mend()
    expect(await json('PATCH', path, pick(names))).toMatchObject({ status: 200 })
    expect(await stored()).toEqual({ ...old, ...pick(names) })
    const { title, model } = { ...old, ...pick(names) }
    expect((await json('GET', path)).body).toMatchObject({ title, model })
    await server.close()
  })
})

it('a title that the store does not take leaves everything else as it was', async () => {
  const { json, failFrom, stored } = await failing()
  failFrom(1, 'rejects')
  const { status, body } = await json('PATCH', path, wanted)
  expect([status, body.changes]).toEqual([500, { title: 'unknown', model: 'unchanged', budget: 'unchanged' }])
  expect(await stored()).toEqual(old)
})

it('what the store does not take in time is pending, and is stored once it does', async () => {
  const { json, failFrom, mend, stored } = await failing()
  failFrom(2, 'fails')
  const { status, body, headers } = await json('PATCH', path, wanted)
  expect([status, body.code, body.changes, headers.get('retry-after')]).toEqual([
    503,
    'journal-write-failed',
    { title: 'applied', model: 'pending', budget: 'pending' },
    '1',
  ])
  expect((await json('GET', path)).body).toMatchObject({ title: 'Wasps', model: 'm1' })
  mend()
  // Nothing but the rest of the last change is still to be stored.
  expect((await json('PATCH', path, { title: 'Ants' })).status).toBe(200)
  expect(await stored()).toEqual({ ...wanted, title: 'Ants' })
})

it('a conversation that another process takes over is no success', async () => {
  const { json, failFrom } = await failing()
  failFrom(2, 'is lost')
  expect(await json('PATCH', path, wanted)).toMatchObject({
    status: 409,
    body: { code: 'conversation-lost', changes: { title: 'applied', model: 'unknown', budget: 'unknown' } },
  })
})

it.each([
  ['title', ' ', 'request-malformed'],
  ['title', 'x'.repeat(1_001), 'request-malformed'],
  ['model', ' ', 'model-invalid'],
  ['budget', { tokens: -1 }, 'budget-invalid'],
  ['budget', { cost: 1 }, 'budget-invalid'],
])('a %s that is not taken leaves everything as it was: %j', async (name, value, code) => {
  const { json, stored } = await failing()
  const { body } = await json('PATCH', path, { ...wanted, [name]: value })
  expect([body.code, body.changes]).toEqual([code, undefined])
  expect(await stored()).toEqual(old)
  expect((await json('GET', path)).body).toMatchObject({ title: old.title, model: old.model, revision: 1 })
})

it('a title that can not be begins no conversation', async () => {
  const { json } = await failing()
  expect((await json('POST', '/v1/conversations', { id: 'c2', title: ' ' })).status).toBe(400)
  expect((await json('GET', '/v1/conversations/c2')).status).toBe(404)
})
