import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConversationOptions } from '../../src/index.ts'
import { closestName } from '../../src/did-you-mean.ts'
import { messageOf } from '../../src/errors.ts'
import { start } from './start.ts'

const messageFrom = (run: () => unknown): string => {
  try {
    run()
    return ''
  } catch (error) {
    return messageOf(error)
  }
}

describe('a misspelled name', () => {
  it.each([
    ['max_tokens', 'maxTokens'],
    ['onRefusl', 'onRefusal'],
    ['when_busy', 'whenBusy'],
    ['tool', 'tools'],
    ['retry.maxAttempt', 'retry.maxAttempts'],
  ])('of an option throws an error that suggests the right one: %s', (given, meant) => {
    const [outer = '', inner] = given.split('.')
    const options: object = { [outer]: inner === undefined ? 1 : { [inner]: 1 } }
    expect(messageFrom(() => start(options))).toContain(`There is no option "${given}". Did you mean "${meant}"?`)
  })

  it('gets no suggestion when it resembles no option', () => {
    expect(messageFrom(() => start({ zebra: 1 } as object))).not.toContain('Did you mean')
  })

  it.each([
    ['refused', 'turn.refused'],
    ['turn.complete', 'turn.completed'],
    ['toolcall.settled', 'toolCall.settled'],
  ])('of an event throws an error that suggests the right one: %s', (given, meant) => {
    const { chat } = start()
    expect(messageFrom(() => chat.on(given as 'delta', () => {}))).toContain(`Did you mean "${meant}"?`)
  })

  it.each<readonly [string, Partial<ConversationOptions>]>([
    ['onRefusal', { onRefusal: { default: 'clear', biology: 'clear' } }],
    ['messagesForUsers', { messagesForUsers: { default: 'No.', biology: 'No.' } }],
  ])('of a category in %s logs a warning, because the API may add categories', (option, options) => {
    const { logged } = start(options)
    expect(logged.map(([message]) => message)).toEqual([
      `The option "${option}" names the category "biology", which is not known. Did you mean "bio"?`,
    ])
  })

  it('of a category logs nothing when it resembles no known category', () => {
    expect(start({ onRefusal: { default: 'clear', weapons: 'clear', bio: 'clear', null: 'clear' } }).logged).toEqual([])
  })
})

describe('the closest name', () => {
  it('is the name itself, regardless of case and punctuation', () => {
    fc.assert(
      fc.property(fc.constantFrom('maxTokens', 'onRefusal', 'whenBusy'), (name) => {
        const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
        expect(closestName(snake, ['budget', name, 'id'])).toBe(name)
      }),
    )
  })

  it('is found in time for names of any length', () => {
    expect(closestName('x'.repeat(1_000_000), ['maxTokens'])).toBeNull()
  })
})
