import { describe, expect, it } from 'vitest'
import { claude } from '../../src/claude/claude.ts'
import { httpError, reply, text } from '../../src/testing/index.ts'
import { clientOf, heard, listen, simulate, textOf } from './fixtures.ts'

const blocked = 'Output blocked by content filtering policy'

describe('output that a content filter blocks', () => {
  it.each([
    ['by the API', 400, blocked],
    [
      'by a gateway that forwards it',
      500,
      `litellm.BadRequestError: AnthropicException - b'{"error":{"message":"${blocked}"}}'`,
    ],
    ['by Bedrock', 400, `The model returned the following errors: ${blocked}`],
    ['by Foundry', 400, 'The response was filtered due to the prompt triggering content management policy'],
    ['by another message', 403, 'Request was blocked by our content moderation'],
    ['before any output', 400, 'Input blocked by content filtering policy'],
  ])('is a refusal without a category when the response is an error: %s', async (_, status, message) => {
    const { events, error } = await heard(httpError(status, { message }))
    expect(error).toBeUndefined()
    expect(events).toEqual([
      { type: 'opened', requestId: expect.stringMatching(/^req_/) },
      { type: 'message.delta', stopReason: 'refusal', category: null, explanation: expect.any(String), usage: {} },
    ])
  })

  it('is a refusal after the text before it when it is blocked in the middle', async () => {
    const faults = { midStreamError: { afterDeltas: 2, type: 'invalid_request_error', message: blocked } }
    const { events, error } = await heard(reply([text('One ', 'two ', 'three')], { faults }))
    expect(error).toBeUndefined()
    expect(textOf(events)).toBe('One two ')
    expect(events.at(-1)).toEqual({
      type: 'message.delta',
      stopReason: 'refusal',
      category: null,
      explanation: blocked,
      usage: {},
    })
  })

  it('is a refusal when the iterator of a client throws the error', async () => {
    const faults = { midStreamError: { afterDeltas: 1, type: 'invalid_request_error', message: blocked } }
    const simulator = await simulate({ script: [reply([text('One ', 'two')], { faults })] })
    const { messages } = clientOf(simulator, { logLevel: 'off' })
    const iterated = {
      messages: { create: async (...given: Parameters<typeof messages.create>) => messages.create(...given) },
    }
    const { events, error } = await listen(claude(iterated as Parameters<typeof claude>[0]))
    expect([error, events.at(-1)]).toMatchObject([undefined, { stopReason: 'refusal', category: null }])
  })

  it.each([
    'messages.1: text content blocks must be non-empty',
    'messages.1.content.0: a document with the content "Output" was blocked from being read',
    'metadata: your policy does not allow this field',
    'tools.0: content filtering is no tool',
  ])('is distinguished from other rejections: %s', async (message) => {
    const { error } = await heard(httpError(400, { message }))
    expect(error?.code).toBe('request-invalid')
  })
})
