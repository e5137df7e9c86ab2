import { describe, expect, it } from 'vitest'
import {
  type JsonObject,
  reply,
  signCompaction,
  signThinking,
  text,
  thinking,
  toolUse,
} from '../../src/testing/index.ts'
import { ask, errorOf, request, send, simulate } from './http.ts'

type Message = JsonObject
const user = (content: unknown): Message => ({ role: 'user', content })
const assistant = (content: unknown): Message => ({ role: 'assistant', content })
const system = (content: unknown): Message => ({ role: 'system', content })
const call = (id: string, more = {}): JsonObject => ({ type: 'tool_use', id, name: 'look', input: {}, ...more })
const result = (id: string, more = {}): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: 'ok', ...more })
const words = (said: string, more = {}): JsonObject => ({ type: 'text', text: said, ...more })
const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }
const searchTool = { type: 'web_search_20260318', name: 'web_search' }
const hello = user('Hello')

const current = 'claude-opus-5-5'
const prefills = 'claude-opus-4-5'

const answerTo = async (messages: readonly Message[], change: JsonObject = {}, more = {}) =>
  errorOf(await send(await simulate(), request({ messages, model: current, ...change }), more))

const image = (data: string): JsonObject => ({
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data },
})
const png = (width: number, height: number): string => {
  const bytes = Buffer.alloc(24)
  bytes.write('89504e470d0a1a0a', 'hex')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes.toString('base64')
}

type Case = [string, readonly Message[], string, JsonObject?]

const structure: readonly Case[] = [
  [
    'empty content in the middle',
    [hello, assistant([]), user('Go on')],
    'messages.1: all messages must have non-empty content except for the optional final assistant message',
  ],
  [
    'an empty string in the middle',
    [hello, assistant('x'), user('')],
    'messages.2: all messages must have non-empty content except for the optional final assistant message',
  ],
  ['an empty text block', [user([words('')])], 'messages: text content blocks must be non-empty'],
  [
    'an empty text block of the system prompt',
    [hello],
    'system: text content blocks must be non-empty',
    { system: [words('')] },
  ],
  ['text of whitespace', [user([words('  ')])], 'messages: text content blocks must contain non-whitespace text'],
  [
    'whitespace at the end of a prefill',
    [hello, assistant('Sure ')],
    'messages: final assistant content cannot end with trailing whitespace',
    { model: prefills },
  ],
  [
    'a prefill where there is none',
    [hello, assistant('Sure')],
    'This model does not support assistant message prefill. The conversation must end with a user message.',
  ],
  ['an assistant who begins', [assistant('Hi'), hello], 'messages: first message must use the "user" role'],
  [
    'a role that is none',
    [{ role: 'tool', content: 'x' }],
    "messages.0.role: Input should be 'user', 'assistant' or 'system'",
  ],
  ['a message without content', [{ role: 'user' }], 'messages.0.content: Field required'],
  [
    'a system message first',
    [system('Be brief.'), hello],
    "messages.0: a message with role 'system' cannot be the first message",
  ],
  [
    "a system message after the assistant's words",
    [hello, assistant('Hi'), system('Be brief.')],
    "messages.2: a message with role 'system' must follow a user message",
  ],
  [
    'a system message between user messages',
    [hello, system('Be brief.'), user('So?')],
    "messages.1: a message with role 'system' must precede an assistant message or be the last message",
  ],
  [
    'a system message between a call and its result',
    [hello, assistant([call('t1')]), system('Be brief.'), user([result('t1')])],
    "messages.2: a message with role 'system' cannot stand between `tool_use` and its `tool_result`",
  ],
  [
    'a system message to a model without them',
    [hello, system('Be brief.')],
    "messages.1: role 'system' is not supported for this model",
    { model: 'claude-sonnet-5' },
  ],
  [
    'an unknown block type',
    [user([{ type: 'hologram' }])],
    "messages.0.content.0: Input tag 'hologram' found using 'type' does not match any of the expected tags: ",
  ],
  [
    'a block without a type',
    [user([{ text: 'x' }])],
    "messages.0.content.0: Unable to extract tag using discriminator 'type'",
  ],
  ['a text block without text', [user([{ type: 'text' }])], 'messages.0.content.0.text.text: Field required'],
  [
    'a field that a block does not have',
    [user([words('x', { id: 1 })])],
    'messages.0.content.0.text.id: Extra inputs are not permitted',
  ],
  [
    "the assistant's block from the user",
    [user([call('t1')])],
    'messages.0.content.0: `tool_use` blocks can only be in `assistant` messages',
  ],
  [
    "the user's block from the assistant",
    [hello, assistant([result('t1')])],
    'messages.1.content.0: `tool_result` blocks can only be in `user` messages',
  ],
  [
    'an unknown block inside a result',
    [hello, assistant([call('t1')]), user([result('t1', { content: [{ type: 'hologram' }] })])],
    "messages.2.content.0.tool_result.content.0: Input tag 'hologram' found",
  ],
  [
    'more than 100,000 messages',
    Array.from({ length: 100_001 }, () => user('x')),
    'messages: at most 100000 messages are allowed. Found 100001.',
  ],
]

const missing = (message: number, ids: string): string =>
  `messages.${message}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`

const tools: readonly Case[] = [
  ['a call without an answer', [hello, assistant([call('t1'), call('t2')]), user('So?')], missing(1, 't1, t2')],
  [
    'a call with an answer too few',
    [hello, assistant([call('t1'), call('t2')]), user([result('t1')])],
    missing(1, 't2'),
  ],
  ['a call at the very end', [hello, assistant([call('t1')])], missing(1, 't1')],
  ['text before the results', [hello, assistant([call('t1')]), user([words('Here:'), result('t1')])], missing(1, 't1')],
  [
    'a result without its call',
    [hello, assistant('Hi'), user([result('t9')])],
    'messages.2.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t9.',
  ],
  [
    'the same id twice',
    [hello, assistant([call('t1')]), user([result('t1')]), assistant([call('t1')]), user([result('t1')])],
    'messages.3.content.0: `tool_use` ids must be unique',
  ],
  [
    'two results for one call',
    [hello, assistant([call('t1')]), user([result('t1'), result('t1')])],
    'messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with id: t1',
  ],
  [
    'a result that forgets its toolset',
    [hello, assistant([call('t1', { toolset_name: 'browser' })]), user([result('t1')])],
    'messages.2.content.0: `toolset_name` must be `browser`',
  ],
  [
    'an unresolved server tool before new text',
    [hello, assistant([search]), user('Never mind')],
    'messages.1: `web_search` tool use with id `srvtoolu_1` was found without a corresponding `web_search_tool_result` block',
    { tools: [searchTool] },
  ],
  [
    'a resumed server tool that is not provided',
    [hello, assistant([search])],
    'messages.1: `web_search` tool use with id `srvtoolu_1` was found without a corresponding `web_search_tool_result` block, but no `web_search` tool was provided',
  ],
]

const marked = { cache_control: { type: 'ephemeral' } }
const limits: readonly Case[] = [
  [
    'a fifth cache breakpoint',
    [user([words('a', marked), words('b', marked), words('c', marked)])],
    'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    { system: [words('s', marked)], ...marked },
  ],
  [
    'breakpoints in results, counted too',
    [
      hello,
      assistant([call('t1')]),
      user([result('t1', { content: Array.from({ length: 5 }, () => words('a', marked)) })]),
    ],
    'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  ],
  [
    'a breakpoint on empty text',
    [user([words('', marked)])],
    'messages.0.content.0.text: cache_control cannot be set for empty text blocks',
  ],
  [
    'a breakpoint on thinking',
    [hello, assistant([{ type: 'thinking', thinking: 'x', signature: 'y', ...marked }, words('x')]), user('y')],
    'messages.1.content.0.thinking.cache_control: Extra inputs are not permitted',
  ],
  [
    'more than 600 images',
    [user(Array.from({ length: 601 }, () => image('')))],
    'messages: at most 600 images are allowed in a request. Found 601.',
  ],
  [
    'more than 100 images for a smaller window',
    [user(Array.from({ length: 101 }, () => image('')))],
    'messages: at most 100 images are allowed in a request. Found 101.',
    { model: prefills },
  ],
  [
    'an image of more than 10 MB',
    [user([image('A'.repeat(14_000_000))])],
    'image exceeds 10 MB maximum: 10500000 bytes > 10485760 bytes',
  ],
  [
    'an image of more than 8000 pixels',
    [user([image(png(8001, 10))])],
    'At least one of the image dimensions exceed max allowed size: 8000 pixels',
  ],
  [
    'one large image among more than 20',
    [user([image(png(10, 2001)), ...Array.from({ length: 20 }, () => image(png(1, 1)))])],
    'At least one of the image dimensions exceed max allowed size for many-image requests: 2000 pixels',
  ],
  ['more than the context window', [user('x'.repeat(900_000))], 'prompt is too long: ', { model: prefills }],
  [
    'thinking before a fallback block',
    [
      hello,
      assistant([
        { type: 'thinking', thinking: 'x', signature: signThinking(current, 'x') },
        { type: 'fallback', from: { model: current }, to: { model: 'claude-opus-4-8' } },
        words('Hi'),
      ]),
      user('So?'),
    ],
    'messages.1.content.0: `thinking` blocks before the last `fallback` block must be removed',
  ],
  [
    'a compaction block without its header',
    [assistant([{ type: 'compaction', content: 'x' }]), hello],
    "messages.0.content.0: Input tag 'compaction' found using 'type' does not match any of the expected tags",
  ],
]

describe.each<[string, readonly Case[]]>([
  ['structure', structure],
  ['tools', tools],
  ['limits', limits],
])('a history is a 400 for its %s', (_, cases) => {
  it.each<Case>(cases)('%s', async (__, messages, message, change) => {
    const error = await answerTo(messages, change)
    expect(error).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } })
    expect(error.error.message).toContain(message)
  })
})

describe('a history is accepted', () => {
  it.each<[string, readonly Message[], JsonObject?, Record<string, string>?]>([
    ['with consecutive messages of one role', [hello, user('And?'), assistant('a'), assistant('b'), user('c')]],
    [
      'with results in several messages',
      [hello, assistant([call('t1'), call('t2')]), user([result('t1')]), user([result('t2')])],
    ],
    ['with text after the results', [hello, assistant([call('t1')]), user([result('t1'), words('So?')])]],
    ['with an empty result', [hello, assistant([call('t1')]), user([result('t1', { content: '' })])]],
    ['with a prefill if the model allows it', [hello, assistant('Sure')], { model: prefills }],
    [
      'with an empty final assistant message if the model allows a prefill',
      [hello, assistant([])],
      { model: prefills },
    ],
    ['with a paused server tool at its end', [hello, assistant([search])], { tools: [searchTool] }],
    [
      'with a server tool that continues after client results',
      [hello, assistant([search, call('t1')]), user([result('t1')])],
      { tools: [searchTool] },
    ],
    [
      'with a server tool whose result came later',
      [hello, assistant([search, call('t1')]), user([result('t1')]), assistant([found, words('Done')]), user('Thanks')],
    ],
    ['with a system message at its end', [hello, system('Be brief.')]],
    ['with a system message before the assistant', [hello, system('Be brief.'), assistant('Hi'), user('So?')]],
    ['with thinking left out', [hello, assistant('Hi'), user('So?')]],
    [
      'with a compaction first',
      [assistant([signCompaction('x')]), hello],
      {},
      { 'anthropic-beta': 'compact-2026-09-04' },
    ],
  ])('%s', async (_, messages, change = {}, more = {}) => {
    expect((await send(await simulate(), request({ messages, model: current, ...change }), more)).status).toBe(200)
  })
})

const thought = (thinkingText: string, signature: string): Message =>
  assistant([{ type: 'thinking', thinking: thinkingText, signature }, words('Hi')])

/** A tool loop whose reply begins with thinking; `back` answers its call. */
const begin = async () => {
  const simulator = await simulate({
    script: [reply([thinking('Hm'), { type: 'redacted_thinking', data: 'abc' }, toolUse('look')]), reply('Fine.')],
  })
  const { content } = await ask(simulator, request({ model: current }))
  const back = (blocks: readonly JsonObject[], model = current) =>
    send(
      simulator,
      request({ model, messages: [hello, assistant(blocks), user([result('toolu_01Simulated000000000001')])] }),
    )
  return { content, back }
}

describe('thinking that is sent back', () => {
  const invalid = 'messages.1.content.0: Invalid `signature` in `thinking` block'

  it.each([
    ['unsigned', thought('Hm', '')],
    ['forged', thought('Hm', 'Zm9yZ2Vk')],
    ['edited', thought('Hm!', signThinking(current, 'Hm'))],
  ])('is a 400 when %s', async (_, message) => {
    expect((await answerTo([hello, message, user('So?')])).error.message).toBe(invalid)
  })

  it.each([
    ['if unchanged', thought('Hm', signThinking(current, 'Hm'))],
    ['if omitted, and its text is ignored', thought('whatever', signThinking(current, 'Hm', true))],
    ["another model's, which nobody can read", thought('Hm!', signThinking('claude-opus-4-8', 'Hm'))],
  ])('is accepted %s', async (_, message) => {
    expect(
      (await send(await simulate(), request({ model: current, messages: [hello, message, user('So?')] }))).status,
    ).toBe(200)
  })

  it('is signed by the simulator, and is valid', async () => {
    const simulator = await simulate({ script: [reply([thinking('Hm'), text('Hi')]), reply('Fine.')] })
    const first = await ask(simulator, request({ model: current }))
    const messages = [hello, assistant(first.content), user('So?')]
    expect((await ask(simulator, request({ model: current, messages }))).stop_reason).toBe('end_turn')
  })

  it('with a signature from a script is valid for its text only', async () => {
    const block = { type: 'thinking', thinking: 'Hm', signature: 'c2NyaXB0' } as const
    const simulator = await simulate({ script: [reply([block]), reply('Fine.')] })
    await ask(simulator, request({ model: current }))
    const back = (said: string) =>
      request({ model: current, messages: [hello, thought(said, 'c2NyaXB0'), user('So?')] })
    expect((await errorOf(await send(simulator, back('Hm!')))).error.message).toBe(invalid)
    expect((await ask(simulator, back('Hm'))).stop_reason).toBe('end_turn')
  })

  describe('in a tool loop', () => {
    const modified =
      'messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified'

    it.each<[string, (content: readonly JsonObject[]) => readonly JsonObject[]]>([
      ['left out', (content) => content.slice(2)],
      ['left out in part', (content) => content.filter(({ type }) => type !== 'redacted_thinking')],
      ['edited', ([first, ...rest]) => [{ ...first, thinking: 'Hm!' }, ...rest]],
      ['reordered', ([first, second, ...rest]) => [second!, first!, ...rest]],
    ])('is a 400 when %s', async (_, change) => {
      const { content, back } = await begin()
      expect((await errorOf(await back(change(content)))).error.message).toMatch(
        new RegExp(modified.replace('content.0', 'content.[01]').replaceAll('`', '.')),
      )
    })

    it('is accepted if complete', async () => {
      const { content, back } = await begin()
      expect((await back(content)).status).toBe(200)
    })

    it('can be left out for another model', async () => {
      const { content, back } = await begin()
      expect((await back(content.slice(2), 'claude-opus-4-8')).status).toBe(200)
    })
  })
})

describe('failures that carry details', () => {
  it('names the images that are too large', async () => {
    const error = await answerTo([user([image(png(9000, 1))])])
    expect(error.error.details).toEqual({
      error_code: 'image_dimensions_too_large',
      paths: ['messages.0.content.0.image.source.base64'],
    })
  })

  it('says that a compaction that does not come first is misplaced', async () => {
    const compaction = { type: 'compaction', content: 'x', signature: 's' }
    const error = await answerTo(
      [hello, assistant([compaction]), hello],
      {},
      { 'anthropic-beta': 'compact-2026-09-04' },
    )
    expect(error.error.details).toEqual({ error_code: 'compaction_block_misplaced' })
  })
})
