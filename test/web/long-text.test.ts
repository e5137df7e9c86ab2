import { expect, it } from 'vitest'
import { beginningOfLong } from '../../src/web/transcript/long-text.ts'

it('a text is shown whole up to twice what is shown of a longer one', () => {
  expect(beginningOfLong('a'.repeat(3_000))).toBe(null)
  expect(beginningOfLong('a\n'.repeat(39))).toBe(null)
  expect(beginningOfLong('a'.repeat(3_001))).toBe('a'.repeat(1_500))
  expect(beginningOfLong('a\n'.repeat(40))).toBe('a\n'.repeat(20).trimEnd())
})

it('no character is cut in half', () => {
  expect(beginningOfLong(`a${'😀'.repeat(2_000)}`)).toBe(`a${'😀'.repeat(749)}`)
})
