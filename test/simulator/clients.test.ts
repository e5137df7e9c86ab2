import { type AnthropicProvider, createAnthropic } from '@ai-sdk/anthropic'
import Anthropic, { BadRequestError, OverloadedError } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import {
  httpError,
  refuse,
  reply,
  text,
  thinking,
  toolUse,
  type Script,
  type Simulator,
} from '../../src/testing/index.ts'
import { simulate } from './http.ts'

const model = 'claude-opus-5-5'
const params = { model, max_tokens: 1024, messages: [{ role: 'user' as const, content: 'Hello' }] }
const script: Script = [
  reply('Hello there.'),
  refuse({ category: 'cyber', at: { afterDeltas: 1 } }, 'Hello there.'),
  httpError(529),
]

const clientOf = ({ url }: Simulator): Anthropic => new Anthropic({ apiKey: 'test', baseURL: url, maxRetries: 0 })

interface Seen {
  readonly text: string
  readonly stopReason: string | null
  readonly details: unknown
}

const textIn = (content: readonly { readonly type: string }[]): string =>
  content.map((block) => ('text' in block && typeof block.text === 'string' ? block.text : '')).join('')

const seenIn = (message: {
  readonly content: readonly { readonly type: string }[]
  readonly stop_reason: string | null
  readonly stop_details: unknown
}): Seen => ({ text: textIn(message.content), stopReason: message.stop_reason, details: message.stop_details })

/** Collects a reply from the raw iterator. */
const gather = async (events: AsyncIterable<Anthropic.RawMessageStreamEvent>): Promise<Seen> => {
  let seen: Seen = { text: '', stopReason: null, details: null }
  for await (const event of events) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
      seen = { ...seen, text: seen.text + event.delta.text }
    if (event.type === 'message_delta')
      seen = { ...seen, stopReason: event.delta.stop_reason, details: event.delta.stop_details }
  }
  return seen
}

const ways: readonly [string, (client: Anthropic) => Promise<Seen>][] = [
  ['messages.create', async ({ messages }) => seenIn(await messages.create(params))],
  ['messages.create with stream', async ({ messages }) => gather(await messages.create({ ...params, stream: true }))],
  ['messages.stream', async ({ messages }) => seenIn(await messages.stream(params).finalMessage())],
  [
    'beta.messages.create',
    async ({ beta }) => seenIn(await beta.messages.create({ ...params, betas: ['fallback-credit-2026-07-01'] })),
  ],
  ['beta.messages.stream', async ({ beta }) => seenIn(await beta.messages.stream(params).finalMessage())],
]

describe.each(ways)("the vendor's SDK, %s", (name, call) => {
  it('completes a reply, sees a refusal, sees an error', async () => {
    const simulator = await simulate({ script })
    const client = clientOf(simulator)
    expect(await call(client)).toEqual({ text: 'Hello there.', stopReason: 'end_turn', details: null })
    const refused = await call(client)
    expect(refused).toMatchObject({
      text: 'Hello ',
      stopReason: 'refusal',
      details: { type: 'refusal', category: 'cyber' },
    })
    if (name === 'beta.messages.create') expect(refused.details).toHaveProperty('fallback_credit_token', null)
    await expect(call(client)).rejects.toBeInstanceOf(OverloadedError)
    await simulator.close({ assertConsumed: true })
  })
})

describe("the vendor's SDK", () => {
  it('sends its key as a bearer token and the newer version', async () => {
    const simulator = await simulate()
    await clientOf(simulator).messages.create(params)
    expect(simulator.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer test',
      'anthropic-version': '2026-10-21',
    })
  })

  it('reads the error, its type and the request id', async () => {
    const client = clientOf(await simulate())
    const failure: unknown = await client.messages.create({ ...params, messages: [] }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(BadRequestError)
    expect(failure).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      requestID: 'req_01Simulated000000000001',
      message: expect.stringContaining('messages: at least one message is required'),
    })
  })

  it('throws on an error in mid-stream', async () => {
    const faults = { midStreamError: { afterDeltas: 1 } }
    const client = clientOf(await simulate({ script: [reply('Hello there.', { faults })] }))
    await expect(client.messages.stream(params).finalMessage()).rejects.toMatchObject({ type: 'overloaded_error' })
  })

  it('reads thinking and tool calls, and can send them back', async () => {
    const simulator = await simulate({
      script: [reply([thinking('Let me see.'), text('Looking.'), toolUse('look', { at: 'sky' })]), reply('Blue.')],
    })
    const client = clientOf(simulator)
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }]
    const first = await client.messages.stream({ ...params, tools }).finalMessage()
    const call = first.content.find((block) => block.type === 'tool_use')
    expect(call?.input).toEqual({ at: 'sky' })
    const second = await client.messages.create({
      ...params,
      tools,
      messages: [
        ...params.messages,
        { role: 'assistant', content: first.content as Anthropic.ContentBlockParam[] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'blue' }] },
      ],
    })
    expect(textIn(second.content)).toBe('Blue.')
  })

  it('runs its tool runner to the end, without a thread after the simulator rejected one', async () => {
    const simulator = await simulate({ script: [reply([toolUse('look')]), reply('Done.')] })
    const runner = clientOf(simulator).beta.messages.toolRunner({
      ...params,
      tools: [{ name: 'look', input_schema: { type: 'object' }, run: () => 'sky', parse: (input: unknown) => input }],
    })
    expect(textIn((await runner).content)).toBe('Done.')
    expect(simulator.requests[0]).toMatchObject({ status: 400 })
  })
})

type Model = ReturnType<AnthropicProvider>
const prompt: Parameters<Model['doGenerate']>[0]['prompt'] = [
  { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
]
const modelOf = ({ url }: Simulator): Model => createAnthropic({ apiKey: 'test', baseURL: `${url}/v1` })(model)

describe('@ai-sdk/anthropic', () => {
  it('doGenerate completes a reply, sees a refusal, sees an error', async () => {
    const simulator = await simulate({ script })
    const languageModel = modelOf(simulator)
    const whole = await languageModel.doGenerate({ prompt })
    expect(whole.content).toMatchObject([{ type: 'text', text: 'Hello there.' }])
    expect(whole.finishReason).toEqual({ unified: 'stop', raw: 'end_turn' })
    expect((await languageModel.doGenerate({ prompt })).finishReason).toEqual({
      unified: 'content-filter',
      raw: 'refusal',
    })
    await expect(languageModel.doGenerate({ prompt })).rejects.toMatchObject({ statusCode: 529 })
    await simulator.close({ assertConsumed: true })
  })

  it('doStream completes a reply, sees a refusal, sees an error', async () => {
    const simulator = await simulate({ script })
    const languageModel = modelOf(simulator)
    const read = async (): Promise<readonly [string, unknown]> => {
      let said = ''
      let finish: unknown
      for await (const part of (await languageModel.doStream({ prompt })).stream) {
        if (part.type === 'error') throw part.error
        if (part.type === 'text-delta') said += part.delta
        if (part.type === 'finish') finish = part.finishReason
      }
      return [said, finish]
    }
    expect(await read()).toEqual(['Hello there.', { unified: 'stop', raw: 'end_turn' }])
    expect(await read()).toEqual(['Hello ', { unified: 'content-filter', raw: 'refusal' }])
    await expect(read()).rejects.toMatchObject({ statusCode: 529 })
    expect(simulator.requests[0]?.headers).toMatchObject({ 'x-api-key': 'test', 'anthropic-version': '2023-06-01' })
    await simulator.close({ assertConsumed: true })
  })

  it('reads thinking and a tool call', async () => {
    const simulator = await simulate({ script: [reply([thinking('Hm.'), toolUse('look', { at: 'sky' })])] })
    const { content } = await modelOf(simulator).doGenerate({
      prompt,
      tools: [{ type: 'function', name: 'look', inputSchema: { type: 'object', properties: {} } }],
    })
    expect(content).toMatchObject([
      { type: 'reasoning', text: 'Hm.' },
      { type: 'tool-call', toolName: 'look', input: '{"at":"sky"}' },
    ])
  })
})
