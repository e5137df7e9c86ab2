// Conversations that leave the memory of a server while somebody follows them: viewers see nothing of it.
import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { eventsOf, moment, type Sent, staged, upTo } from './stage.ts'

const waiting = { prefer: 'respond-async' }
const outcomesIn = (events: readonly Sent[]) =>
  events.flatMap(({ data }) => ('outcome' in data ? [[data.message, data.outcome.status]] : []))

it('a message that waits in the queue has no outcome when its conversation is released, and one when it is answered', async () => {
  const { ask, json, asked, created } = staged({ limits: { open: 1 } })
  const path = await created('c1')
  const viewer = eventsOf(await ask('GET', `${path}/events`))
  const first = await json('POST', `${path}/messages`, { input: 'one' }, waiting)
  const second = await json('POST', `${path}/messages`, { input: 'two' }, waiting)
  ;(await asked(1)).refuseAs('cyber')
  const seen = await upTo(viewer, 'context.reset')
  // There is no room for both.
  for (let status = 0; status !== 201;) ({ status } = await json('POST', '/v1/conversations', { id: 'c2' }))
  for (let status = 0; status !== 200;) ({ status } = await json('PATCH', `${path}/queue`, { release: true }))
  ;(await asked(2)).answer('done')
  seen.push(...(await upTo(viewer, 'turn.completed')))
  await viewer.return()
  expect(outcomesIn(seen)).toEqual([
    [first.body.turnId, 'refused'],
    [second.body.turnId, 'completed'],
  ])
  expect(seen.map(({ data }) => data.status)).not.toContain('closed')
})

it('a conversation whose refusal waits for a person stays in memory: its credit is there, and in no fact', async () => {
  const { server, json, asked, created } = staged({ onRefusal: 'manual', limits: { idle: 0 } })
  const held = () => Number(/^turnstate_open_conversations (\d+)$/m.exec(server.metrics())?.[1])
  const [refused, answered] = [await created('refused'), await created('answered')]
  await json('POST', `${refused}/messages`, { input: 'one' }, waiting)
  ;(await asked(1)).refuseAs('cyber')
  await json('POST', `${answered}/messages`, { input: 'two' }, waiting)
  ;(await asked(2)).answer('done')
  while (held() > 1) await moment()
  for (let turn = 0; turn < 20; turn++) await moment()
  expect(held()).toBe(1)
  expect((await json('POST', `${refused}/refusal`, { policy: 'drop-turn' })).status).toBe(200)
  while (held() > 0) await moment()
})

it('a refusal that waits for a person is told once, also when another process decides it', async () => {
  const store = memoryStore()
  const before = staged({ onRefusal: 'manual' }, store)
  const path = await before.created()
  const viewer = eventsOf(await before.ask('GET', `${path}/events`))
  const { body } = await before.json('POST', `${path}/messages`, { input: 'hi' }, waiting)
  ;(await before.asked(1)).refuseAs('cyber')
  const seen: Sent[] = []
  while (outcomesIn(seen).length === 0) seen.push(...(await upTo(viewer, 'turn.refused')))
  await before.server.close()
  const after = staged({ onRefusal: 'manual' }, store)
  const again = eventsOf(
    await after.ask('GET', `${path}/events`, undefined, { 'last-event-id': seen.at(-1)?.id ?? '' }),
  )
  expect((await after.json('POST', `${path}/refusal`, { policy: 'drop-turn' })).status).toBe(200)
  seen.push(...(await upTo(again, 'context.reset')))
  // What is told of a reset comes before the next message.
  await after.json('POST', `${path}/messages`, { input: 'sorry' }, waiting)
  seen.push(...(await upTo(again, 'attempt.started')))
  expect(outcomesIn(seen)).toEqual([[body.turnId, 'refused']])
  await again.return()
})
