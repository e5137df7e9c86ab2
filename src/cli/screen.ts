import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import type { Host, Output } from './host.ts'
import { forTerminal } from '../terminal-text.ts'
import { rowsOf, wrapped } from './rows.ts'

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
  #wasResized = false
  #makeWay: () => void = () => {}

  constructor({ output, env }: Pick<Host, 'output' | 'env'>) {
    this.#stream = output
    this.isTerminal = output.isTTY === true
    this.#canMove = this.isTerminal && env['TERM'] !== 'dumb'
    this.#hasColours = this.#canMove && !env['NO_COLOR']
    if (this.isTerminal) output.on('resize', () => void (this.#wasResized = true))
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

  /** Writes running text, after the last one. */
  run(text: string, style?: Style): void {
    this.#makeWay()
    if (this.#running === '') this.#wasResized = false
    const clean = this.#clean(text)
    this.#running += clean
    this.#stream.write(this.paint(style, clean))
  }

  /** Ends the running text, if there is any. */
  endRun(): void {
    if (this.#running !== '' && !this.#running.endsWith('\n')) this.#stream.write('\n')
    this.#running = ''
  }

  /** Erases the running text if all of it is certainly on the screen. Returns whether it did. */
  eraseRun(): boolean {
    const { columns, rows } = this.#stream
    if (this.#running === '' || !this.#canMove || this.#wasResized || !columns || !rows) return false
    const taken = rowsOf(this.#running, columns)
    if (taken === null || taken >= rows) return false
    if (taken > 1) moveCursor(this.#stream, 0, 1 - taken)
    cursorTo(this.#stream, 0)
    clearScreenDown(this.#stream)
    this.#running = ''
    return true
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
