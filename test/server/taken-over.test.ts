import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { allOf, eventsOf, staged, upTo } from './stage.ts'

it('a process that has lost a conversation says nothing of how its messages end, and sends its viewers away', async () => {
  const store = memoryStore()
  const first = staged({ limits: { idle: 60_000 } }, store)
  const at = await first.created()
  const viewer = eventsOf(await first.ask('GET', `${at}/events`))
  const stream = await first.ask('POST', `${at}/messages`, { input: 'Hello' })
  const reply = await first.asked(1)
  reply.say('Half of')
  await upTo(viewer, 'delta')
  const second = staged({ takeOver: (await store.get('c1'))?.writer ?? 0, onInterrupted: 'resume' }, store)
  const taken = second.ask('GET', `${at}/history`)
  const again = await second.asked(1)
  // The first one learns it with its next fact, here of a message that is never stored.
  const late = await first.ask('POST', `${at}/messages`, { input: 'And this?' }, { 'idempotency-key': 'late' })
  const told = [await upTo(viewer, 'resume'), await allOf(stream), await allOf(late)]
  expect(told.flat().filter(({ data }) => data.outcome)).toEqual([])
  expect(told.map((events) => events.at(-1)?.event)).toEqual(['resume', 'resume', 'resume'])
  again.answer('All of it')
  await (await taken).text()
  const { body } = await second.json('GET', at)
  expect(JSON.stringify(body.messages)).toContain('All of it')
  expect(JSON.stringify(body.messages)).not.toContain('And this?')
  await second.server.close()
  await first.server.close()
})

it('a message that a process can not store, because it has lost the conversation, is not accepted', async () => {
  const store = memoryStore()
  const first = staged({ limits: { idle: 60_000 } }, store)
  const at = await first.created()
  await (await first.ask('GET', `${at}/history`)).text()
  const taken = await store.open('c1', { takeOver: (await store.get('c1'))?.writer ?? 0 })
  const { status, body } = await first.json('POST', `${at}/messages`, { input: 'Hello' }, { prefer: 'respond-async' })
  expect([status, body.code]).toEqual([409, 'conversation-lost'])
  await taken.release()
  await first.server.close()
})

it('a viewer that comes from the process that has taken over is shown nothing older by the one that does not know it yet', async () => {
  const store = memoryStore()
  const first = staged({ lease: 300, limits: { idle: 60_000 } }, store)
  const at = await first.created()
  await (await first.ask('GET', `${at}/history`)).text()
  const second = staged({ takeOver: (await store.get('c1'))?.writer ?? 0 }, store)
  const answered = second.ask('POST', `${at}/messages`, { input: 'Hello' })
  ;(await second.asked(1)).answer('Hello!')
  const last = (await allOf(await answered)).at(-1)
  const again = () => first.ask('GET', `${at}/events`, undefined, { 'last-event-id': last?.id ?? '' })
  // It learns with its next renewal that it has lost the conversation.
  expect((await again()).status).toBe(503)
  const shown = (await upTo(eventsOf(await again()), 'conversation')).at(-1)
  expect(shown?.data.revision).toBe((await store.get('c1'))?.revision)
  await second.server.close()
  await first.server.close()
})
