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

describe('a message that can not be sent', () => {
  it.each([
    ['an empty text', '', 'message-empty'],
    ['white space', ' \n\t', 'message-empty'],
    ['no blocks', [], 'message-empty'],
    ['blocks that say nothing', [{ type: 'text', text: ' ' }], 'message-empty'],
    ['an empty text without files', { text: '' }, 'message-empty'],
    ['a block of an unknown type', [{ type: 'hologram' }], 'block-unknown'],
    ['a tool result', [{ type: 'tool_result', tool_use_id: 'k', content: 'x' }], 'block-unknown'],
    ['a block without a type', [{ text: 'x' }], 'message-invalid'],
    ['a text block without a text', [{ type: 'text' }], 'message-invalid'],
    ['a number', 7, 'message-invalid'],
    ['null', null, 'message-invalid'],
    ['an object that is no message', { hello: 'x' }, 'message-invalid'],
    ['metadata that is a list', { text: 'x', metadata: [] }, 'metadata-invalid'],
    ['cyclic metadata', { text: 'x', metadata: cyclic }, 'metadata-invalid'],
    ['an object with a slip in it', { text: 'x', file: 'a' }, 'message-invalid'],
    ['a file of 200 MB', { files: [new Blob([new Uint8Array(200_000_000)], { type: 'image/png' })] }, 'file-too-large'],
    ['a file without a type', { files: [new Blob(['x'])] }, 'file-type-unsupported'],
    ['an empty file', { files: [new Blob([], { type: 'text/plain' })] }, 'file-empty'],
    ['an image of a type that the API rejects', [image('image/tiff')], 'file-type-unsupported'],
    ['such an image as a file', { files: [new Blob(['II*'], { type: 'image/tiff' })] }, 'file-type-unsupported'],
  ])('%s throws, and the conversation stays usable', async (_, input, code) => {
    const { chat, exchange, replies } = start()
    expect(codeOf(() => chat.sendMessage(input as string))).toBe(code)
    expect([chat.messages.length, replies.length, chat.status]).toEqual([0, 0, 'ready'])
    expect((await exchange('Hello', 'Hi')).status).toBe('completed')
  })

  it('because a turn is under way throws under whenBusy "reject"', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('one')
    const thrown = thrownBy(() => chat.sendMessage('two'))
    expect(thrown).toMatchObject({ code: 'conversation-busy', retryable: true })
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
    expect(chat.messages).toHaveLength(2)
  })

  it('is rejected through the turn when it is sent from within the actor itself', async () => {
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

  it('because the id was used before says so', async () => {
    const { chat, exchange } = start({ generateId: () => 'same' })
    await exchange('Hello', 'Hi')
    expect(codeOf(() => chat.sendMessage('again'))).toBe('invalid-option')
  })
})

describe('the words of an app for a turn that are no text, or an empty one', () => {
  it.each([
    ['an empty text', ''],
    ['white space', ' \n'],
    ['null', null],
    ['blocks', [{ type: 'text', text: 'Be brief.' }]],
  ])('are refused at once, where they are %s', async (_, system) => {
    const { chat, exchange } = start()
    await exchange('Hello', 'Hi')
    const first = chat.messages[0]?.turnId ?? ''
    const options = { system } as { readonly system: string }
    expect(codeOf(() => chat.sendMessage('again', options))).toBe('message-invalid')
    expect(codeOf(() => chat.editMessage(first, 'again', options))).toBe('message-invalid')
    expect(chat.status).toBe('ready')
    expect((await exchange('again', 'Hi')).status).toBe('completed')
  })

  it('are refused where they alone fill a request', () => {
    expect(codeOf(() => start().chat.sendMessage('Hello', { system: 'x'.repeat(32_000_001) }))).toBe('input-too-large')
  })
})

describe('whenBusy', () => {
  it('"queue" takes the message and answers it in its turn', async () => {
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

  it('"interrupt" stops the turn, keeps what it said, and asks at once', async () => {
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

describe('what is asked of a conversation at the wrong time', () => {
  it.each([
    ['resolving a refusal when there is none', 'no-refusal', (chat) => void chat.resolveRefusal('clear')],
    ['a policy of no known form', 'policy-invalid', (chat) => void chat.resolveRefusal('forget' as 'clear')],
    ['rewind -1', 'policy-invalid', (chat) => void chat.resolveRefusal({ rewind: -1 })],
    ['rewind 1.5', 'policy-invalid', (chat) => void chat.resolveRefusal({ rewind: 1.5 })],
    ['rephrasing to nothing', 'policy-invalid', (chat) => void chat.resolveRefusal({ rephrase: ' ' })],
    ['a list of fallbacks', 'policy-invalid', (chat) => void chat.resolveRefusal({ fallback: [] } as never)],
    ['retrying when nothing failed', 'nothing-to-retry', (chat) => chat.retry()],
    ['withdrawing what does not wait', 'item-unknown', (chat) => chat.withdraw('t9')],
    ['a model without a name', 'model-invalid', (chat) => chat.setModel(' ')],
    ['a fork without an id', 'invalid-option', (chat) => chat.fork(undefined, { id: '' })],
    ['regenerating a turn that there is not', 'turn-unknown', (chat) => chat.regenerate('t9')],
    ['editing a turn that there is not', 'turn-unknown', (chat) => chat.editMessage('t9', 'x')],
    ['editing into nothing', 'message-empty', (chat) => chat.editMessage('t1', ' ')],
    ['going to a turn that there is not', 'turn-unknown', (chat) => void chat.switchTo('t9')],
    ['the branches of a turn that there is not', 'turn-unknown', (chat) => chat.branches('t9')],
    ['forking off a turn that there is not', 'turn-unknown', (chat) => chat.fork('t9')],
    ['allowing a call that there is not', 'call-unknown', (chat) => chat.approveTool('k')],
    ['denying a call that there is not', 'call-unknown', (chat) => chat.denyTool('k')],
    ['answering a call that there is not', 'call-unknown', (chat) => chat.answerTool('k', 1)],
    ['a budget of zero', 'budget-invalid', (chat) => chat.setBudget({ tokens: 0 })],
    ['a budget of cost without prices', 'budget-invalid', (chat) => chat.setBudget({ cost: 1 })],
    ['tools of one name', 'tool-duplicate', (chat) => chat.setTools([bare('a'), bare('a')])],
  ] as const satisfies readonly (readonly [string, string, (chat: ReturnType<typeof start>['chat']) => unknown])[])(
    '%s throws %s, and the conversation stays usable',
    async (_, code, run) => {
      const { chat, exchange } = start()
      await exchange('Hello', 'Hi')
      expect(codeOf(() => run(chat))).toBe(code)
      expect((await exchange('again', 'Hi')).status).toBe('completed')
    },
  )

  it('retry and clear while a turn is under way throw conversation-busy', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('one')
    expect([codeOf(() => chat.retry()), codeOf(() => void chat.clear())]).toEqual([
      'conversation-busy',
      'conversation-busy',
    ])
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
  })

  it('a refused message is not retried', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('bad')
    reply.refuse()
    await turn
    expect(codeOf(() => chat.retry())).toBe('nothing-to-retry')
  })

  it('stop and releaseQueue with nothing to do do nothing', () => {
    const { chat } = start()
    chat.stop()
    chat.releaseQueue()
    expect(chat.status).toBe('ready')
  })
})

describe('options that do not fit', () => {
  const create = (options: object) => () =>
    createConversation({ source: start().source, model: 'm', maxTokens: 1, ...options } as ConversationOptions)

  it.each([
    ['no model', { model: '' }, 'invalid-option', /model/],
    ['fewer tokens than none', { maxTokens: -1 }, 'invalid-option', /maxTokens/],
    ['a source that is none', { source: {} }, 'invalid-option', /source/],
    ['an unknown option', { modle: 'm' }, 'invalid-option', /modle/],
    ['an unknown whenBusy', { whenBusy: 'later' }, 'invalid-option', /whenBusy/],
    ['no attempts', { retry: { maxAttempts: 0 } }, 'invalid-option', /retry\.maxAttempts/],
    ['an idle timeout of nothing', { idleTimeout: 0 }, 'invalid-option', /idleTimeout/],
    ['an idle timeout without an end', { idleTimeout: Infinity }, 'invalid-option', /idleTimeout/],
    ['a field of the API', { system: 'x' }, 'invalid-option', /"system".*"request"/],
    [
      'a tool with a slip in it',
      { tools: [{ name: 'a', input: z.object({}), run: one, needApproval: true }] },
      'tool-invalid',
      /needApproval/,
    ],
    ['messages that are no list', { messages: { role: 'user', content: 'x' } }, 'invalid-option', /messages/],
    ['user messages without a default', { messagesForUsers: {} }, 'invalid-option', /messagesForUsers/],
    ['a store', { store: {} }, 'not-available', /store/],
    ['two tools of one name', { tools: [bare('a'), bare('a')] }, 'tool-duplicate', /a/],
    ['a tool name that the API rejects', { tools: [bare('a b')] }, 'tool-name-invalid', /Rename/],
    [
      'a schema that is none',
      { tools: [{ name: 'a', input: {}, run: one }] },
      'tool-schema-invalid',
      /Standard Schema/,
    ],
    ['tools given twice', { tools: [], request: { tools: [bare('a')] } }, 'invalid-option', /twice/],
    ['a budget of zero', { budget: { tokens: 0 } }, 'budget-invalid', /above zero/],
    ['no refusals', { budget: { refusalsInARow: 0 } }, 'budget-invalid', /above zero/],
    ['a budget of cost without prices', { budget: { cost: 1 } }, 'budget-invalid', /prices/],
    ['a return after no turns', { returnToModel: 0 }, 'invalid-option', /returnToModel/],
    ['an unknown onOverflow', { onOverflow: 'forget' }, 'invalid-option', /onOverflow/],
    ['no continuations', { onTruncated: { continue: 0 } }, 'invalid-option', /onTruncated/],
    [
      'four fallbacks of the API',
      { serverFallbacks: ['a', 'b', 'c', 'd'].map((model) => ({ model })) },
      'invalid-option',
      /serverFallbacks/,
    ],
    ['a fallback of the API to the same model', { serverFallbacks: [{ model: 'm' }] }, 'fallback-same-model', /m/],
    ['an outage fallback to the same model', { retry: { models: ['m2', 'm2'] } }, 'fallback-same-model', /m2/],
    ['a policy of no known form', { onRefusal: 'forget' }, 'policy-invalid', /forget/],
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
    ['a fallback that is no model', { onRefusal: { fallback: [7 as never] } }, 'policy-invalid', /fallback/],
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

describe('what is no signal, and no listener,', () => {
  it('is refused before anything is sent', () => {
    const { chat, replies } = start()
    expect(codeOf(() => chat.sendMessage('x', { signal: new AbortController() as never }))).toBe('invalid-option')
    expect(codeOf(() => chat.regenerate('t1', { signal: new AbortController() as never }))).toBe('invalid-option')
    expect(codeOf(() => chat.on('delta', undefined as never))).toBe('invalid-option')
    expect([chat.messages, replies]).toEqual([[], []])
  })
})

describe('claude()', () => {
  it.each([undefined, {}, { messages: {} }])('takes no client that is none: %j', (client) => {
    expect(codeOf(() => claude(client as never))).toBe('invalid-option')
  })
})

describe('a refusal that waits for a decision', () => {
  it('is what a message that is not taken is told of', async () => {
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
  it('is reported and harms nobody', async () => {
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
    ['gives nothing to iterate', () => undefined as never, 'source-failed'],
    ['ends without a word', async function* () {}, 'stream-truncated'],
  ] as const)('and %s fails the turn', async (_, source, code) => {
    const { chat } = start({ source, retry: { maxAttempts: 1 } })
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'failed', error: { code } })
    expect(chat.canSend).toBe(true)
  })

  it('and never yields is given up by the clock', async () => {
    const { chat, ask, clock } = start({ retry: { maxAttempts: 1 } })
    const { turn } = await ask('Hello')
    clock.increment(120_000)
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'connection-failed' } })
    expect(chat.canSend).toBe(true)
  })

  it('and yields after it was aborted says nothing more', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('Hello')
    chat.stop()
    reply.answer('too late')
    expect(await turn).toMatchObject({ status: 'stopped', text: '' })
    expect(JSON.stringify(chat.messages)).not.toContain('too late')
  })
})
