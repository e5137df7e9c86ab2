import { describe, expect, it } from 'vitest'
import { claude } from '../../src/claude/claude.ts'
import { reply } from '../../src/testing/index.ts'
import type { MessageRequest } from '../../src/source/message-source.ts'
import { clientOf, expectWhole, listen, model, request, simulate } from './fixtures.ts'

/** The request that reached the API. */
async function received(change: Partial<MessageRequest>, options = {}) {
  const simulator = await simulate({ script: [reply('Hi')] })
  expectWhole(await listen(claude(clientOf(simulator, options)), change))
  expect(simulator.requests).toHaveLength(1)
  const { headers, body, betas } = await simulator.waitForRequest()
  return { headers, body, betas }
}

describe('the sent request', () => {
  it('has the model, the messages, max_tokens and stream, and nothing else', async () => {
    const { body, betas } = await received({})
    expect(body).toEqual({ model, max_tokens: 1024, messages: request.messages, stream: true })
    expect(betas).toEqual([])
  })

  it('has the other fields unchanged', async () => {
    const fields = {
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      metadata: { user_id: 'u1' },
      stop_sequences: ['END'],
    }
    const { body } = await received({ fields })
    expect(body).toEqual({ ...fields, model, max_tokens: 1024, messages: request.messages, stream: true })
  })

  it('has unknown fields unchanged, for the API to judge', async () => {
    const simulator = await simulate({ script: [] })
    const fields = { of_tomorrow: { nested: [1, null] } }
    const { error } = await listen(claude(clientOf(simulator)), { fields })
    expect((await simulator.waitForRequest()).body).toMatchObject(fields)
    expect(error).toMatchObject({ code: 'request-invalid' })
    expect(error?.details.quote).toContain('of_tomorrow: Extra inputs are not permitted')
  })

  it('lets no field replace those of the conversation', async () => {
    const fields = { model: 'other', max_tokens: 1, messages: [], stream: false }
    expect((await received({ fields })).body).toEqual({
      model,
      max_tokens: 1024,
      messages: request.messages,
      stream: true,
    })
  })

  it("names the app's betas and those of the messages in one header, each once, and in no field", async () => {
    const both = await received({ fields: { betas: ['a-1', 'b-2'] }, betas: ['b-2', 'compact-2026-09-04'] })
    expect(both.headers['anthropic-beta']).toBe('a-1,b-2,compact-2026-09-04')
    expect(both.body).not.toHaveProperty('betas')
    expect((await received({ betas: ['compact-2026-09-04'] })).betas).toEqual(['compact-2026-09-04'])
    expect((await received({ fields: { betas: ['a-1'] } })).betas).toEqual(['a-1'])
    const none = await received({ fields: { betas: [] } })
    expect(none.headers).not.toHaveProperty('anthropic-beta')
    expect(none.body).not.toHaveProperty('betas')
  })

  it("leaves the client's own headers unchanged", async () => {
    const defaultHeaders = { 'anthropic-beta': 'a-1', 'x-team': 'blue' }
    expect((await received({}, { defaultHeaders })).headers).toMatchObject(defaultHeaders)
  })

  it('has the container, if there is one', async () => {
    expect((await received({ container: 'container_1' })).body).toHaveProperty('container', 'container_1')
    expect((await received({})).body).not.toHaveProperty('container')
  })

  it('has the skills of the app in the container', async () => {
    const skills = [{ type: 'anthropic', skill_id: 'pptx', version: 'latest' }]
    const fields = { container: { skills } }
    expect((await received({ fields })).body).toHaveProperty('container', { skills })
    expect((await received({ fields, container: 'container_1' })).body).toHaveProperty('container', {
      skills,
      id: 'container_1',
    })
  })

  it("is sent once, because the SDK's retries are off, whatever the client's setting", async () => {
    const { headers } = await received({}, { maxRetries: 5 })
    expect(headers['x-stainless-retry-count']).toBe('0')
    const simulator = await simulate({ script: [{ httpError: { status: 529 } }] })
    const { error } = await listen(claude(clientOf(simulator, { maxRetries: 5 })))
    expect(error?.code).toBe('overloaded')
    expect(simulator.requests).toHaveLength(1)
  })

  it("is signed by the SDK, with the client's key", async () => {
    const { headers } = await received({})
    expect(headers).toMatchObject({ authorization: 'Bearer test', 'anthropic-version': '2026-10-21' })
  })
})
