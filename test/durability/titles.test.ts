import { describe, expect, it } from 'vitest'
import { createConversation } from '../../src/index.ts'
import { begun, opened } from './stage.ts'

describe('the title of a conversation', () => {
  it('is its first words, until one is set, and is there in the next process', async () => {
    const { chat, faulty, asked } = await begun()
    expect(chat.title).toBeNull()
    const turn = chat.sendMessage('  How do bees\nfind home?  ')
    ;(await asked(1)).answer('By the sun.')
    await turn
    expect(chat.title).toBe('How do bees find home?')
    await chat.setTitle('Bees')
    expect(chat.title).toBe('Bees')
    await chat.close()
    const again = await opened(faulty)
    expect(again.chat.title).toBe('Bees')
    expect((await faulty.store.list()).conversations).toMatchObject([{ title: 'Bees' }])
    await again.chat.setTitle(null)
    expect(again.chat.title).toBe('How do bees find home?')
    await again.chat.close()
  })

  it.each(['', ' ', 'x'.repeat(1_001), 7])('can not be %j', async (title) => {
    const { chat } = await begun()
    await expect(chat.setTitle(title as string)).rejects.toMatchObject({ code: 'invalid-option' })
    await chat.close()
  })

  it('can be set in memory too', async () => {
    const chat = createConversation({
      source: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }),
      model: 'm',
      maxTokens: 1,
    })
    await chat.setTitle('Bees')
    expect(chat.title).toBe('Bees')
    await chat.close()
  })
})
