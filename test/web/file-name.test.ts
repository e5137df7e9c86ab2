import { expect, it } from 'vitest'
import { fileName } from '../../src/web/conversations/file-name.ts'

it.each([
  ['Apples', 'Apples'],
  ['Why? Because: a/b\\c "d" <e>|f*', 'Why Because a b c d e f'],
  ['  two\n lines\t', 'two lines'],
  ['../../etc/passwd', 'etc passwd'],
  ['--help', 'help'],
  ['Größe, 日本語, हिन्दी', 'Größe 日本語 हिन्दी'],
  ['😀', 'conversation'],
  ['', 'conversation'],
  ['con', 'conversation con'],
  [`${'a'.repeat(59)} b`, 'a'.repeat(59)],
])('the file of a conversation with the title %j has the name %j', (title, name) => {
  expect(fileName(title)).toBe(name)
})
