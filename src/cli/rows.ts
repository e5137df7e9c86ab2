import stringWidth from 'string-width'

const unplaceable = /[\p{Cc}\p{Cs}]/u
const narrow = /^[\x20-\x7e]$/
const joining = /^[\p{M}\p{Cf}\p{Emoji_Modifier}]$/u

/**
 * How many rows of a terminal a text takes, starting in the first column; `null` if that is not certain. Terminals disagree on
 * the width of non-ASCII characters, so the text is measured at its narrowest and at its widest.
 */
export function rowsOf(text: string, columns: number): number | null {
  if (columns < 2) return null
  let rows = 0
  for (const line of text.split('\n')) {
    if (unplaceable.test(line)) return null
    const characters = Array.from(line)
    const least = rowsAt(characters, columns, narrowest)
    if (least !== rowsAt(characters, columns, widest)) return null
    rows += least
  }
  return rows
}

function rowsAt(characters: readonly string[], columns: number, widthOf: (character: string) => number): number {
  let rows = 1
  let column = 0
  for (const character of characters) {
    const width = widthOf(character)
    // A wide character that does not fit leaves the last column empty.
    if (column + width > columns) {
      rows++
      column = 0
    }
    column += width
  }
  return rows
}

const narrowest = (character: string): number => (joining.test(character) ? 0 : 1)
const widest = (character: string): number => (narrow.test(character) ? 1 : 2)

/** How many columns a text without line breaks takes at the most. */
export const widestWidth = (text: string): number => Array.from(text).reduce((sum, letter) => sum + widest(letter), 0)

/** Wraps a line between words. The terminal wraps words that are wider than a row. */
export function wrapped(line: string, columns: number): string {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const rows: string[] = []
  let row = indent
  let width = indent.length
  for (const word of line.slice(indent.length).split(' ')) {
    const isFirst = row.length === indent.length
    const wordWidth = stringWidth(word)
    if (!isFirst && width + 1 + wordWidth > columns) {
      rows.push(row)
      row = indent + word
      width = indent.length + wordWidth
    } else {
      row += isFirst ? word : ` ${word}`
      width += (isFirst ? 0 : 1) + wordWidth
    }
  }
  return [...rows, row].join('\n')
}
