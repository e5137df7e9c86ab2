import { afterEach, describe, expect, it } from 'vitest'
import { type ConversationOptions, createConversation, type ModelEntry } from '../../src/index.ts'
import { httpError, refuse, reply, type ScriptStep, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const haiku = 'claude-haiku-4-5'
const main = 'claude-opus-5-5'

/** A conversation that switches to another model with its second message. */
async function away(
  entry: string | ModelEntry,
  options: Partial<ConversationOptions> = {},
  cause: ScriptStep = refuse(),
) {
  const world = await conversing([reply('One.'), cause], {
    onRefusal: { fallback: [entry] },
    retry: { models: [entry], maxAttempts: 1, baseDelay: 1 },
    ...options,
  })
  const told: unknown[] = []
  world.chat.on('request.adapted', ({ model, left, maxTokens }) => told.push([model, left, maxTokens]))
  expect((await world.chat.sendMessage('one')).status).toBe('completed')
  expect((await world.chat.sendMessage('two')).status).toBe('completed')
  return { ...world, told, last: () => world.body(-1) }
}

describe('another model', () => {
  it.each([
    ['after a refusal', refuse()],
    ['in an outage', httpError(529)],
  ])('%s gets no field that it is known to reject, and the removal is reported once', async (_, cause) => {
    const options = {
      maxTokens: 100_000,
      request: { thinking: { type: 'adaptive' }, metadata: { user_id: 'u' } },
    } as const
    const { chat, sim, told, last, goesOn } = await away(haiku, options, cause)
    expect(last()).toMatchObject({ model: haiku, max_tokens: 64_000, metadata: { user_id: 'u' } })
    expect(last()).not.toHaveProperty('thinking')
    expect(sim.requests.map(({ status }) => status).filter((status) => status === 400)).toEqual([])
    await goesOn(chat)
    expect(told).toEqual([[haiku, ['thinking', 'max_tokens'], 64_000]])
    chat.setModel(main)
    await goesOn(chat)
    expect(last()).toMatchObject({ model: main, max_tokens: 100_000, thinking: { type: 'adaptive' } })
  })

  it('gets the fields of its entry, in place of and in addition to those of the conversation', async () => {
    const entry = {
      model: haiku,
      maxTokens: 2_000,
      request: { thinking: { type: 'enabled', budget_tokens: 1_024 }, system: 'Be brief.', metadata: null },
    } as const
    const { told, last, chat, goesOn } = await away(entry, {
      request: { thinking: { type: 'adaptive' }, system: 'Be kind.', metadata: { user_id: 'u' } },
    })
    expect(last()).toMatchObject({
      model: haiku,
      max_tokens: 2_000,
      system: 'Be brief.',
      thinking: { budget_tokens: 1_024 },
    })
    expect(last()).not.toHaveProperty('metadata')
    expect(told).toEqual([])
    await goesOn(chat)
  })

  it.each([401, 402, 403, 404, 400, 413])(
    'is left again when it rejects everything (%i), and the next message is answered',
    async (status) => {
      const { chat, next, goesOn } = await conversing([reply('One.')], {
        onRefusal: [{ fallback: [haiku] }, 'clear'],
        onRejection: 'stop',
      })
      await chat.sendMessage('one')
      next(refuse(), httpError(status))
      expect((await chat.sendMessage('two')).status).toBe('failed')
      expect(chat.model).toBe(main)
      await goesOn(chat)
    },
  )

  it('is skipped in an outage when it may not be used', async () => {
    const { chat, next, sim, goesOn } = await conversing([], {
      retry: { models: [haiku, 'claude-opus-4-8'], maxAttempts: 1, baseDelay: 1 },
    })
    next(httpError(529), httpError(403), reply('Here.'))
    expect((await chat.sendMessage('one')).status).toBe('completed')
    expect(sim.requests.map(({ body }) => body?.['model'])).toEqual([main, haiku, 'claude-opus-4-8'])
    await goesOn(chat)
  })

  it.each([
    ['billing', httpError(402)],
    ['a spend limit', httpError(429, { details: { error_code: 'enforced_spend_limit_reached' } })],
    ['authentication', httpError(401)],
  ])('is not used for %s, which affects the account, and nothing is retried', async (_, failure) => {
    const { chat, next, sim, goesOn } = await conversing([], { retry: { models: [haiku], baseDelay: 1 } })
    next(failure)
    expect((await chat.sendMessage('one')).status).toBe('failed')
    expect([sim.requests.length, chat.model]).toEqual([1, main])
    await goesOn(chat)
  })
})

describe('a forced tool_choice', () => {
  it('is released after the first call, so that the turn can end', async () => {
    const { weather, cities } = weatherTool()
    const { chat, body, goesOn } = await conversing([reply([toolUse('weather', { city: 'Rome' })]), reply('Sunny.')], {
      model: 'claude-opus-4-8',
      tools: [weather],
      request: { tool_choice: { type: 'any' } },
    })
    expect(await chat.sendMessage('Rome?')).toMatchObject({ status: 'completed', text: 'Sunny.' })
    expect([body(0)['tool_choice'], body(1)['tool_choice'], cities]).toEqual([{ type: 'any' }, undefined, ['Rome']])
    chat.setTools([])
    await goesOn(chat)
    expect(body(-1)).not.toHaveProperty('tool_choice')
  })
})

describe('the entries of other models', () => {
  const create = (options: Partial<ConversationOptions>) => () =>
    createConversation({ source: async function* () {}, model: main, maxTokens: 10, ...options })

  it.each<readonly [string, Partial<ConversationOptions>, string]>([
    [
      'a reserved field',
      { retry: { models: [{ model: haiku, request: { messages: [] } as never }] } },
      'reserved-field',
    ],
    [
      'tools of its own',
      { onRefusal: { fallback: [{ model: haiku, request: { tools: [] } as never }] } },
      'invalid-option',
    ],
    ['no tokens', { retry: { models: [{ model: haiku, maxTokens: 0 }] } }, 'invalid-option'],
    ['the model twice', { retry: { models: [haiku, { model: haiku }] } }, 'fallback-same-model'],
    ['the model of the conversation', { onRefusal: { fallback: [main] } }, 'fallback-same-model'],
    [
      'different fields in another option',
      {
        onRefusal: { fallback: [{ model: haiku, maxTokens: 5 }] },
        retry: { models: [{ model: haiku, maxTokens: 6 }] },
      },
      'invalid-option',
    ],
    ['an unknown key', { onRefusal: { fallback: [{ model: haiku, tokens: 5 } as never] } }, 'policy-invalid'],
  ])('are checked when the conversation is created: %s', (_, options, code) => {
    expect(create(options)).toThrow(expect.objectContaining({ code }))
  })

  it('may be repeated in two options with equal fields', () => {
    const entry = { model: haiku, maxTokens: 5 }
    expect(create({ onRefusal: { fallback: [entry] }, retry: { models: [{ ...entry }] } })).not.toThrow()
    expect(create({ onRefusal: { fallback: [entry] }, retry: { models: [haiku] } })).not.toThrow()
  })
})
