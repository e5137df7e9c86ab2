// A conversation that is opened although another process still holds its lease.
import { expect, it } from 'vitest'
import { SimulatedClock } from 'xstate'
import { openConversation, type StoreOptions } from '../../src/index.ts'
import { type FaultyStore, turns } from './faulty-store.ts'
import { begun, calls, next, opened, typesOf, watchedTool } from './stage.ts'

/** The option that takes the conversation over from whoever has it open. */
async function writerOf({ store }: FaultyStore): Promise<Pick<StoreOptions, 'takeOver'>> {
  const { writer = null } = (await store.get('c1')) ?? {}
  return writer === null ? {} : { takeOver: writer }
}

it('is loaded at once with takeOver, and the conversation that had it loses it and stores nothing more', async () => {
  const look = watchedTool('look')
  const { chat, faulty, asked } = await begun({ tools: [look.definition] })
  const turn = chat.sendMessage('hi')
  ;(await asked(1)).give(calls('look', 'k1'))
  await look.running(1)
  await expect(opened(faulty)).rejects.toMatchObject({ code: 'conversation-busy' })

  const lost = next(chat, 'conversation.lost')
  const second = await opened(faulty, { ...(await writerOf(faulty)), tools: [look.definition] })
  await turns(5)
  const stored = [...faulty.facts]
  expect([second.chat.status, second.chat.error?.code]).toEqual(['error', 'interrupted'])
  expect(typesOf(stored).at(-1)).toBe('turn.settled')

  look.runs[0]?.end('seen')
  expect(await lost).toMatchObject({ failure: { code: 'conversation-lost' } })
  expect(await turn).toMatchObject({ status: 'failed', error: { code: 'conversation-lost' } })
  await chat.close()
  expect(faulty.facts).toEqual(stored)

  const answered = second.chat.sendMessage('and now?')
  ;(await second.asked(1)).answer('nothing')
  expect(await answered).toMatchObject({ status: 'completed' })
  await second.chat.close()
})

it('learns with its next renewal that it was taken over', async () => {
  const clock = new SimulatedClock()
  const { chat, faulty } = await begun({ clock, lease: 3_000 })
  const lost = next(chat, 'conversation.lost')
  const second = await opened(faulty, await writerOf(faulty))
  clock.increment(1_000)
  await lost
  expect([chat.status, chat.error?.code]).toEqual(['closed', 'conversation-lost'])
  await second.chat.close()
})

it('is forked without taking over a fork that another process has open', async () => {
  const { chat, faulty } = await begun({ takeOver: 1 })
  const held = await faulty.store.open('fork')
  const fork = chat.fork(undefined, { id: 'fork' })
  await next(fork, 'conversation.lost')
  expect(await held.renew()).toEqual({ status: 'held' })
  await Promise.all([fork.close(), chat.close()])
})

it('is not opened with a takeOver that is no writer of a listing', async () => {
  const { faulty, chat } = await begun()
  const wrong: Pick<StoreOptions, 'takeOver'> = JSON.parse('{"takeOver":"yes"}')
  const options = { source: async function* () {}, model: 'm1', maxTokens: 9, id: 'c1', store: faulty.store, ...wrong }
  await expect(openConversation(options)).rejects.toMatchObject({ code: 'invalid-option' })
  await chat.close()
})
