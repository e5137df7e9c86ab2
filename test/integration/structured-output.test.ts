import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { refuse, reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const request = { output_config: { format: { type: 'json_schema', schema } } } as const
const rome = '{"city": "Rome"}'

it('structured output is parsed once the reply is complete', async () => {
  const { chat, body, goesOn } = await conversing([reply([thinking('Hm.'), text('{"city":', ' "Rome"}')])], {
    request,
  })
  expect(await chat.sendMessage('Which?')).toMatchObject({ status: 'completed', text: rome, parsed: { city: 'Rome' } })
  expect(body(0)['output_config']).toEqual(request.output_config)
  await goesOn(chat)
})

it('structured output is checked by the parser of the SDK’s helpers', async () => {
  const format = zodOutputFormat(z.object({ city: z.string() }))
  const { chat, goesOn } = await conversing([reply(rome), reply('{"city": 5}')], {
    request: { output_config: { format } },
  })
  expect((await chat.sendMessage('Which?')).parsed).toEqual({ city: 'Rome' })
  expect(await chat.sendMessage('Which?')).toMatchObject({ status: 'completed', error: { code: 'output-invalid' } })
  await goesOn(chat)
})

it('invalid JSON is reported as an error of a completed turn', async () => {
  const { chat, goesOn } = await conversing([reply('Rome, I think.')], { request })
  const outcome = await chat.sendMessage('Which?')
  expect(outcome).toMatchObject({ status: 'completed', text: 'Rome, I think.', error: { code: 'output-invalid' } })
  expect(outcome).not.toHaveProperty('parsed')
  await goesOn(chat)
})

it.each([
  ['before any output', refuse({ category: 'bio' })],
  ['in the middle of the output', refuse({ at: { afterDeltas: 1 } }, [text('{"city": ', '"Rome"}')])],
])('a reply refused %s is a refusal, not a parse error', async (_, step) => {
  const { chat, goesOn } = await conversing([step], { request })
  const outcome = await chat.sendMessage('Which bad one?')
  expect(outcome).toMatchObject({ status: 'refused', stopReason: 'refusal', text: '' })
  expect(outcome.error).toBeUndefined()
  expect(outcome).not.toHaveProperty('parsed')
  await goesOn(chat, 'Which bad one?')
})

it('output cut by max_tokens is truncated, not parsed, and not sent back', async () => {
  const { chat, sim, goesOn } = await conversing([reply('{"city": "Ro', { stopReason: 'max_tokens' })], { request })
  const outcome = await chat.sendMessage('Which?')
  expect(outcome).toMatchObject({ status: 'completed', truncated: true, finishReason: 'length' })
  expect(outcome.error).toBeUndefined()
  expect(outcome).not.toHaveProperty('parsed')
  await goesOn(chat)
  expect(JSON.stringify(sim.requests.at(-1)?.body?.['messages'])).not.toContain('city')
})

it('stopped output is neither parsed nor sent back', async () => {
  const { chat, sim, goesOn } = await conversing(
    [reply([text('{"city": ', '"Ro', 'me"}')], { faults: { stallAfterDeltas: 2 } })],
    { request },
  )
  const turn = chat.sendMessage('Which?')
  for await (const event of turn) if (event.type === 'delta' && event.seq === 1) break
  chat.stop()
  expect(await turn).toMatchObject({ status: 'stopped' })
  await goesOn(chat)
  expect(JSON.stringify(sim.requests.at(-1)?.body?.['messages'])).not.toContain('city')
})

it('structured output is parsed after tools, too', async () => {
  const { weather, cities } = weatherTool()
  const { chat, goesOn } = await conversing([reply([toolUse('weather', { city: 'Rome' })]), reply(rome)], {
    request,
    tools: [weather],
  })
  expect((await chat.sendMessage('Which?')).parsed).toEqual({ city: 'Rome' })
  expect(cities).toEqual(['Rome'])
  await goesOn(chat)
})

it('a compaction sends no output format', async () => {
  const { chat, body, goesOn } = await conversing([reply(rome)], { request })
  await chat.sendMessage('Which?')
  expect((await chat.compact()).status).toBe('completed')
  expect(body(1)).not.toHaveProperty('output_config')
  await goesOn(chat)
})
