import { afterEach, expect, it } from 'vitest'
import { reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

it.each([
  ['with no blocks', reply([])],
  ['with an empty text', reply([{ type: 'text', text: '' }])],
  ['with blank text', reply([text(' ', '\n')])],
  ['with thinking only', reply([thinking('Nothing to say.')])],
])('a reply %s completes its turn, and no second request is sent', async (_, step) => {
  const { chat, sim, asked, goesOn } = await conversing([step])
  const outcome = await chat.sendMessage('Hello')
  expect(outcome).toMatchObject({ status: 'completed', stopReason: 'end_turn' })
  expect(outcome.text.trim()).toBe('')
  expect(sim.requests).toHaveLength(1)
  await goesOn(chat)
  expect(asked(-1)).toEqual(['HelloAnd now?'])
})

it('an empty reply after tools completes the turn and keeps the tool results', async () => {
  const { weather, cities } = weatherTool()
  const { chat, sim, sent, goesOn } = await conversing(
    [reply([text('I look.'), toolUse('weather', { city: 'Rome' })]), reply([])],
    { tools: [weather] },
  )
  expect(await chat.sendMessage('Rome?')).toMatchObject({ status: 'completed', stopReason: 'end_turn' })
  expect([sim.requests.length, cities]).toEqual([2, ['Rome']])
  await goesOn(chat)
  expect([sent(-1, 'tool_use').length, sent(-1, 'tool_result').length]).toEqual([1, 1])
})

it('an unknown stop reason completes the turn, and no tool runs', async () => {
  const { weather, cities } = weatherTool()
  const { chat, goesOn } = await conversing(
    [reply([text('Hm.'), toolUse('weather', { city: 'Rome' })], { stopReason: 'reason_of_tomorrow' })],
    { tools: [weather] },
  )
  expect(await chat.sendMessage('Rome?')).toMatchObject({
    status: 'completed',
    stopReason: 'reason_of_tomorrow',
    finishReason: 'other',
  })
  expect(cities).toEqual([])
  await goesOn(chat)
})
