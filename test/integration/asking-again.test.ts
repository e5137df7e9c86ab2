import { afterEach, expect, it } from 'vitest'
import { refuse, reply, text } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'

afterEach(endAll)

it('retry() sends a stopped turn again and keeps its partial reply on another branch', async () => {
  const { chat, asked, goesOn } = await conversing([
    reply('Hello.'),
    reply([text('one ', 'two ', 'three')], { faults: { stallAfterDeltas: 2 } }),
    reply('one, two, three'),
  ])
  await chat.sendMessage('Hello')
  const turn = chat.sendMessage('Count')
  for await (const event of turn) if (event.type === 'delta' && event.seq === 1) break
  chat.stop()
  const stopped = await turn
  expect((await chat.retry()).text).toBe('one, two, three')
  expect(chat.branches(stopped.turnId).map(({ status }) => status)).toEqual(['stopped', 'completed'])
  await goesOn(chat)
  expect(asked(-1)).toEqual(['Hello', 'Hello.', 'Count', 'one, two, three', 'And now?'])
  chat.switchTo(stopped.turnId)
  await goesOn(chat)
  expect(asked(-1)).toEqual(['Hello', 'Hello.', 'Count', 'one two ', 'And now?'])
})

it('retry() throws nothing-to-retry after a completed or refused turn', async () => {
  const { chat, sim, next, goesOn } = await conversing([])
  const nothing = expect.objectContaining({ code: 'nothing-to-retry' })
  expect(() => chat.retry()).toThrow(nothing)
  await chat.sendMessage('Hello')
  expect(() => chat.retry()).toThrow(nothing)
  next(refuse())
  await chat.sendMessage('a bad thing')
  expect(() => chat.retry()).toThrow(nothing)
  expect(sim.requests).toHaveLength(2)
  await goesOn(chat, 'a bad thing')
})
