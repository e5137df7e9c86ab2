import { describe, expect, it } from 'vitest'
import { begun, next, opened } from './stage.ts'

describe('a fork of a conversation in a store', () => {
  it('is kept in the same store, and takes messages at once', async () => {
    const { chat, faulty, asked } = await begun()
    const turn = chat.sendMessage('hi')
    ;(await asked(1)).answer('hello')
    await turn
    const fork = chat.fork(undefined, { id: 'c2' })
    const more = fork.sendMessage('and here?')
    ;(await asked(2)).answer('here too')
    expect(await more).toMatchObject({ status: 'completed' })
    await fork.close()
    await chat.close()
    const { chat: again } = await opened(faulty, { id: 'c2' })
    expect(again.history).toHaveLength(4)
    await again.close()
  })

  it('with an id that the store has already ends as lost, and changes nothing there', async () => {
    const { chat, faulty, asked } = await begun()
    const turn = chat.sendMessage('hi')
    ;(await asked(1)).answer('hello')
    await turn
    const other = await opened(faulty, { id: 'c2' })
    await other.chat.stop()
    const { revision } = other.chat
    await other.chat.close()
    const fork = chat.fork(undefined, { id: 'c2' })
    expect(await next(fork, 'conversation.lost')).toMatchObject({ failure: { code: 'conversation-lost' } })
    await fork.close()
    expect((await faulty.store.get('c2'))?.revision).toBe(revision)
    await chat.close()
  })
})
