import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/testing/index.ts'
import { errorOf, request, send, simulate } from './http.ts'

const tool = { name: 'look', input_schema: { type: 'object' } }
const newer = { 'anthropic-version': '2026-10-21' }
const tooNew = '"thinking.type.enabled" is not supported for this model.'
const enabled = { type: 'enabled', budget_tokens: 1024 }

describe('a request is a 400', () => {
  it.each<[string, JsonObject, string, Record<string, string>?]>([
    ['without a model', { model: undefined }, 'model: Field required'],
    ['without max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['without messages', { messages: undefined }, 'messages: Field required'],
    ['with no message', { messages: [] }, 'messages: at least one message is required'],
    ['with messages that are not a list', { messages: 'Hello' }, 'messages: Input should be a valid list'],
    ['with max_tokens below 0', { max_tokens: -1 }, 'max_tokens: Input should be greater than or equal to 0'],
    ['with max_tokens that are not a number', { max_tokens: '9' }, 'max_tokens: Input should be a valid integer'],
    [
      'with max_tokens above the limit of the model',
      { max_tokens: 128_001 },
      'max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens for claude-opus-4-6',
    ],
    ['with a stream that is not a boolean', { stream: 'yes' }, 'stream: Input should be a valid boolean'],
    ['with a field that does not exist', { betas: ['x'] }, 'betas: Extra inputs are not permitted'],
    ['with a beta field without its header', { mcp_servers: [] }, 'mcp_servers: Extra inputs are not permitted'],
    [
      'with both a credit token and fallbacks',
      { fallback_credit_token: 'fct_1', fallbacks: 'default' },
      'fallback_credit_token: cannot be combined with fallbacks',
      { 'anthropic-beta': 'server-side-fallback-2026-07-01' },
    ],
    [
      'with a malformed credit token',
      { fallback_credit_token: {} },
      'fallback_credit_token: malformed token',
      { 'anthropic-beta': 'fallback-credit-2026-07-01' },
    ],
    ['with temperature in the newer version', { temperature: 1 }, 'temperature: Extra inputs are not permitted', newer],
    ['with top_p in the newer version', { top_p: 1 }, 'top_p: Extra inputs are not permitted', newer],
    ['with top_k in the newer version', { top_k: 1 }, 'top_k: Extra inputs are not permitted', newer],
    [
      'with a document in an assistant message in the newer version',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: [{ type: 'document', source: { type: 'text', data: 'x' } }] },
          { role: 'user', content: 'y' },
        ],
      },
      "messages.1.content.0: Input tag 'document' found using 'type' does not match any of the expected tags: ",
      newer,
    ],
    [
      'with citations in a user message in the newer version',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', citations: [] }] }] },
      'messages.0.content.0.text.citations: Extra inputs are not permitted',
      newer,
    ],
    [
      'with temperature for models from 4.7 on',
      { model: 'claude-opus-4-7', temperature: 1 },
      '`temperature` is deprecated for this model.',
    ],
    ['with enabled thinking for opus-4-7', { model: 'claude-opus-4-7', thinking: enabled, max_tokens: 2000 }, tooNew],
    ['with enabled thinking for opus-5-5', { model: 'claude-opus-5-5', thinking: enabled, max_tokens: 2000 }, tooNew],
    [
      'with disabled thinking for opus-5-5',
      { model: 'claude-opus-5-5', thinking: { type: 'disabled' } },
      '"thinking.type.disabled" is not supported for this model.',
    ],
    [
      'with adaptive thinking for opus-4-5',
      { model: 'claude-opus-4-5', thinking: { type: 'adaptive' } },
      '"thinking.type.adaptive" is not supported for this model.',
    ],
    [
      'with between_tools for any but sonnet-5-5',
      { thinking: { type: 'between_tools' } },
      '"thinking.type.between_tools" is not supported for this model.',
    ],
    [
      'with disabled thinking at high effort for opus-5',
      { model: 'claude-opus-5', thinking: { type: 'disabled' }, output_config: { effort: 'max' } },
      'only supported for this model when "output_config.effort" is "high" or lower',
    ],
    [
      'with an unknown type of thinking',
      { thinking: { type: 'deep' } },
      "thinking: Input tag 'deep' found using 'type'",
    ],
    [
      'with a budget too small',
      { thinking: { ...enabled, budget_tokens: 9 } },
      'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    ],
    [
      'with a budget above max_tokens',
      { thinking: enabled },
      '`max_tokens` must be greater than `thinking.budget_tokens`',
    ],
    [
      'with block_binding without its header',
      { thinking: { type: 'adaptive', block_binding: {} } },
      'thinking.adaptive.block_binding: Extra inputs are not permitted',
    ],
    [
      'with a tool choice but no tools',
      { tool_choice: { type: 'auto' } },
      'tool_choice may only be specified while providing tools.',
    ],
    [
      'with the choice of an unknown tool',
      { tools: [tool], tool_choice: { type: 'tool', name: 'x' } },
      "Tool 'x' not found in provided tools",
    ],
    [
      'with a forced tool for opus-5-5',
      { model: 'claude-opus-5-5', tools: [tool], tool_choice: { type: 'any' } },
      'tool_choice: forcing tool use is not supported for this model.',
    ],
    [
      'with a forced tool and enabled thinking',
      { tools: [tool], tool_choice: { type: 'any' }, thinking: enabled, max_tokens: 2000 },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    ['with a tool without a schema', { tools: [{ name: 'a' }] }, 'tools.0.custom.input_schema: Field required'],
    [
      'with an invalid tool name',
      { tools: [{ ...tool, name: 'a b' }] },
      "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
    ],
    ['with two tools of the same name', { tools: [tool, tool] }, 'tools: Tool names must be unique.'],
    [
      'with compaction and stop sequences',
      { compaction: { type: 'summarize' }, stop_sequences: ['x'] },
      'compaction: cannot be combined with stop_sequences',
      { 'anthropic-beta': 'compact-2026-09-04' },
    ],
  ])('%s', async (_, change, message, more) => {
    const error = await errorOf(await send(await simulate(), request(change), more))
    expect(error).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } })
    expect(error.error.message).toContain(message)
  })

  it('for a thread, with the code that makes the SDK continue without one', async () => {
    const error = await errorOf(await send(await simulate(), request({ thread: { type: 'create' } })))
    expect(error).toMatchObject({ status: 400, error: { details: { error_code: 'thread_unsupported_request' } } })
  })
})

describe('models', () => {
  it('are a 404 if they are unknown', async () => {
    const error = await errorOf(await send(await simulate(), request({ model: 'claude-none' })))
    expect(error).toMatchObject({ status: 404, error: { type: 'not_found_error', message: 'model: claude-none' } })
  })

  it('can be added', async () => {
    const simulator = await simulate({ models: ['claude-next'] })
    expect((await send(simulator, request({ model: 'claude-next' }))).status).toBe(200)
  })

  it.each([
    'claude-fable-5-2',
    'claude-mythos-5-2',
    'claude-haiku-5-5',
    'claude-sonnet-5-5',
    'claude-fable-5-1',
    'claude-opus-5-5',
    'claude-mythos-5-1',
    'claude-sonnet-5',
    'claude-fable-5',
    'claude-mythos-5',
    'claude-opus-5',
    'claude-opus-4-8',
    'claude-opus-4-7',
    'claude-opus-4-6',
    'claude-sonnet-4-6',
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'claude-opus-4-5',
    'claude-opus-4-5-20251101',
  ])('%s is known', async (model) => {
    expect((await send(await simulate(), request({ model }))).status).toBe(200)
  })
})

describe('a request is accepted', () => {
  it.each<[string, JsonObject, Record<string, string>?]>([
    ['with sampling in the older version', { temperature: 0.5, top_p: 0.9, top_k: 5 }],
    ['with enabled thinking for 4.6', { thinking: enabled, max_tokens: 2000 }],
    ['with a forced tool', { tools: [tool], tool_choice: { type: 'any' } }],
    ['with between_tools for sonnet-5-5', { model: 'claude-sonnet-5-5', thinking: { type: 'between_tools' } }],
    [
      'with all beta fields',
      {
        system: [{ type: 'text', text: 'Be brief.' }],
        metadata: { user_id: 'u' },
        service_tier: 'auto',
        output_config: { effort: 'low' },
        inference_geo: 'us',
        speed: 'standard',
        container: 'c',
        mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'm' }],
        context_management: { edits: [] },
        fallbacks: 'default',
      },
      { 'anthropic-beta': 'mcp-client-2025-11-20,context-management-2025-06-27,server-side-fallback-2026-07-01' },
    ],
  ])('%s', async (_, change, more) => {
    expect((await send(await simulate(), request(change), more)).status).toBe(200)
  })
})
