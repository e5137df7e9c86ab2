import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { tool, TurnstateError } from '../../src/index.ts'
import { codeOf, collect, start, until } from './start.ts'

/** A file whose read the test completes by hand. */
function slowFile() {
  let give: (bytes: ArrayBuffer) => void = () => {}
  const file = new Blob(['words'], { type: 'text/plain' })
  const read = new Promise<ArrayBuffer>((resolve) => {
    give = resolve
  })
  Object.defineProperty(file, 'arrayBuffer', { value: () => read })
  return { file, end: () => give(new TextEncoder().encode('words').buffer) }
}

describe('a message with files', () => {
  it('is sent once they are read, and before messages that came after it', async () => {
    const { chat, asked } = start({ whenBusy: 'queue' })
    const { file, end } = slowFile()
    const first = chat.sendMessage({ text: 'one', files: [file] })
    const second = chat.sendMessage('two')
    expect(chat.messages).toEqual([])
    end()
    ;(await asked(1)).answer('first')
    ;(await asked(2)).answer('second')
    expect([(await first).text, (await second).text]).toEqual(['first', 'second'])
  })

  it('makes a message that came after it fail with conversation-busy, once it is under way itself', async () => {
    const { chat, asked } = start()
    const { file, end } = slowFile()
    const turn = chat.sendMessage({ text: 'one', files: [file] })
    const late = chat.sendMessage('two')
    end()
    ;(await asked(1)).answer('first')
    expect(await late).toMatchObject({ status: 'failed', error: { code: 'conversation-busy' } })
    expect((await turn).text).toBe('first')
  })

  it('settles when it edits a turn and another turn is under way by then', async () => {
    const { chat, exchange, asked } = start()
    const { turnId } = await exchange('one', 'first')
    const { file, end } = slowFile()
    const edit = chat.editMessage(turnId, { text: 'other', files: [file] })
    const again = chat.regenerate(turnId)
    end()
    expect(await edit).toMatchObject({ status: 'failed', error: { code: 'conversation-busy' } })
    ;(await asked(2)).answer('again')
    expect((await again).text).toBe('again')
  })

  it('is not sent when the conversation is stopped while they are read', async () => {
    const { chat, replies } = start()
    const { file, end } = slowFile()
    const turn = chat.sendMessage({ text: 'one', files: [file] })
    chat.stop()
    end()
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect(replies).toEqual([])
  })
})

describe('a signal', () => {
  it('stops no other turn when it aborts after its own turn completed', async () => {
    const { chat, asked } = start({ whenBusy: 'queue' })
    const controller = new AbortController()
    const first = chat.sendMessage('one', { signal: controller.signal })
    const second = chat.sendMessage('two')
    chat.on('turn.completed', ({ turnId }) => {
      if (turnId === first.id) controller.abort()
    })
    ;(await asked(1)).answer('first')
    ;(await asked(2)).answer('second')
    expect([(await first).status, (await second).status]).toEqual(['completed', 'completed'])
  })
})

describe('a turn that is retried or continued by another call', () => {
  it('emits turn.continued, and its message has one outcome', async () => {
    const { chat, ask, asked } = start({ onTruncated: 'continue' })
    const told: string[] = []
    chat.on('*', ({ type }) => told.push(type))
    const { turn, reply } = await ask('Count.')
    reply.say('one ')
    reply.stop('max_tokens')
    ;(await asked(2)).answer('two')
    const events = await collect(turn)
    const outcome = await turn
    expect(outcome).toMatchObject({ status: 'completed', text: 'one two', truncated: false })
    expect(outcome.attempts).toHaveLength(2)
    expect(events.filter(({ type }) => type.startsWith('turn.')).map(({ type }) => type)).toEqual([
      'turn.continued',
      'turn.completed',
    ])
    expect(told.filter((type) => type === 'turn.completed')).toHaveLength(1)
    expect(chat.usage).toEqual(outcome.usage)
  })

  it('is not continued once it was stopped', async () => {
    const { chat, ask, replies } = start({ onTruncated: 'continue' })
    const { turn, reply } = await ask('Count.')
    reply.say('one ')
    chat.stop()
    reply.stop('max_tokens')
    expect(await turn).toMatchObject({ status: 'stopped', text: '' })
    expect(replies).toHaveLength(1)
  })
})

describe('structured output', () => {
  const format = { type: 'json_schema', schema: { type: 'object' } } as const

  it('is parsed once the reply is complete', async () => {
    const { ask } = start({ request: { output_config: { format } } })
    const { turn, reply } = await ask('Give me a.')
    reply.answer('{"a":', '1}')
    expect(await turn).toMatchObject({ status: 'completed', parsed: { a: 1 } })
  })

  it('causes no parse error when it is cut or refused: the outcome is truncated or refused', async () => {
    const { ask, replies } = start({ request: { output_config: { format } }, onTruncated: 'continue' })
    const cut = await ask('Give me a.')
    cut.reply.say('{"a":')
    cut.reply.stop('max_tokens')
    expect(await cut.turn).toMatchObject({ status: 'completed', truncated: true })
    expect(await cut.turn).not.toHaveProperty('error')
    expect(replies).toHaveLength(1)
    const refused = await ask('Give me b.')
    refused.reply.refuse('{"b"')
    expect(await refused.turn).toMatchObject({ status: 'refused' })
    expect(await refused.turn).not.toHaveProperty('error')
  })

  it('has a parse error when a complete reply does not match the schema', async () => {
    const { ask } = start({ request: { output_config: { format } } })
    const { turn, reply } = await ask('Give me a.')
    reply.answer('no')
    expect(await turn).toMatchObject({ status: 'completed', error: { code: 'output-invalid' } })
  })
})

describe('a turn stopped while its only tool runs', () => {
  it('stays in the history, so that the model knows that the tool may have run', async () => {
    const pay = tool({ name: 'pay', input: z.object({}), run: () => new Promise(() => {}) })
    const { chat, ask } = start({ tools: [pay] })
    const { turn, reply } = await ask('Pay.')
    reply.give([{ type: 'tool_use', id: 'k1', name: 'pay', input: {} }])
    await new Promise<void>((resolve) => chat.on('toolCall.started', () => resolve()))
    const told: string[] = []
    chat.on('toolCall.settled', ({ callId, status }) => told.push(`${callId} ${status}`))
    chat.stop()
    expect((await turn).status).toBe('stopped')
    expect(told).toEqual(['k1 cancelled'])
    expect(chat.history.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  })
})

describe('a budget of refusals in a row', () => {
  it('is reset by clear(), even in an empty conversation', async () => {
    const { chat, ask } = start({ budget: { refusalsInARow: 1 } })
    const first = await ask('bad')
    first.reply.refuse()
    await first.turn
    expect(await chat.sendMessage('good')).toMatchObject({ status: 'failed', error: { code: 'budget-exceeded' } })
    chat.clear()
    await until(chat, () => chat.canSend)
    const { turn, reply } = await ask('good')
    reply.answer('yes')
    expect((await turn).status).toBe('completed')
  })
})

describe('a queue behind a refusal', () => {
  it('continues when a fallback answered, and is held when none did', async () => {
    const { chat, ask, asked } = start({ whenBusy: 'queue', onRefusal: { fallback: [{ model: 'm2' }] } })
    const { turn, reply } = await ask('one')
    const second = chat.sendMessage('two')
    reply.refuse()
    ;(await asked(2)).answer('first')
    expect((await turn).text).toBe('first')
    const next = await asked(3)
    const third = chat.sendMessage('three')
    next.refuse()
    await second
    expect(chat.queue.map(({ input }) => input)).toEqual(['three'])
    chat.releaseQueue()
    ;(await asked(4)).answer('third')
    expect((await third).text).toBe('third')
  })
})

describe('a fork', () => {
  it('of a conversation on an outage model fails as the original does, and repeats no model forever', async () => {
    const { chat, ask, asked } = start({ retry: { maxAttempts: 1, models: ['m2'] } })
    const { turn, reply } = await ask('one')
    reply.throw(new Error('x'))
    await turn
    chat.setModel('m2')
    const { turn: second, reply: answered } = await ask('two')
    answered.answer('yes')
    await second
    const fork = chat.fork()
    expect([fork.model, codeOf(() => fork.setModel(' '))]).toEqual(['m2', 'model-invalid'])
    const forked = fork.sendMessage('three')
    ;(await asked(3)).end()
    expect(await forked).toMatchObject({ status: 'failed', error: { code: 'stream-truncated' } })
    expect(fork.model).toBe('m2')
  })
})

describe('invalid arguments', () => {
  it('are rejected at the call', async () => {
    const remove = tool({ name: 'remove', input: z.object({}), run: () => 1, needsApproval: true })
    const { chat, ask } = start({ tools: [remove] })
    const { reply } = await ask('Do it.')
    reply.give([{ type: 'tool_use', id: 'k1', name: 'remove', input: {} }])
    await until(chat, () => chat.pendingCalls.length === 1)
    expect(codeOf(() => chat.denyTool('k1', 42 as unknown as string))).toBe('invalid-option')
    chat.stop()
    await until(chat, () => chat.canSend)
    const metadata = { toJSON: () => 'text' }
    expect(codeOf(() => chat.sendMessage({ text: 'x', metadata }))).toBe('metadata-invalid')
    expect(codeOf(() => start({ generateId: () => '' }).chat.sendMessage('x'))).toBe('invalid-option')
  })
})

describe('a fallback to an unknown model', () => {
  it('fails the message, and the conversation returns to its own model', async () => {
    const { chat, ask, asked } = start({ onRefusal: { fallback: [{ model: 'm2' }] } })
    const { turn, reply } = await ask('one')
    reply.refuse()
    ;(await asked(2)).throw(new TurnstateError('model-not-found', 'There is no m2.', { status: 404 }))
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'model-not-found' } })
    expect(chat.model).toBe('m1')
    const next = await ask('two')
    next.reply.answer('yes')
    expect((await next.turn).status).toBe('completed')
  })
})

describe('the credit of a refusal', () => {
  it('is not redeemed when the refused request did not ask for it, whatever changed since', async () => {
    const { chat, ask, asked } = start({
      serverFallbacks: [{ model: 'm4' }],
      onRefusal: { fallback: [{ model: 'm3' }] },
    })
    const { reply } = await ask('Hello')
    expect(reply.request.betas).not.toContain('fallback-credit-2026-07-01')
    chat.setModel('m2')
    reply.say('Well')
    reply.refuseAs('cyber', { creditToken: 'mint' })
    const next = await asked(2)
    expect(next.request.model).toBe('m3')
    expect(next.request).not.toHaveProperty('creditToken')
    next.answer('Fine.')
    await chat.close()
  })
})
