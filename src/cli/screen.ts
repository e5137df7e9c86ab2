import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import type { Host, Output } from './host.ts'
import { forTerminal } from '../terminal-text.ts'
import { rowsOf, wrapped } from './rows.ts'
import { WordWrap } from './word-wrap.ts'

const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const

export type Style = keyof typeof styles

/** Writes lines and running text to a stream; on a terminal also colours and erases them. */
export class Screen {
  readonly isTerminal: boolean
  readonly #stream: Output
  readonly #canMove: boolean
  readonly #hasColours: boolean
  /** The running text so far. */
  #running = ''
  readonly #wrap: WordWrap
  /** What is on the screen is not where it was written. */
  #wasMoved = false
  #makeWay: () => void = () => {}

  constructor({ output, env, jobs }: Pick<Host, 'output' | 'env' | 'jobs'>) {
    this.#stream = output
    this.isTerminal = output.isTTY === true
    this.#canMove = this.isTerminal && env['TERM'] !== 'dumb'
    this.#hasColours = this.#canMove && !env['NO_COLOR']
    this.#wrap = new WordWrap(() => (this.isTerminal ? output.columns : undefined))
    if (!this.isTerminal) return
    output.on('resize', () => void (this.#wasMoved = true))
    jobs?.listen({ stop: () => this.#stop(), resume: () => this.#resume() })
  }

  /** Sets a function that is called before anything is written, to hide the prompt. */
  beforeWriting(makeWay: () => void): void {
    this.#makeWay = makeWay
  }

  /** Writes a line. */
  line(text = '', style?: Style): void {
    this.#makeWay()
    this.endRun()
    const { columns } = this.#stream
    const lines = this.#clean(text).split('\n')
    const rows = this.isTerminal && columns ? lines.map((line) => wrapped(line, columns)) : lines
    this.#stream.write(`${this.paint(style, rows.join('\n'))}\n`)
  }

  /** Writes lines that programs read too, such as JSON: as they are, without line breaks of its own. */
  verbatim(text: string): void {
    this.#makeWay()
    this.endRun()
    this.#stream.write(`${text}\n`)
  }

  /** Writes a label before running text. */
  label(text: string, style: Style): void {
    this.#begin()
    this.#write(this.#wrap.label(this.#clean(text)), style)
  }

  /** Writes running text, after the last one. On a terminal it is wrapped between words, and its last word is held back until it ends. */
  run(text: string): void {
    this.#begin()
    const clean = this.#clean(text)
    this.#write(this.isTerminal ? this.#wrap.add(clean) : clean)
  }

  #begin(): void {
    this.#makeWay()
    if (!this.isRunning) this.#wasMoved = false
  }

  #write(text: string, style?: Style): void {
    if (text === '') return
    this.#running += text
    this.#stream.write(this.paint(style, text))
  }

  /** Whether running text was written and has not ended. */
  get isRunning(): boolean {
    return this.#running !== ''
  }

  /** Ends the running text, if there is any. */
  endRun(): void {
    this.#write(this.#wrap.endWord())
    if (this.#isInRow) this.#stream.write('\n')
    this.#forgetRun()
  }

  #forgetRun(): void {
    this.#running = ''
    this.#wrap.reset()
  }

  /** Erases the running text if all of it is certainly on the screen, and drops the word that is held back. Returns whether it erased. */
  eraseRun(): boolean {
    const { columns, rows } = this.#stream
    this.#wrap.reset()
    if (!this.isRunning || !this.#canMove || this.#wasMoved || !columns || !rows) return false
    const taken = rowsOf(this.#running, columns)
    if (taken === null || taken >= rows) return false
    if (taken > 1) moveCursor(this.#stream, 0, 1 - taken)
    cursorTo(this.#stream, 0)
    clearScreenDown(this.#stream)
    this.#forgetRun()
    return true
  }

  /** Leaves an empty row to the shell. */
  #stop(): void {
    if (this.#isInRow) this.#stream.write('\n')
  }

  /** Writes the present row again, below what the shell wrote. */
  #resume(): void {
    if (this.#isInRow) this.#stream.write(this.#running.slice(this.#running.lastIndexOf('\n') + 1))
    this.#wasMoved = true
  }

  get #isInRow(): boolean {
    return this.isRunning && !this.#running.endsWith('\n')
  }

  paint(style: Style | undefined, text: string): string {
    if (!style || !this.#hasColours || text === '') return text
    const [on, off] = styles[style]
    return `\u001B[${on}m${text}\u001B[${off}m`
  }

  /** Removes control sequences from a text for a terminal. A file gets the text unchanged. */
  #clean(text: string): string {
    return this.isTerminal ? forTerminal(text) : text
  }
}
