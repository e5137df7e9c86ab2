import { afterEach, describe, expect, it } from 'vitest'
import { memoryStore, openConversation } from '../../src/index.ts'
import { httpError, refuse, reply } from '../../src/testing/index.ts'
import { conversing, endAll } from '../integration/simulated.ts'
import { createManualSource } from './manual-source.ts'
import { start, until } from './start.ts'

afterEach(endAll)

describe('chat.refusal', () => {
  it('is the refusal of the last message, until another one is sent', async () => {
    const { chat, ask } = start()
    expect(chat.refusal).toBeNull()
    const first = await ask('a bad thing')
    expect(chat.refusal).toBeNull()
    first.reply.refuse('I will')
    await first.turn
    expect(chat.refusal).toMatchObject({ turnId: 't1', category: 'cyber', policy: 'drop-turn', textShown: true })
    expect(chat.refusal?.messageForUser).toContain('computer systems')
    const second = await ask('Hello')
    expect(chat.refusal).toBeNull()
    second.reply.answer('Hi')
    await second.turn
    expect(chat.refusal).toBeNull()
  })

  it('has the policy "manual" while a person decides, also in a conversation that was loaded', async () => {
    const store = memoryStore()
    const { source, asked } = createManualSource()
    const options = { source, model: 'm1', maxTokens: 100, onRefusal: 'manual', store, id: 'c1' } as const
    const chat = await openConversation(options)
    const turn = chat.sendMessage('a bad thing')
    ;(await asked(1)).refuse()
    await turn
    expect(chat).toMatchObject({ status: 'refused', refusal: { policy: 'manual' } })
    await chat.close()
    const loaded = await openConversation(options)
    expect(loaded).toMatchObject({ status: 'refused', refusal: { policy: 'manual', turnId: turn.id } })
    await loaded.resolveRefusal('drop-turn')
    expect(loaded).toMatchObject({ status: 'ready', refusal: { turnId: turn.id } })
    await loaded.close()
  })

  it('has no policy while a function decides', async () => {
    let decided: (words: string) => void = () => {}
    const { chat, ask, asked } = start({
      onRefusal: { rephrase: () => new Promise<string>((resolve) => (decided = resolve)) },
    })
    const { turn, reply: given } = await ask('a bad thing')
    given.refuse()
    await until(chat, () => chat.status === 'refused')
    expect(chat.refusal).toMatchObject({ turnId: 't1', policy: null })
    decided('a good thing')
    const again = await asked(2)
    expect(chat.refusal).toBeNull()
    again.answer('Fine')
    expect((await turn).refusals).toHaveLength(1)
    expect(chat.refusal).toBeNull()
  })

  it('is gone after clear()', async () => {
    const { chat, ask, exchange } = start()
    await exchange('Hello', 'Hi')
    const { turn, reply: given } = await ask('a bad thing')
    given.refuse()
    await turn
    expect(chat.refusal).not.toBeNull()
    await chat.clear()
    expect(chat.refusal).toBeNull()
  })

  it('is none for a refused summary once it is decided: the conversation is as it was', async () => {
    const { chat } = await conversing([reply('Hi'), refuse(), refuse()])
    await chat.sendMessage('Hello')
    expect(await chat.compact()).toMatchObject({ status: 'refused', refusal: { compaction: true } })
    expect(chat).toMatchObject({ status: 'ready', refusal: null })
  })
})

describe('chat.rejection', () => {
  const invalid = httpError(400, { message: 'messages.0.content: something is wrong' })

  it('waits for a person under "manual", and stays with the message that failed', async () => {
    const { chat } = await conversing([invalid, reply('Hello.')], { onRejection: 'manual' })
    expect(chat.rejection).toBeNull()
    const turn = chat.sendMessage('Hello')
    await until(chat, () => chat.status === 'rejected')
    expect(chat.rejection).toMatchObject({ code: 'request-invalid', status: 400 })
    await chat.resolveRejection('stop')
    await turn
    expect(chat).toMatchObject({ status: 'error', rejection: { code: 'request-invalid' } })
    await chat.sendMessage('Hello again')
    expect(chat.rejection).toBeNull()
  })

  it('is gone when the message was answered all the same', async () => {
    const unknownField = httpError(400, { message: 'metadata: Extra inputs are not permitted' })
    const { chat } = await conversing([unknownField, reply('Hello.')], { request: { metadata: { user_id: 'u1' } } })
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({ status: 'completed', rejection: { code: 'request-invalid' } })
    expect(chat.rejection).toBeNull()
  })

  it('is none for a message that failed otherwise, and for one that was refused', async () => {
    const { chat } = await conversing([httpError(401), refuse()], { retry: { maxAttempts: 1 } })
    expect((await chat.sendMessage('Hello')).status).toBe('failed')
    expect(chat.rejection).toBeNull()
    expect((await chat.sendMessage('a bad thing')).status).toBe('refused')
    expect(chat.rejection).toBeNull()
  })
})
