import { describe, expect, it } from 'vitest'
import { type SourceEvent, tool } from '../../src/index.ts'
import { nested, nestedJson } from '../nested.ts'
import { codeOf, start, until } from '../conversation/start.ts'
import { anything } from '../tools/fixtures.ts'

const calls = (json: string): SourceEvent[] => [
  { type: 'message.started', model: 'm1', usage: { inputTokens: 3, outputTokens: 1 } },
  { type: 'block.started', index: 0, block: { type: 'tool_use', id: 'k1', name: 'look', input: {} } },
  { type: 'block.delta', index: 0, kind: 'toolInput', text: json },
  { type: 'block.stopped', index: 0 },
  { type: 'message.delta', stopReason: 'tool_use', usage: { outputTokens: 5 } },
  { type: 'message.stopped' },
]

function startLooking() {
  const ran: unknown[] = []
  const look = tool({ name: 'look', input: anything, run: (input) => void ran.push(input) })
  return { ...start({ tools: [look] }), ran }
}

describe.each([
  ['nested 129 levels deep', nestedJson(129), /deeper than 128 levels/],
  ['nested 4,000 levels deep', nestedJson(4_000), /deeper than 128 levels/],
  ['nested 40,000 levels deep', nestedJson(40_000), /deeper than 128 levels/],
  ['with a number that would be rounded', '{"id":9007199254740993}', /9007199254740993.*as a string/],
])('a call whose input is %s', (_, json, words) => {
  it('does not run, gets an error result, and is sent back as the model wrote it', async () => {
    const { chat, ask, asked, exchange, ran } = startLooking()
    const { turn, reply } = await ask('Look.')
    reply.push(...calls(json))
    const next = await asked(2)
    const [call, results] = next.request.messages.slice(-2)
    expect(call?.content).toEqual([{ type: 'tool_use', id: 'k1', name: 'look', input: { INVALID_JSON: json } }])
    expect(results?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'k1', is_error: true, content: expect.stringMatching(words) as string },
    ])
    expect(() => JSON.stringify(next.request)).not.toThrow()
    next.answer('I see.')
    expect(await turn).toMatchObject({ status: 'completed', text: 'I see.' })
    expect(ran).toEqual([])
    expect(await exchange('Go on.', 'Fine.')).toMatchObject({ status: 'completed' })
    expect(chat.status).toBe('ready')
  })
})

it('the content of server tools is kept only when its nesting can be sent', async () => {
  const { chat, ask, exchange } = startLooking()
  const { turn, reply } = await ask('Search.')
  reply.give(
    [
      { type: 'server_tool_use', id: 's1', name: 'web_search', input: nested(50_000) },
      { type: 'web_search_tool_result', tool_use_id: 's1', content: [nested(50_000)] },
      { type: 'text', text: 'Found.', citations: [nested(50_000)] },
    ],
    'end_turn',
  )
  expect(await turn).toMatchObject({ status: 'completed', text: 'Found.' })
  expect(() => JSON.stringify(chat.history)).not.toThrow()
  expect(await exchange('Go on.', 'Fine.')).toMatchObject({ status: 'completed' })
})

describe('a value of the app that is nested too deeply', () => {
  const deep = nested(20_000)

  it.each([
    ['a block', () => start().chat.sendMessage([{ type: 'document', source: deep }]), 'message-invalid'],
    [
      'a block that is sent with files',
      () => start().chat.sendMessage({ files: [{ type: 'image', source: deep }] }),
      'message-invalid',
    ],
    ['metadata', () => start().chat.sendMessage({ text: 'Hi', metadata: deep }), 'metadata-invalid'],
    ['a field of the request', () => start({ request: { metadata: deep } }), 'invalid-option'],
    [
      'the JSON Schema of a tool',
      () => start({ tools: [{ name: 'x', input_schema: { type: 'object', properties: deep } }] }),
      'tool-invalid',
    ],
    [
      'new tools',
      () => start().chat.setTools([{ name: 'x', input_schema: { type: 'object', properties: deep } }]),
      'tool-invalid',
    ],
    ['a system prompt', () => start().chat.setSystem([{ type: 'text', text: 'Hi', ...deep }]), 'invalid-option'],
  ])('is rejected at the call: %s', (_, give, code) => {
    expect(codeOf(give)).toBe(code)
  })

  it('is rejected as an answer to a call, and the call keeps waiting', async () => {
    const { chat, ask, asked } = start({ tools: [{ name: 'look', input_schema: { type: 'object' } }] })
    const { turn, reply } = await ask('Look.')
    reply.push(...calls('{}'))
    await until(chat, () => chat.pendingCalls.length === 1)
    expect(codeOf(() => chat.answerTool('k1', deep))).toBe('tool-result-invalid')
    chat.answerTool('k1', 'Snow.')
    ;(await asked(2)).answer('Done.')
    expect(await turn).toMatchObject({ status: 'completed' })
  })
})
