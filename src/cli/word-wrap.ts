import stringWidth from 'string-width'
import { widestWidth } from './rows.ts'

/** Scripts that are written without spaces: a row may end between any two of their characters. */
const ideograph = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u
const punctuation = /[\p{Pe}\p{Pf}\p{Po}]/u
/** Never at the start of a row. */
const closing = /^[\p{Pe}\p{Pf}\p{Po}\p{M}\p{Lm}\u200D]/u
/** Never at the end of a row. */
const opening = /[\p{Ps}\p{Pi}]$/u

/** Whether a word ends in such a character, or in punctuation after one. */
function endsInIdeograph(word: string): boolean {
  // More punctuation than this is no end of a sentence.
  const last = Array.from(word.slice(-20)).findLast((letter) => !punctuation.test(letter))
  return last !== undefined && ideograph.test(last)
}

const listMarker = /^([-*+]|\d+[.)])$/
const openingFence = /^(`{3,}|~{3,})/
const tabWidth = 8

/**
 * Wraps running text between words while it arrives, and holds back a word until its end is known. Code blocks stay as they are:
 * a line break in them would be copied along with the code.
 */
export class WordWrap {
  readonly #columns: () => number | undefined
  /** Columns of the present row that are taken, in most terminals and at the most. */
  #taken = 0
  #takenAtMost = 0
  #word = ''
  /** The last part of a word that is wider than a row: the rest of it is written as it comes. */
  #wideEnd = ''
  /** White space at the start of the line, which rows that continue it get too. */
  #indent = ''
  /** The line so far, up to its first word: what it begins with decides whether it is code. */
  #isAtStart = true
  /** The line is code, and is written as it comes. */
  #isCode = false
  #codeLine = ''
  /** The fence that opened the present code block. */
  #fence: string | null = null
  /** Whether the line before permits an indented code block after it. */
  #mayIndent = true

  /** @param columns The width of the terminal, read again for each word: it may be resized. */
  constructor(columns: () => number | undefined) {
    this.#columns = columns
  }

  /** A label at the start of a line. Returns it: it is written as it is, and the text after it still is at the start of its line. */
  label(text: string): string {
    this.#take(text)
    return text
  }

  /** Adds text. Returns what can be written now. */
  add(text: string): string {
    let ready = ''
    for (const [piece] of text.matchAll(/\n|[ \t]+|[^\n \t]+/g)) {
      const isSpace = piece.trim() === ''
      // Whether a line is code is known at the end of its first word.
      if (isSpace) ready += this.endWord()
      if (piece === '\n') ready += this.#endLine()
      else if (this.#isCode || this.#fence !== null) ready += this.#code(piece)
      else ready += isSpace ? this.#space(piece) : this.#letters(piece)
    }
    return ready
  }

  /** Ends the word that is held back, and returns it. */
  endWord(): string {
    const word = this.#word
    this.#word = ''
    this.#wideEnd = ''
    return word === '' ? '' : this.#place(word)
  }

  /** Forgets everything: the next text begins on an empty row. */
  reset(): void {
    this.#word = ''
    this.#wideEnd = ''
    this.#fence = null
    this.#mayIndent = true
    this.#beginLine()
  }

  #endLine(): string {
    if (this.#fence !== null) this.#endCodeLine(this.#fence)
    this.#mayIndent = this.#isAtStart || (this.#isCode && this.#fence === null)
    this.#beginLine()
    return '\n'
  }

  #endCodeLine(fence: string): void {
    const line = this.#codeLine.trim()
    if (line.startsWith(fence) && line === line.charAt(0).repeat(line.length)) this.#fence = null
  }

  #beginLine(): void {
    this.#taken = 0
    this.#takenAtMost = 0
    this.#indent = ''
    this.#codeLine = ''
    this.#isAtStart = true
    this.#isCode = false
  }

  #code(piece: string): string {
    this.#isAtStart = false
    // Only a line as short as a fence can be one.
    if (this.#codeLine.length < 200) this.#codeLine += piece
    return piece
  }

  /** Writes spaces, but for those that do not fit: the next word begins a row. */
  #space(spaces: string): string {
    if (this.#isAtStart) this.#indent += spaces
    let ready = ''
    for (const space of spaces) {
      const width = space === '\t' ? tabWidth - (this.#taken % tabWidth) : 1
      if (this.#taken + width > this.#width) {
        this.#taken = this.#width
        break
      }
      this.#taken += width
      this.#takenAtMost += width
      ready += space
    }
    return ready
  }

  #letters(letters: string): string {
    const isPlain = !ideograph.test(letters)
    if (this.#wideEnd !== '' && (isPlain || opening.test(this.#wideEnd))) {
      this.#wideEnd = letters
      this.#take(letters)
      return letters
    }
    this.#wideEnd = ''
    if (isPlain && !ideograph.test(this.#word)) {
      this.#word += letters
      // A fence is known only by its whole word.
      if (this.#isAtStart && openingFence.test(this.#word)) return ''
      // Measured only where it may be too wide, because it grows letter by letter.
      if (this.#word.length <= this.#width || stringWidth(this.#word) <= this.#width) return ''
      const word = this.endWord()
      this.#wideEnd = letters
      return word
    }
    return this.#ideographs(Array.from(letters))
  }

  #ideographs(letters: readonly string[]): string {
    let ready = ''
    for (const [index, letter] of letters.entries()) {
      if (mayBreakBetween(this.#word, letter)) ready += this.endWord()
      if (this.#isCode) return ready + this.#code(letters.slice(index).join(''))
      this.#word += letter
    }
    return ready
  }

  /** A whole word, on this row or on the next one. */
  #place(word: string): string {
    if (this.#isAtStart) {
      this.#isAtStart = false
      this.#readStart(word)
      if (this.#isCode) return word
    }
    if (this.#taken <= stringWidth(this.#indent) || this.#fits(word)) {
      this.#take(word)
      return word
    }
    const indent = stringWidth(this.#indent) * 2 < this.#width ? this.#indent : ''
    this.#taken = 0
    this.#takenAtMost = 0
    this.#take(indent + word)
    return `\n${indent}${word}`
  }

  /** Decides by the first word of a line whether the line is code. */
  #readStart(word: string): void {
    const [fence = null] = openingFence.exec(word) ?? []
    const isIndented = this.#indent.includes('\t') || this.#indent.length >= 4
    if (fence !== null && (fence.startsWith('~') || !word.slice(fence.length).includes('`'))) this.#fence = fence
    this.#isCode = this.#fence !== null || (isIndented && this.#mayIndent && !listMarker.test(word))
  }

  #take(text: string): void {
    this.#taken += stringWidth(text)
    this.#takenAtMost += widestWidth(text)
    // A word that is wider than a row continues in the next one.
    if (this.#taken > this.#width) this.#taken = this.#takenAtMost = ((this.#taken - 1) % this.#width) + 1
  }

  /**
   * Whether a word fits on this row. Terminals disagree on the width of some characters. If there are only a few of them, the row is
   * kept so short that it fits with all of them wide, so that a refused reply can be erased.
   */
  #fits(word: string): boolean {
    const taken = this.#taken + stringWidth(word)
    const atMost = this.#takenAtMost + widestWidth(word)
    return taken <= this.#width && (atMost <= this.#width || atMost - taken > this.#width / 8)
  }

  get #width(): number {
    return this.#columns() || Number.POSITIVE_INFINITY
  }
}

const mayBreakBetween = (word: string, letter: string): boolean =>
  word !== '' && !closing.test(letter) && !opening.test(word) && (ideograph.test(letter) || endsInIdeograph(word))
