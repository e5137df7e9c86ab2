// Streams that end as gateways end them, byte for byte.
import { describe, expect, it } from 'vitest'
import { createConversation } from '../../src/index.ts'
import { claude } from '../../src/claude/claude.ts'
import { listen, textOf } from './fixtures.ts'

const sent = (data: unknown) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

const begun = [
  { type: 'message_start', message: { id: 'msg_1', model: 'm1', usage: { input_tokens: 3 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'The answer' } },
].map(sent)
const stopped = sent({ type: 'content_block_stop', index: 0 })
const ended = (stop_reason: string) =>
  sent({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 2 } })
const refused = ended('refusal')
const done = sent('[DONE]')

/** A client whose response is these bytes. `lost`: the connection breaks after them. */
const answering = (chunks: readonly string[], how: 'closed' | 'lost' | Readonly<Record<string, string>> = 'closed') => {
  const left = chunks.map((chunk) => new TextEncoder().encode(chunk))
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift()
      if (chunk) controller.enqueue(chunk)
      else if (how === 'lost') controller.error(new TypeError('terminated'))
      else controller.close()
    },
  })
  const headers = { 'content-type': 'text/event-stream', ...(typeof how === 'object' ? how : {}) }
  const nothing = async function* () {}
  const answer = () =>
    Object.assign(Promise.resolve(nothing()), { asResponse: async () => new Response(body, { headers }) })
  return { messages: { create: answer } }
}

/** The outcome of a turn whose reply is these bytes. */
async function outcomeOf(...chunks: readonly string[]) {
  const chat = createConversation({
    source: claude(answering(chunks)),
    model: 'm1',
    maxTokens: 0,
    onTruncated: 'continue',
    retry: { maxAttempts: 1 },
    logger: { warn: () => {}, error: () => {} },
  })
  const outcome = await chat.sendMessage('Hello')
  await chat.close()
  return outcome
}

describe('[DONE]', () => {
  it.each([
    ['after message_stop', [...begun, stopped, ended('end_turn'), sent({ type: 'message_stop' }), done]],
    ['in place of message_stop', [...begun, stopped, ended('end_turn'), done]],
    ['in place of message_stop, in one chunk', [[...begun, stopped, ended('end_turn'), done].join('')]],
  ])('%s ends a complete reply', async (_, chunks) => {
    expect(await outcomeOf(...chunks)).toMatchObject({ status: 'completed', text: 'The answer' })
  })

  it('without a stop reason ends a truncated stream', async () => {
    expect(await outcomeOf(...begun, done)).toMatchObject({ status: 'failed', error: { code: 'stream-truncated' } })
  })
})

describe('an error without a type', () => {
  const error = sent({ error: { message: 'Provider overloaded', code: 529 } })

  it.each([
    ['alone', [...begun, error]],
    ['before [DONE]', [...begun, error, done]],
    ['in one chunk with [DONE]', [[...begun, error, done].join('')]],
  ])('is reported as an API error: %s', async (_, chunks) => {
    const { status, error: failure } = await outcomeOf(...chunks)
    expect([status, failure?.code]).toEqual(['failed', 'overloaded'])
    expect(failure?.details.quote).toBe('Provider overloaded')
  })
})

describe('a refusal without its final blank line', () => {
  const cut = refused.trimEnd()

  it.each([
    ['at the end of the stream', [...begun, cut], 'closed'],
    ['in the same chunk as the events before it', [[...begun, cut].join('')], 'closed'],
    ['with half of its line end', [...begun, `${cut}\r`], 'closed'],
    ['when the connection is lost', [...begun, cut], 'lost'],
  ] as const)('is recognized %s', async (_, chunks, how) => {
    const { events } = await listen(claude(answering(chunks, how)))
    expect(events.at(-1)).toMatchObject({ type: 'message.delta', stopReason: 'refusal' })
  })

  it('is not recognized while it is incomplete', async () => {
    for (let length = 0; length < cut.length; length += 7) {
      const { events, error } = await listen(claude(answering([...begun, cut.slice(0, length)])))
      expect([textOf(events), events.at(-1)?.type, error]).toEqual(['The answer', 'block.delta', undefined])
    }
  })
})

describe('pings', () => {
  it.each([
    ['are visible from the API', {}, undefined],
    ['are hidden by Bedrock, whose SDK makes events of its frames', { 'x-amzn-requestid': 'aws-1' }, 'hidden'],
  ])('%s', async (_, headers, pings) => {
    const { events } = await listen(claude(answering(begun, headers)))
    expect(events[0]).toMatchObject({ type: 'opened' })
    expect(events[0] && 'pings' in events[0] ? events[0].pings : undefined).toBe(pings)
  })
})

describe('a complete message in message_start', () => {
  const message = {
    id: 'msg_1',
    model: 'm1',
    content: [{ type: 'text', text: 'All at once' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 3, output_tokens: 4 },
  }

  it('is the reply: it is shown, counted and kept', async () => {
    const outcome = await outcomeOf(sent({ type: 'message_start', message }), sent({ type: 'message_stop' }))
    expect(outcome).toMatchObject({
      status: 'completed',
      text: 'All at once',
      usage: { inputTokens: 3, outputTokens: 4 },
    })
  })
})

describe('a reply without tokens, which warms the cache,', () => {
  it('completes, and is not continued', async () => {
    const outcome = await outcomeOf(begun[0] ?? '', ended('max_tokens'), sent({ type: 'message_stop' }))
    expect(outcome).toMatchObject({ status: 'completed', text: '', stopReason: 'max_tokens' })
  })
})
