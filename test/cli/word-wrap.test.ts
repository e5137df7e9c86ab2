import * as fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { WordWrap } from '../../src/cli/word-wrap.ts'

/** The rows of a text that arrives in these pieces. */
function rowsOf(pieces: readonly string[], columns: number): readonly string[] {
  const wrap = new WordWrap(() => columns)
  const written = pieces.map((piece) => wrap.add(piece)).join('') + wrap.endWord()
  return written.split('\n').map((row) => row.trimEnd())
}

const letters = (text: string): readonly string[] => Array.from(text)

describe('word wrap', () => {
  it.each([
    ['wraps at spaces', 'one two three four', 10, ['one two', 'three four']],
    ['drops the spaces at a wrap', 'one two    three', 8, ['one two', 'three']],
    ['keeps line breaks and empty lines', 'one\n\ntwo three', 5, ['one', '', 'two', 'three']],
    ['repeats the indent of a line', '  one two three', 9, ['  one two', '  three']],
    ['leaves a long word to the terminal', 'a bbbbbbbbbbbb c d', 5, ['a', 'bbbbbbbbbbbb c', 'd']],
    ['counts wide characters as two columns', '漢字 漢字 漢字', 10, ['漢字 漢字', '漢字']],
    ['counts an emoji of several parts as two columns', '👩‍👩‍👧 👩‍👩‍👧 👩‍👩‍👧', 5, ['👩‍👩‍👧 👩‍👩‍👧', '👩‍👩‍👧']],
    ['counts combining marks as nothing', 'e\u0301e\u0301 e\u0301e\u0301', 5, ['e\u0301e\u0301 e\u0301e\u0301']],
    ['wraps ideographs without spaces', '漢字漢字漢字', 8, ['漢字漢字', '漢字']],
    ['starts no row with closing punctuation', '漢字漢字。漢字', 8, ['漢字漢', '字。漢字']],
    [
      'leaves fenced code alone',
      'a b\n```\nlong code line\n```\nc d e f',
      5,
      ['a b', '```', 'long code line', '```', 'c d e', 'f'],
    ],
    [
      'leaves code in longer fences alone',
      '````\na b c d\n```\na b c d\n````\na b c d',
      4,
      ['````', 'a b c d', '```', 'a b c d', '````', 'a b', 'c d'],
    ],
    ['leaves code in tildes alone', '~~~js x\na b c d\n~~~', 4, ['~~~js x', 'a b c d', '~~~']],
    ['takes no inline code for a fence', '```a``` b c d', 8, ['```a```', 'b c d']],
    ['leaves indented code alone', 'a\n\n    x = 1 + 2 + 3\n    y = 4', 8, ['a', '', '    x = 1 + 2 + 3', '    y = 4']],
    ['wraps nested list items', '- a\n    - b c d e f', 9, ['- a', '    - b c', '    d e f']],
  ])('%s', (_, text, columns, rows) => {
    expect(rowsOf([text], columns)).toEqual(rows)
    expect(rowsOf(letters(text), columns)).toEqual(rows)
  })

  it('is the same however the text arrives', () => {
    const texts = fc.array(
      fc.constantFrom('word', ' ', 'a', '\n', '漢', '。', '```', '    ', ' 👩‍👩‍👧', 'é', '-', 'x'.repeat(30)),
    )
    fc.assert(
      fc.property(texts, fc.integer({ min: 4, max: 20 }), (parts, columns) => {
        expect(rowsOf(letters(parts.join('')), columns)).toEqual(rowsOf([parts.join('')], columns))
      }),
    )
  })

  it('loses nothing but white space, and no row of short words is too long', () => {
    const texts = fc.array(fc.constantFrom('word', 'ab', ' ', '漢', 'é', '“so”', '\n'))
    fc.assert(
      fc.property(texts, fc.integer({ min: 40, max: 50 }), (parts, columns) => {
        const text = parts.join('')
        const rows = rowsOf([text], columns)
        expect(rows.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
        const hasLongWord = /[^\s漢]{40}/.test(text)
        const isCode = /(^|\n)\s{4}/.test(text)
        if (!hasLongWord && !isCode) for (const row of rows) expect(stringWidth(row)).toBeLessThanOrEqual(columns)
      }),
    )
  })

  it('uses the width that the terminal has at the moment', () => {
    let columns = 20
    const wrap = new WordWrap(() => columns)
    const first = wrap.add('one two three four ')
    columns = 9
    expect(first + wrap.add('five six seven ')).toBe('one two three four \nfive six \nseven ')
  })

  it('holds back a word until it ends, but not one that is wider than a row', () => {
    const wrap = new WordWrap(() => 10)
    expect(wrap.add('sim')).toBe('')
    expect(wrap.add('ulator')).toBe('')
    expect(wrap.add(' ')).toBe('simulator ')
    expect(wrap.add('x'.repeat(11))).toBe(`\n${'x'.repeat(11)}`)
    expect(wrap.add('yy')).toBe('yy')
  })

  it('knows a fence right after a label', () => {
    const wrap = new WordWrap(() => 12)
    expect(wrap.label('claude> ') + wrap.add('```\na b c d e f g h\n```\n')).toBe('claude> ```\na b c d e f g h\n```\n')
  })
})
