import { PassThrough, Writable } from 'node:stream'
import type { Host, Output } from '../../src/cli/host.ts'
import type { JobListener, Jobs } from '../../src/cli/jobs.ts'
import { run } from '../../src/cli/program.ts'
import { withoutCounts } from './counts.ts'

class Keyboard extends PassThrough {
  readonly isTTY = true
}

/** The output stream of the command, as a terminal. */
class Display extends Writable {
  readonly isTTY = true
  columns: number
  readonly rows: number
  readonly #show: (text: string) => void

  constructor(columns: number, rows: number, show: (text: string) => void) {
    super({ decodeStrings: false })
    this.columns = columns
    this.rows = rows
    this.#show = show
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    this.#show(text)
    done()
  }
}

/** The shell that stops and continues the command. */
class FakeJobs implements Jobs {
  readonly #listeners = new Set<JobListener>()
  isStopped = false

  suspend(): void {
    this.isStopped = true
    for (const listener of this.#listeners) listener.stop()
  }

  resume(): void {
    this.isStopped = false
    for (const listener of this.#listeners) listener.resume()
  }

  listen(listener: JobListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A terminal with a person: takes keys, and shows a screen of rows. */
export class FakeTerminal {
  readonly keyboard = new Keyboard()
  readonly display: Display
  readonly #env: Readonly<Record<string, string>>
  readonly #leaving = new AbortController()
  readonly #observers = new Set<() => void>()
  /** Whether the command asked the terminal to mark pastes. */
  marksPastes = false
  readonly jobs = new FakeJobs()
  /** Everything that was written. */
  written = ''
  /** Rows that scrolled off the top are kept, so that tests can read a long chat. */
  #screen: string[][] = [[]]
  #row = 0
  #column = 0
  #waitsToWrap = false

  constructor({ columns = 100, rows = 40, env = {} }: TerminalOptions = {}) {
    this.#env = env
    this.display = new Display(columns, rows, (text) => this.#take(text))
  }

  /** Runs the command at this terminal; resolves with its exit code. */
  run(args: readonly string[], output: Output = this.display): Promise<number> {
    const host: Host = {
      input: this.keyboard,
      output,
      errors: this.display,
      script: '/usr/local/bin/turnstate',
      env: { TERM: 'xterm', ...this.#env },
      leaving: this.#leaving.signal,
      jobs: this.jobs,
    }
    return run(args, host)
  }

  press(keys: string): void {
    this.keyboard.write(keys)
  }

  /** Pastes a text, marked if the command asked for it, with line breaks as terminals send them. */
  paste(text: string): void {
    const keys = text.replaceAll(/\r?\n/g, '\r')
    this.press(this.marksPastes ? `\u001B[200~${keys}\u001B[201~` : keys)
  }

  enter(line: string): void {
    this.press(`${line}\r`)
  }

  /** Enters a line, and resolves when this text was written after it. */
  enterAndSee(line: string, text: string): Promise<void> {
    const seen = this.shows(text)
    this.enter(line)
    return seen
  }

  /** Ends the command like SIGTERM. */
  terminate(): void {
    this.#leaving.abort(143)
  }

  resize(columns: number): void {
    this.display.columns = columns
    this.display.emit('resize')
  }

  /** The visible text, without trailing spaces in rows, and with N for numbers of tokens. */
  get text(): string {
    const rows = this.#screen.map((row) => row.join('').trimEnd())
    return withoutCounts(rows.join('\n').trimEnd())
  }

  /** Resolves when the screen ends with this text. */
  endsWith(text: string): Promise<void> {
    return this.#until(() => this.text.endsWith(text))
  }

  /** Resolves when this text was written. */
  shows(text: string): Promise<void> {
    const from = this.written.length
    return this.#until(() => this.written.includes(text, from))
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return
        this.#observers.delete(look)
        resolve()
      }
      this.#observers.add(look)
      look()
    })
  }

  #take(text: string): void {
    this.written += text
    // oxlint-disable-next-line no-control-regex -- escape sequences are what terminals are about
    for (const [token] of text.matchAll(/\u001B\[([\d;?]*)([A-Za-z])|[^]/gu)) {
      if (token.startsWith('\u001B[')) this.#obey(token.at(-1) ?? '', token.slice(2, -1).split(';').map(Number))
      else if (token === '\r') this.#column = 0
      else if (token === '\n') this.#newLine()
      else this.#put(token)
      if (token === '\r' || token === '\n' || token.startsWith('\u001B[')) this.#waitsToWrap = false
    }
    for (const look of this.#observers) look()
  }

  #obey(command: string, [n = 0, m = 0]: readonly number[]): void {
    const count = Math.max(1, n)
    const top = Math.max(0, this.#screen.length - this.display.rows)
    switch (command) {
      case 'A':
        this.#row = Math.max(top, this.#row - count)
        return
      case 'B':
        this.#row = Math.min(this.#screen.length - 1, this.#row + count)
        return
      case 'C':
        this.#column = Math.min(this.display.columns - 1, this.#column + count)
        return
      case 'D':
        this.#column = Math.max(0, this.#column - count)
        return
      case 'G':
        this.#column = count - 1
        return
      case 'H':
        this.#row = top + count - 1
        this.#column = Math.max(1, m) - 1
        return
      case 'J':
        this.#screen.length = this.#row + 1
        this.#line().length = Math.min(this.#line().length, this.#column)
        return
      case 'K':
        this.#line().length = Math.min(this.#line().length, this.#column)
        return
      case 'm':
        return
      // Of the modes, only the one for pastes is used.
      case 'h':
      case 'l':
        this.marksPastes = command === 'h'
        return
      default:
        throw new Error(`The fake terminal does not know ESC [ ${command}`)
    }
  }

  #put(character: string): void {
    if (this.#waitsToWrap) {
      this.#column = 0
      this.#newLine()
    }
    const line = this.#line()
    while (line.length < this.#column) line.push(' ')
    line[this.#column] = character
    this.#waitsToWrap = this.#column === this.display.columns - 1
    if (!this.#waitsToWrap) this.#column++
  }

  /** A line feed also returns to the first column, which is the default of terminals. */
  #newLine(): void {
    this.#column = 0
    this.#waitsToWrap = false
    this.#row++
    if (this.#row === this.#screen.length) this.#screen.push([])
  }

  #line(): string[] {
    return (this.#screen[this.#row] ??= [])
  }
}
