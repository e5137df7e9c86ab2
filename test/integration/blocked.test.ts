import { afterEach, describe, expect, it } from 'vitest'
import { httpError, reply, text } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'

afterEach(endAll)

const message = 'Output blocked by content filtering policy'
const ways = {
  'in the middle of the reply': reply([text('The first ', 'verse')], {
    faults: { midStreamError: { afterDeltas: 1, type: 'invalid_request_error', message } },
  }),
  'as an answer': httpError(400, { message }),
} as const
const wayOf = Object.entries(ways)

describe('a reply that a content filter blocks', () => {
  it.each(wayOf)('is refused: %s', async (way, blocked) => {
    const { chat, sim, goesOn } = await conversing([reply([text('Hello')]), blocked], { onRefusal: 'drop-turn' })
    await chat.sendMessage('Hi')
    const told: string[] = []
    chat.on('*', ({ type }) => told.push(type))
    const outcome = await chat.sendMessage('Sing that verse')
    const isShown = way === 'in the middle of the reply'
    expect(outcome).toMatchObject({ status: 'refused', refusal: { category: null, textShown: isShown } })
    expect(told.includes('retracted')).toBe(isShown)
    expect(JSON.stringify(chat.messages)).not.toContain('The first')
    expect(sim.requests).toHaveLength(2)
    await goesOn(chat, 'Sing that verse', 'The first')
  })

  it.each(wayOf)('is not sent again by retry(): %s', async (_, blocked) => {
    const { chat, sim } = await conversing([blocked], { onRefusal: 'drop-turn' })
    await chat.sendMessage('Sing that verse')
    await expect(async () => chat.retry()).rejects.toMatchObject({ code: 'nothing-to-retry' })
    expect(sim.requests).toHaveLength(1)
  })

  it.each(wayOf)('is handled by the refusal policy: %s', async (_, blocked) => {
    const { chat, sim } = await conversing([blocked, reply([text('I can tell you of it')])], {
      onRefusal: [{ fallback: [{ model: 'claude-opus-4-8' }] }, 'clear'],
    })
    const outcome = await chat.sendMessage('Sing that verse')
    expect(outcome).toMatchObject({ status: 'completed', text: 'I can tell you of it', refusals: [{ category: null }] })
    expect(sim.requests.map(({ body }) => body?.['model'])).toEqual(['claude-opus-5-5', 'claude-opus-4-8'])
  })
})
