import { describe, expect, it } from 'vitest'
import { inputHash, promptHashOf } from '../../src/journal/index.ts'
import { noPromptHash } from '../../src/journal/hash.ts'
import { cached, text } from './fixtures.ts'

const image = (data: string) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } })

describe('the hash of an input', () => {
  it('is equal for the same text, as a string or a block, with any white space around it', () => {
    for (const same of ['Hi', ' Hi\n', [text('Hi')], [text(' Hi ')], [text('Hi', cached)]])
      expect(inputHash(same)).toBe(inputHash('Hi'))
  })

  it('differs for other words, another case, or other white space between words', () => {
    const all = ['Hi', 'hi', 'Hi!', 'H i', 'H  i', ''].map(inputHash)
    expect(new Set(all).size).toBe(all.length)
  })

  it('differs for another file, another order, or words in other blocks', () => {
    const all = [
      [text('Hi')],
      [text('Hi'), image('AAAA')],
      [image('AAAA'), text('Hi')],
      [text('Hi'), image('AAAB')],
      [text('H'), text('i')],
    ].map(inputHash)
    expect(new Set(all).size).toBe(all.length)
  })

  it('differs if only the first, the last or one of very many letters differs', () => {
    const long = 'x'.repeat(10_000)
    const all = [long, `y${long.slice(1)}`, `${long.slice(1)}y`, long.slice(1), `${long.slice(5_000)}y${long}`]
    expect(new Set(all.map(inputHash)).size).toBe(all.length)
  })

  it('is short, plain, and contains no words', () => {
    expect(inputHash('a secret')).toMatch(/^[0-9a-f]{16}$/)
  })

  it('does not clash for many inputs that look alike', () => {
    const all = Array.from({ length: 20_000 }, (_, index) => inputHash(`Question ${index}`))
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('the hash of a prompt', () => {
  const tool = { name: 'look', input_schema: { type: 'object' } }

  it('changes with the system prompt and with the tools', () => {
    const all = [
      promptHashOf('Be brief.', undefined),
      promptHashOf('Be brief!', undefined),
      promptHashOf('Be brief.', [tool]),
      promptHashOf(undefined, [tool]),
      promptHashOf([tool], undefined),
    ]
    expect(new Set(all).size).toBe(all.length)
    expect(all).not.toContain(noPromptHash)
  })

  it('is the same for every way to leave both out', () => {
    expect([promptHashOf(undefined, undefined), promptHashOf(null, undefined)]).toEqual([noPromptHash, noPromptHash])
  })
})
