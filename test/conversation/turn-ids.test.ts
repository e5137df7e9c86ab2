// Ids that the app gives to turns: a call that is repeated opens no second turn.
import { describe, expect, it } from 'vitest'
import { begun, next, opened } from '../durability/stage.ts'

describe('a message with an id of the app', () => {
  it('is not sent a second time: not while its turn is open, nor later, nor after a crash', async () => {
    const { chat, faulty, asked, replies } = await begun({ whenBusy: 'queue' })
    const turn = chat.sendMessage('hi', { turnId: 'mine' })
    expect(turn.id).toBe('mine')
    const exists = expect.objectContaining({ code: 'turn-exists', details: { turnId: 'mine' } })
    expect(() => chat.sendMessage('hi', { turnId: 'mine' })).toThrow(exists)
    ;(await asked(1)).answer('hello')
    expect(await turn).toMatchObject({ turnId: 'mine', status: 'completed' })
    expect(() => chat.sendMessage('hi', { turnId: 'mine' })).toThrow(exists)
    await faulty.crash()
    const after = await opened(faulty)
    expect(() => after.chat.sendMessage('hi', { turnId: 'mine' })).toThrow(exists)
    expect([replies.length, after.replies.length]).toEqual([1, 0])
  })

  it('is not sent a second time while it waits in the queue', async () => {
    const { chat, asked } = await begun({ whenBusy: 'queue' })
    chat.sendMessage('first')
    await asked(1)
    const queued = next(chat, 'input.queued')
    chat.sendMessage('second', { turnId: 'mine' })
    expect(() => chat.sendMessage('second', { turnId: 'mine' })).toThrow(
      expect.objectContaining({ code: 'turn-exists' }),
    )
    await queued
    expect(chat.queue).toMatchObject([{ turnId: 'mine' }])
  })

  it('passes its id to the turns of retry() and regenerate()', async () => {
    const { chat, asked } = await begun()
    const first = chat.sendMessage('hi')
    ;(await asked(1)).answer('hello')
    await first
    const again = chat.regenerate(undefined, { turnId: 'again' })
    expect(again.id).toBe('again')
    await chat.stop()
    expect(chat.retry({ turnId: 'more' }).id).toBe('more')
  })

  it.each<unknown>(['', 'x'.repeat(257), 7])('is checked: %j is rejected', async (turnId) => {
    const { chat, replies } = await begun()
    expect(() => chat.sendMessage('hi', { turnId: turnId as string })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
    expect(replies).toEqual([])
  })
})
