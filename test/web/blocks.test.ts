import { describe, expect, it } from 'vitest'
import { emptyText, readBlocks, steadied } from '../../src/web/markdown/blocks.ts'

const text = `# Title\n\nWords with **weight**.\n\n- one\n- two\n\n- three\n\n\`\`\`ts\nconst a = 1\n\nconst b = 2\n\`\`\`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted\n\nThe end.`

describe('a text that grows', () => {
  it('has the same blocks however it came', () => {
    const whole = readBlocks(emptyText, text).blocks
    for (const size of [1, 2, 3, 7, 20]) {
      let read = emptyText
      for (let end = size; end < text.length + size; end += size) read = readBlocks(read, text.slice(0, end))
      expect(read.blocks).toEqual(whole)
    }
    expect(whole.map(({ kind }) => kind)).toEqual(['text', 'text', 'text', 'code', 'text', 'text', 'text'])
  })

  it('keeps settled blocks: they are the same objects', () => {
    const one = readBlocks(emptyText, text.slice(0, 60))
    const other = readBlocks(one, text)
    expect(other.blocks[0]).toBe(one.blocks[0])
    expect(one.settled).toBeGreaterThan(1)
  })

  it('is read anew when it is another text', () => {
    expect(readBlocks(readBlocks(emptyText, 'Hello'), 'Bye').blocks.map((block) => block.text)).toEqual(['Bye'])
  })

  it('of a megabyte is read in small steps, not again from its beginning', () => {
    const paragraph = `${'word '.repeat(100)}\n\n`
    let read = readBlocks(emptyText, paragraph.repeat(2_000))
    expect(read.text.length).toBeGreaterThan(1_000_000)
    read = readBlocks(read, `${read.text}more`)
    expect(read.text.length - read.from).toBeLessThan(1_100)
  })
})

describe('the last block of a text that grows', () => {
  it.each([
    ['a **bold', 'a **bold**'],
    ['a `code', 'a `code`'],
    ['see [the words](https://exa', 'see the words'],
    ['see [the wor', 'see the wor'],
    ['a line\n-', 'a line'],
    ['a line\n```', 'a line'],
    ['- one\n- ', '- one'],
    ['| a | b |\n|--', ''],
    ['whole words', 'whole words'],
  ])('shows %j as %j', (given, shown) => {
    expect(steadied(given)).toBe(shown)
  })
})
