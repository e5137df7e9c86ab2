import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { claude, type ConversationOptions, createConversation, type TurnstateError } from '../../src/index.ts'
import { codeOf, start, thrownBy } from './start.ts'

const image = (mediaType: string) => ({
  type: 'image',
  source: { type: 'base64', media_type: mediaType, data: 'aGk=' },
})

const one = (): number => 1

const bare = (name: string) => ({ name, input_schema: { type: 'object' as const } })

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

describe('a message that cannot be sent', () => {
  it.each([
    ['an empty text', '', 'message-empty'],
    ['white space', ' \n\t', 'message-empty'],
    ['no blocks', [], 'message-empty'],
    ['blocks with blank text only', [{ type: 'text', text: ' ' }], 'message-empty'],
    ['an empty text without files', { text: '' }, 'message-empty'],
    ['a block of an unknown type', [{ type: 'hologram' }], 'block-unknown'],
    ['a tool result', [{ type: 'tool_result', tool_use_id: 'k', content: 'x' }], 'block-unknown'],
    ['a block without a type', [{ text: 'x' }], 'message-invalid'],
    ['a text block without a text', [{ type: 'text' }], 'message-invalid'],
    ['a number', 7, 'message-invalid'],
    ['null', null, 'message-invalid'],
    ['an object that is not a message', { hello: 'x' }, 'message-invalid'],
    ['metadata that is a list', { text: 'x', metadata: [] }, 'metadata-invalid'],
    ['cyclic metadata', { text: 'x', metadata: cyclic }, 'metadata-invalid'],
    ['an object with a misspelled key', { text: 'x', file: 'a' }, 'message-invalid'],
    ['a file of 200 MB', { files: [new Blob([new Uint8Array(200_000_000)], { type: 'image/png' })] }, 'file-too-large'],
    ['a file without a type', { files: [new Blob(['x'])] }, 'file-type-unsupported'],
    ['an empty file', { files: [new Blob([], { type: 'text/plain' })] }, 'file-empty'],
    ['an image of a type that the API rejects', [image('image/tiff')], 'file-type-unsupported'],
    [
      'a file of an image type that the API rejects',
      { files: [new Blob(['II*'], { type: 'image/tiff' })] },
      'file-type-unsupported',
    ],
  ])('%s throws, and the conversation remains usable', async (_, input, code) => {
    const { chat, exchange, replies } = start()
    expect(codeOf(() => chat.sendMessage(input as string))).toBe(code)
    expect([chat.messages.length, replies.length, chat.status]).toEqual([0, 0, 'ready'])
    expect((await exchange('Hello', 'Hi')).status).toBe('completed')
  })

  it('throws conversation-busy during a turn under whenBusy "reject"', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('one')
    const thrown = thrownBy(() => chat.sendMessage('two'))
    expect(thrown).toMatchObject({ code: 'conversation-busy', retryable: true })
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
    expect(chat.messages).toHaveLength(2)
  })

  it('fails through its turn, without a throw, when it is sent from within the actor', async () => {
    const { chat, ask } = start()
    const { reply } = await ask('one')
    const turns: PromiseLike<{ status: string; error?: unknown }>[] = []
    chat.actor.on('attempt.started', () => turns.push(chat.sendMessage('never')))
    chat.actor.on('turn.completed', () => turns.push(chat.sendMessage('two')))
    reply.answer('Hi')
    await new Promise<void>((resolve) => chat.on('attempt.started', () => resolve()))
    expect(await turns[1]).toMatchObject({ status: 'failed', error: { code: 'conversation-busy' } })
    expect(chat.messages).toHaveLength(3)
  })

  it('is rejected when its id was used before', async () => {
    const { chat, exchange } = start({ generateId: () => 'same' })
    await exchange('Hello', 'Hi')
    expect(codeOf(() => chat.sendMessage('again'))).toBe('invalid-option')
  })
})

describe('an invalid system message of a turn', () => {
  it.each([
    ['an empty text', ''],
    ['white space', ' \n'],
    ['null', null],
    ['blocks', [{ type: 'text', text: 'Be brief.' }]],
  ])('is rejected at once: %s', async (_, system) => {
    const { chat, exchange } = start()
    await exchange('Hello', 'Hi')
    const first = chat.messages[0]?.turnId ?? ''
    const options = { system } as { readonly system: string }
    expect(codeOf(() => chat.sendMessage('again', options))).toBe('message-invalid')
    expect(codeOf(() => chat.editMessage(first, 'again', options))).toBe('message-invalid')
    expect(chat.status).toBe('ready')
    expect((await exchange('again', 'Hi')).status).toBe('completed')
  })

  it('is rejected when it alone exceeds the size limit of a request', () => {
    expect(codeOf(() => start().chat.sendMessage('Hello', { system: 'x'.repeat(32_000_001) }))).toBe('input-too-large')
  })
})

describe('whenBusy', () => {
  it('"queue" accepts the message and answers it after the turns before it', async () => {
    const { chat, ask, asked } = start({ whenBusy: 'queue' })
    const { turn, reply } = await ask('one')
    const second = chat.sendMessage('two')
    expect(chat.queue.map(({ input }) => input)).toEqual(['two'])
    reply.answer('first')
    expect((await turn).text).toBe('first')
    const next = await asked(2)
    next.answer('second')
    expect((await second).text).toBe('second')
    expect(chat.queue).toEqual([])
  })

  it('"interrupt" stops the turn, keeps its partial reply, and sends the message at once', async () => {
    const { chat, ask, asked } = start({ whenBusy: 'interrupt' })
    const { turn, reply } = await ask('one')
    reply.say('half')
    await new Promise<void>((resolve) => chat.on('delta', () => resolve()))
    const second = chat.sendMessage('two')
    expect(await turn).toMatchObject({ status: 'stopped', text: 'half' })
    const next = await asked(2)
    expect(next.request.messages.map(({ content }) => content)).toEqual([
      'one',
      [{ type: 'text', text: 'half' }],
      'two',
    ])
    next.answer('whole')
    expect((await second).text).toBe('whole')
  })
})

describe('a call with an invalid argument or at the wrong time', () => {
  it.each([
    ['resolving a refusal when none is waiting', 'no-refusal', (chat) => void chat.resolveRefusal('clear')],
    ['an unknown policy', 'policy-invalid', (chat) => void chat.resolveRefusal('forget' as 'clear')],
    ['rewind -1', 'policy-invalid', (chat) => void chat.resolveRefusal({ rewind: -1 })],
    ['rewind 1.5', 'policy-invalid', (chat) => void chat.resolveRefusal({ rewind: 1.5 })],
    ['rephrasing to blank text', 'policy-invalid', (chat) => void chat.resolveRefusal({ rephrase: ' ' })],
    ['a list of fallbacks', 'policy-invalid', (chat) => void chat.resolveRefusal({ fallback: [] } as never)],
    ['retrying when nothing failed', 'nothing-to-retry', (chat) => chat.retry()],
    ['withdrawing an item that is not queued', 'item-unknown', (chat) => chat.withdraw('t9')],
    ['a model without a name', 'model-invalid', (chat) => chat.setModel(' ')],
    ['a fork without an id', 'invalid-option', (chat) => chat.fork(undefined, { id: '' })],
    ['regenerating an unknown turn', 'turn-unknown', (chat) => chat.regenerate('t9')],
    ['editing an unknown turn', 'turn-unknown', (chat) => chat.editMessage('t9', 'x')],
    ['editing to blank text', 'message-empty', (chat) => chat.editMessage('t1', ' ')],
    ['switching to an unknown turn', 'turn-unknown', (chat) => void chat.switchTo('t9')],
    ['the branches of an unknown turn', 'turn-unknown', (chat) => chat.branches('t9')],
    ['forking at an unknown turn', 'turn-unknown', (chat) => chat.fork('t9')],
    ['approving an unknown call', 'call-unknown', (chat) => chat.approveTool('k')],
    ['denying an unknown call', 'call-unknown', (chat) => chat.denyTool('k')],
    ['answering an unknown call', 'call-unknown', (chat) => chat.answerTool('k', 1)],
    ['a budget of zero', 'budget-invalid', (chat) => chat.setBudget({ tokens: 0 })],
    ['a cost budget without prices', 'budget-invalid', (chat) => chat.setBudget({ cost: 1 })],
    ['two tools with one name', 'tool-duplicate', (chat) => chat.setTools([bare('a'), bare('a')])],
  ] as const satisfies readonly (readonly [string, string, (chat: ReturnType<typeof start>['chat']) => unknown])[])(
    '%s throws %s, and the conversation stays usable',
    async (_, code, run) => {
      const { chat, exchange } = start()
      await exchange('Hello', 'Hi')
      expect(codeOf(() => run(chat))).toBe(code)
      expect((await exchange('again', 'Hi')).status).toBe('completed')
    },
  )

  it('throws conversation-busy for retry() and clear() during a turn', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('one')
    expect([codeOf(() => chat.retry()), codeOf(() => void chat.clear())]).toEqual([
      'conversation-busy',
      'conversation-busy',
    ])
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
  })

  it('throws for retry() after a refusal: a refused message is not sent again', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('bad')
    reply.refuse()
    await turn
    expect(codeOf(() => chat.retry())).toBe('nothing-to-retry')
  })

  it('does nothing for stop() and releaseQueue() when there is nothing to stop or release', () => {
    const { chat } = start()
    chat.stop()
    chat.releaseQueue()
    expect(chat.status).toBe('ready')
  })
})

describe('invalid options', () => {
  const create = (options: object) => () =>
    createConversation({ source: start().source, model: 'm', maxTokens: 1, ...options } as ConversationOptions)

  it.each([
    ['no model', { model: '' }, 'invalid-option', /model/],
    ['negative maxTokens', { maxTokens: -1 }, 'invalid-option', /maxTokens/],
    ['a source that is not a message source', { source: {} }, 'invalid-option', /source/],
    ['an unknown option', { modle: 'm' }, 'invalid-option', /modle/],
    ['an unknown whenBusy', { whenBusy: 'later' }, 'invalid-option', /whenBusy/],
    ['zero attempts', { retry: { maxAttempts: 0 } }, 'invalid-option', /retry\.maxAttempts/],
    ['an idle timeout of zero', { idleTimeout: 0 }, 'invalid-option', /idleTimeout/],
    ['an infinite idle timeout', { idleTimeout: Infinity }, 'invalid-option', /idleTimeout/],
    ['a field of the API', { system: 'x' }, 'invalid-option', /"system".*"request"/],
    [
      'a tool with a slip in it',
      { tools: [{ name: 'a', input: z.object({}), run: one, needApproval: true }] },
      'tool-invalid',
      /needApproval/,
    ],
    ['messages that are not a list', { messages: { role: 'user', content: 'x' } }, 'invalid-option', /messages/],
    ['user messages without a default', { messagesForUsers: {} }, 'invalid-option', /messagesForUsers/],
    ['a store, which openConversation() takes', { store: {} }, 'invalid-option', /openConversation/],
    ['two tools with one name', { tools: [bare('a'), bare('a')] }, 'tool-duplicate', /a/],
    ['a tool name that the API rejects', { tools: [bare('a b')] }, 'tool-name-invalid', /Rename/],
    [
      'a schema that is none',
      { tools: [{ name: 'a', input: {}, run: one }] },
      'tool-schema-invalid',
      /Standard Schema/,
    ],
    ['tools given twice', { tools: [], request: { tools: [bare('a')] } }, 'invalid-option', /twice/],
    ['a budget of zero', { budget: { tokens: 0 } }, 'budget-invalid', /above zero/],
    ['a budget of zero refusals', { budget: { refusalsInARow: 0 } }, 'budget-invalid', /above zero/],
    ['a cost budget without prices', { budget: { cost: 1 } }, 'budget-invalid', /prices/],
    ['a return after zero turns', { returnToModel: 0 }, 'invalid-option', /returnToModel/],
    ['an unknown onOverflow', { onOverflow: 'forget' }, 'invalid-option', /onOverflow/],
    ['zero continuations', { onTruncated: { continue: 0 } }, 'invalid-option', /onTruncated/],
    [
      'four fallbacks of the API',
      { serverFallbacks: ['a', 'b', 'c', 'd'].map((model) => ({ model })) },
      'invalid-option',
      /serverFallbacks/,
    ],
    ['a server fallback to the same model', { serverFallbacks: [{ model: 'm' }] }, 'fallback-same-model', /m/],
    ['an outage fallback to the same model', { retry: { models: ['m2', 'm2'] } }, 'fallback-same-model', /m2/],
    ['an unknown policy', { onRefusal: 'forget' }, 'policy-invalid', /forget/],
    ['rewind -1', { onRefusal: { rewind: -1 } }, 'policy-invalid', /rewind/],
    ['an empty ladder', { onRefusal: [] }, 'policy-invalid', /ladder/],
    ['a ladder with a bad rung', { onRefusal: ['clear', 'x'] }, 'policy-invalid', /"x"/],
    ['a map with a bad entry', { onRefusal: { default: 'clear', cyber: 'x' } }, 'policy-invalid', /"x"/],
    ['an empty fallback', { onRefusal: { fallback: [] } }, 'fallback-empty', /at least one/],
    ['a fallback to the same model', { onRefusal: { fallback: [{ model: 'm' }] } }, 'fallback-same-model', /m/],
    [
      'a fallback to one model twice',
      { onRefusal: ['drop-turn', { fallback: [{ model: 'm2' }, { model: 'm2' }] }] },
      'fallback-same-model',
      /m2/,
    ],
    ['a fallback that is not a model', { onRefusal: { fallback: [7 as never] } }, 'policy-invalid', /fallback/],
    ...[
      'messages',
      'model',
      'stream',
      'thread',
      'container',
      'fallbacks',
      'fallback_credit_token',
      'max_tokens',
      'compaction',
    ].map((field) => [`request.${field}`, { request: { [field]: 1 } }, 'reserved-field', new RegExp(field)] as const),
    [
      'request.container with an id',
      { request: { container: { id: 'container_1', skills: [] } } },
      'reserved-field',
      /skills/,
    ],
  ] as const)('%s', (_, options, code, message) => {
    const thrown = thrownBy(create(options))
    expect(thrown).toMatchObject({ code })
    expect((thrown as Error).message).toMatch(message)
  })
})

describe('an invalid signal or listener', () => {
  it('is rejected before anything is sent', () => {
    const { chat, replies } = start()
    expect(codeOf(() => chat.sendMessage('x', { signal: new AbortController() as never }))).toBe('invalid-option')
    expect(codeOf(() => chat.regenerate('t1', { signal: new AbortController() as never }))).toBe('invalid-option')
    expect(codeOf(() => chat.on('delta', undefined as never))).toBe('invalid-option')
    expect([chat.messages, replies]).toEqual([[], []])
  })
})

describe('claude()', () => {
  it.each([undefined, {}, { messages: {} }])('rejects a value that is not a client: %j', (client) => {
    expect(codeOf(() => claude(client as never))).toBe('invalid-option')
  })
})

describe('a message sent while a refusal waits for a decision', () => {
  it('is rejected with that refusal', async () => {
    const { chat, ask } = start({ onRefusal: 'manual' })
    const { turn, reply } = await ask('bad')
    reply.refuse()
    await turn
    expect(thrownBy(() => chat.sendMessage('next'))).toMatchObject({
      code: 'conversation-busy',
      message: expect.stringContaining('resolveRefusal'),
    })
  })
})

describe('a listener that throws', () => {
  it('is reported, and everything else continues', async () => {
    const { chat, ask, logged } = start()
    const heard: string[] = []
    chat.on('delta', () => {
      throw new Error('mine')
    })
    chat.on('delta', ({ text }) => heard.push(text))
    const rejects = (): Promise<void> => Promise.reject(new Error('late'))
    chat.on('turn.completed', rejects as () => void)
    chat.subscribe(() => {
      throw new Error('reader')
    })
    const { turn, reply } = await ask('Hello')
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
    expect(heard).toEqual(['Hi'])
    const codes = logged.map(([, error]) => (error as TurnstateError).code)
    expect(new Set(codes)).toEqual(new Set(['listener-failed']))
    const quotes = logged.map(([, error]) => (error as TurnstateError).details.quote)
    expect(quotes).toEqual(expect.arrayContaining(['mine', 'reader', 'late']))
    expect(logged.map(([message]) => message).join()).not.toMatch(/mine|reader|late/)
  })
})

describe('a source that misbehaves', () => {
  it.each([
    [
      'throws synchronously',
      () => {
        throw new Error('sync')
      },
      'source-failed',
    ],
    ['returns nothing to iterate', () => undefined as never, 'source-failed'],
    ['ends without an event', async function* () {}, 'stream-truncated'],
  ] as const)('and %s fails the turn', async (_, source, code) => {
    const { chat } = start({ source, retry: { maxAttempts: 1 } })
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'failed', error: { code } })
    expect(chat.canSend).toBe(true)
  })

  it('fails with a timeout when it never yields', async () => {
    const { chat, ask, clock } = start({ retry: { maxAttempts: 1 } })
    const { turn } = await ask('Hello')
    clock.increment(120_000)
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'connection-failed' } })
    expect(chat.canSend).toBe(true)
  })

  it('has no effect when it yields after it was aborted', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('Hello')
    chat.stop()
    reply.answer('too late')
    expect(await turn).toMatchObject({ status: 'stopped', text: '' })
    expect(JSON.stringify(chat.messages)).not.toContain('too late')
  })
})
