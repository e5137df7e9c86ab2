import { describe, expect, it } from 'vitest'
import { type ConversationOptions, createConversation, TurnstateError } from '../../src/index.ts'
import { start, thrownBy } from './start.ts'

const codeOf = (run: () => unknown): string | undefined => {
  const thrown = thrownBy(run)
  return TurnstateError.is(thrown) ? thrown.code : undefined
}

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
    ['metadata that is a list', { text: 'x', metadata: [] }, 'message-invalid'],
    ['cyclic metadata', { text: 'x', metadata: cyclic }, 'message-invalid'],
    ['a file that is no block', { text: 'x', files: [new Blob(['x'])] }, 'not-available'],
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
    ['resolving a refusal when there is none', 'no-refusal', (chat) => chat.resolveRefusal('clear')],
    ['a policy of no known form', 'policy-invalid', (chat) => chat.resolveRefusal('forget' as 'clear')],
    ['rewind -1', 'policy-invalid', (chat) => chat.resolveRefusal({ rewind: -1 })],
    ['rewind 1.5', 'policy-invalid', (chat) => chat.resolveRefusal({ rewind: 1.5 })],
    ['rephrasing to nothing', 'policy-invalid', (chat) => chat.resolveRefusal({ rephrase: ' ' })],
    ['a fallback', 'not-available', (chat) => chat.resolveRefusal({ fallback: [] } as never)],
    ['retrying when nothing failed', 'nothing-to-retry', (chat) => chat.retry()],
    ['withdrawing what does not wait', 'item-unknown', (chat) => chat.withdraw('t9')],
    ['a model without a name', 'model-invalid', (chat) => chat.setModel(' ')],
    ['regenerate', 'not-available', (chat) => chat.regenerate()],
    ['editMessage', 'not-available', (chat) => chat.editMessage('t1', 'x')],
    ['switchTo', 'not-available', (chat) => chat.switchTo('t1')],
    ['branches', 'not-available', (chat) => chat.branches('t1')],
    ['fork', 'not-available', (chat) => chat.fork()],
    ['approveTool', 'not-available', (chat) => chat.approveTool('k')],
    ['denyTool', 'not-available', (chat) => chat.denyTool('k')],
    ['answerTool', 'not-available', (chat) => chat.answerTool('k', 1)],
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
    expect([codeOf(() => chat.retry()), codeOf(() => chat.clear())]).toEqual(['conversation-busy', 'conversation-busy'])
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
    ['no tokens', { maxTokens: 0 }, 'invalid-option', /maxTokens/],
    ['a source that is none', { source: {} }, 'invalid-option', /source/],
    ['an unknown option', { modle: 'm' }, 'invalid-option', /modle/],
    ['an unknown whenBusy', { whenBusy: 'later' }, 'invalid-option', /whenBusy/],
    ['no attempts', { retry: { maxAttempts: 0 } }, 'invalid-option', /retry\.maxAttempts/],
    ['an idle timeout of nothing', { idleTimeout: 0 }, 'invalid-option', /idleTimeout/],
    [
      'messages of an unknown role',
      { messages: [{ role: 'system', content: 'x' }] },
      'invalid-option',
      /messages\.0\.role/,
    ],
    ['user messages without a default', { messagesForUsers: {} }, 'invalid-option', /messagesForUsers/],
    ['tools', { tools: [] }, 'not-available', /tools/],
    ['a budget', { budget: {} }, 'not-available', /budget/],
    ['a policy of no known form', { onRefusal: 'forget' }, 'policy-invalid', /forget/],
    ['rewind -1', { onRefusal: { rewind: -1 } }, 'policy-invalid', /rewind/],
    ['an empty ladder', { onRefusal: [] }, 'policy-invalid', /ladder/],
    ['a ladder with a bad rung', { onRefusal: ['clear', 'x'] }, 'policy-invalid', /"x"/],
    ['a map with a bad entry', { onRefusal: { default: 'clear', cyber: 'x' } }, 'policy-invalid', /"x"/],
    ['a fallback', { onRefusal: { fallback: [{ model: 'm2' }] } }, 'not-available', /fallback/],
    ...['messages', 'model', 'stream', 'thread', 'container', 'fallbacks', 'fallback_credit_token', 'max_tokens'].map(
      (field) => [`request.${field}`, { request: { [field]: 1 } }, 'reserved-field', new RegExp(field)] as const,
    ),
  ] as const)('%s', (_, options, code, message) => {
    const thrown = thrownBy(create(options))
    expect(thrown).toMatchObject({ code })
    expect((thrown as Error).message).toMatch(message)
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
    expect(logged.map(([message]) => message).join()).toMatch(/mine[\s\S]*reader|reader[\s\S]*mine/)
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
