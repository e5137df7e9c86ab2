import { describe, expect, it } from 'vitest'
import type { MessageRequest } from '../../src/source/message-source.ts'
import { claude } from '../../src/claude/claude.ts'
import { paramsFor } from '../../src/claude/request-params.ts'
import { compactionBeta } from '../../src/journal/index.ts'
import { compact, refuse, reply, signCompaction } from '../../src/testing/index.ts'
import { clientOf, expectWhole, listen, model, request, simulate, textOf } from './fixtures.ts'

const paramsOf = (change: Partial<MessageRequest>) => paramsFor({ ...request, ...change })
const plain = { model, max_tokens: 1024, messages: request.messages, stream: true }

const tools = [{ name: 'look', input_schema: { type: 'object' } }]
const format = { type: 'json_schema', schema: { type: 'object' } }
const everything = {
  system: 'Be brief.',
  tools,
  tool_choice: { type: 'auto' },
  thinking: { type: 'adaptive' },
  output_config: { effort: 'high', format },
  stop_sequences: ['END'],
  context_management: { edits: [] },
  metadata: { user_id: 'u1' },
  betas: ['a-1'],
}
const shaped = {
  system: 'Be brief.',
  tools,
  thinking: { type: 'adaptive' },
  output_config: { effort: 'high' },
  metadata: { user_id: 'u1' },
}

describe('a request for a reply', () => {
  it('has the unchanged fields of the app', () => {
    const { betas: _, ...fields } = everything
    expect(paramsOf({ fields: everything })).toEqual({ ...plain, ...fields })
  })
})

describe('a request for a compaction', () => {
  it('has the compaction edit and omits incompatible fields', () => {
    expect(paramsOf({ fields: everything, purpose: 'compaction' })).toEqual({
      ...plain,
      ...shaped,
      compaction: { type: 'summarize' },
    })
  })

  it('has nothing else when there are no other fields', () => {
    expect(paramsOf({ purpose: 'compaction' })).toEqual({ ...plain, compaction: { type: 'summarize' } })
    expect(paramsOf({ purpose: 'compaction', fields: { output_config: { format } } })).toEqual({
      ...plain,
      compaction: { type: 'summarize' },
    })
  })

  it('leaves the fields of the app unchanged for the next request', () => {
    const copy = structuredClone(everything)
    paramsOf({ fields: everything, purpose: 'compaction' })
    paramsOf({ fields: everything, purpose: 'summary' })
    expect(everything).toEqual(copy)
  })

  it('is accepted by the API, which returns a complete block', async () => {
    const simulator = await simulate({ script: [compact('They greeted each other.')] })
    const messages = [...request.messages, { role: 'assistant' as const, content: 'Hi.' }]
    const { betas: _, context_management: _management, ...fields } = everything
    const change = { purpose: 'compaction' as const, betas: [compactionBeta], messages, fields }
    const heard = await listen(claude(clientOf(simulator)), change)
    expectWhole(heard)
    expect(heard.events).toContainEqual(expect.objectContaining({ type: 'message.delta', stopReason: 'compaction' }))
    const { signature } = signCompaction('They greeted each other.')
    expect(JSON.stringify(heard.events)).toContain(String(signature))
  })
})

describe('a request for a summary', () => {
  it('forbids tool calls and asks for text', () => {
    expect(paramsOf({ fields: everything, purpose: 'summary' })).toEqual({
      ...plain,
      ...shaped,
      tool_choice: { type: 'none' },
    })
  })

  it.each([[{}], [{ tools: [] }]])('has no tool_choice without tools: %j', (fields) => {
    expect(paramsOf({ fields: { ...fields, tool_choice: { type: 'auto' } }, purpose: 'summary' })).toEqual({
      ...plain,
      ...fields,
    })
  })

  it('is accepted by the API', async () => {
    const simulator = await simulate({ script: [reply('Short.')] })
    const { betas: _, context_management: _management, ...fields } = everything
    const heard = await listen(claude(clientOf(simulator)), { purpose: 'summary', fields })
    expectWhole(heard)
    expect(textOf(heard.events)).toBe('Short.')
  })
})

const serverSideFallback = 'server-side-fallback-2026-07-01'

describe('a request with fallbacks', () => {
  it('has the defaults by name', () => {
    expect(paramsOf({ fallbacks: 'default' })).toEqual({ ...plain, fallbacks: 'default' })
  })

  it('has each fallback with its settings in API names, and no field without fallbacks', () => {
    const fallbacks = [
      { model: 'm2' },
      {
        model: 'm3',
        maxTokens: 64,
        thinking: { type: 'disabled' },
        outputConfig: { effort: 'low' },
        speed: 'fast',
      },
    ]
    expect(paramsOf({ fallbacks })).toEqual({
      ...plain,
      fallbacks: [
        { model: 'm2' },
        {
          model: 'm3',
          max_tokens: 64,
          thinking: { type: 'disabled' },
          output_config: { effort: 'low' },
          speed: 'fast',
        },
      ],
    })
  })

  it('is accepted by the API', async () => {
    for (const fallbacks of ['default', [{ model: 'claude-opus-4-8', maxTokens: 64 }]] as const) {
      const simulator = await simulate({ script: [reply('Hi')] })
      expectWhole(await listen(claude(clientOf(simulator)), { fallbacks, betas: [serverSideFallback] }))
    }
  })

  it('is answered by another model when the first refuses, with a fallback block and iterations', async () => {
    const simulator = await simulate({ script: [refuse({ fallbacks: [{ content: [{ type: 'text', text: 'Hi' }] }] })] })
    const fallbacks = [{ model: 'claude-opus-4-8' }]
    const heard = await listen(claude(clientOf(simulator)), { fallbacks, betas: [serverSideFallback] })
    expectWhole(heard)
    expect(heard.events).toContainEqual(
      expect.objectContaining({
        type: 'block.started',
        block: expect.objectContaining({ type: 'fallback', to: expect.objectContaining({ model: 'claude-opus-4-8' }) }),
      }),
    )
    const ending = heard.events.find((event) => event.type === 'message.delta' && event.stopReason !== null)
    expect(ending).toMatchObject({
      iterations: [
        { type: 'message', model },
        { type: 'fallback_message', model: 'claude-opus-4-8' },
      ],
    })
  })
})

const fallbackCredit = 'fallback-credit-2026-07-01'

describe('a request with a credit token', () => {
  it('redeems the credit when possible, and is served otherwise', () => {
    expect(paramsOf({ creditToken: 'token' })).toEqual({
      ...plain,
      fallback_credit_token: { token: 'token', mode: 'best_effort' },
    })
  })

  it('is accepted by the API when it repeats the refused request with another model', async () => {
    const simulator = await simulate({ script: [refuse({ creditToken: 'mint' }), reply('Hi')] })
    const source = claude(clientOf(simulator))
    const betas = [fallbackCredit]
    const refusal = (await listen(source, { betas })).events.find((event) => event.type === 'message.delta')
    expect(refusal).toMatchObject({ stopReason: 'refusal', creditToken: expect.stringMatching(/^fct_/) })
    const creditToken = refusal?.type === 'message.delta' ? refusal.creditToken : undefined
    const heard = await listen(source, { betas, model: 'claude-opus-4-8', ...(creditToken ? { creditToken } : {}) })
    expectWhole(heard)
    expect(heard.events).toContainEqual(
      expect.objectContaining({ type: 'message.delta', fallbackCredit: expect.objectContaining({}) }),
    )
  })

  it('fails as an invalid request when the token is invalid', async () => {
    const simulator = await simulate({ script: [] })
    const { error } = await listen(claude(clientOf(simulator)), { betas: [fallbackCredit], creditToken: 'x' })
    expect(error).toMatchObject({ code: 'request-invalid', details: { status: 400 } })
  })
})
