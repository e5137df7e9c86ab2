import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { allOf, eventsOf, staged, upTo } from './stage.ts'

it('viewers of a process that has lost a conversation are told what the other one stores, and nothing else', async () => {
  const store = memoryStore()
  const first = staged({ limits: { idle: 60_000 } }, store)
  const at = await first.created()
  const viewer = eventsOf(await first.ask('GET', `${at}/events`))
  const stream = await first.ask('POST', `${at}/messages`, { input: 'Hello' })
  const reply = await first.asked(1)
  reply.say('Half of')
  await upTo(viewer, 'delta')
  const second = staged({ takeOver: true, onInterrupted: 'resume' }, store)
  const taken = second.ask('GET', `${at}/history`)
  const again = await second.asked(1)
  again.answer('All of it')
  await (await taken).text()
  // The first one learns it with its next fact.
  reply.answer('it, from the wrong one')
  const seen = await upTo(viewer, 'turn.completed')
  expect(seen.filter(({ event }) => event.startsWith('turn.')).map(({ data }) => data.outcome.text)).toEqual([
    'All of it',
  ])
  expect((await allOf(stream)).filter(({ data }) => data.outcome).map(({ data }) => data.outcome.text)).toEqual([
    'All of it',
  ])
  expect(JSON.stringify((await first.json('GET', at)).body.messages)).toContain('All of it')
  await viewer.return()
  await second.server.close()
  await first.server.close()
})
