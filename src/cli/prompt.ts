import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import { Writable } from 'node:stream'
import type { Input, Output } from './host.ts'

/**
 * A line editor that can be hidden. While something else writes to the terminal, it still takes keys, without
 * showing them, and shows them when its turn comes: an echo in the middle of a reply would be on the wrong row.
 */
export class Prompt {
  readonly #interface: Interface
  readonly #output: Output
  readonly #screen: EditorScreen

  constructor(input: Input, output: Output) {
    this.#output = output
    this.#screen = new EditorScreen(output)
    this.#interface = createInterface({
      input,
      output: this.#screen,
      terminal: true,
      historySize: 1000,
      removeHistoryDuplicates: true,
    })
    // Node switches this off within a chunk of keys, and then adds what is pasted in the middle of a line at its end.
    Object.defineProperty(this.#interface, 'isCompletionEnabled', { get: () => true, set: () => {} })
  }

  get isShown(): boolean {
    return this.#screen.isShown
  }

  /** What is typed, and not entered yet. */
  get typed(): string {
    return this.#interface.line
  }

  onLine(listener: (line: string) => void): void {
    this.#interface.on('line', listener)
  }

  onInterrupt(listener: () => void): void {
    this.#interface.on('SIGINT', listener)
  }

  onClose(listener: () => void): void {
    this.#interface.once('close', listener)
  }

  show(text: string): void {
    this.#screen.isShown = true
    this.#interface.setPrompt(text)
    this.#interface.prompt(true)
  }

  /** The cursor is at the start of an empty row from here on. */
  hide(): void {
    this.#screen.isShown = false
  }

  /** Takes it off the screen, with what is typed; that is there again when it is shown the next time. */
  erase(): void {
    if (!this.isShown) return
    const { rows } = this.#interface.getCursorPos()
    if (rows > 0) moveCursor(this.#output, 0, -rows)
    cursorTo(this.#output, 0)
    clearScreenDown(this.#output)
    this.hide()
    // The editor remembers on which of its rows the cursor was, and would go up again.
    this.#interface.prompt(true)
  }

  /** Forgets what is typed. */
  clear(): void {
    this.#interface.write(null, { ctrl: true, name: 'e' })
    this.#interface.write(null, { ctrl: true, name: 'u' })
  }

  close(): void {
    this.#interface.close()
  }
}

class EditorScreen extends Writable {
  readonly isTTY = true
  readonly #output: Output
  isShown = false

  constructor(output: Output) {
    super({ decodeStrings: false })
    this.#output = output
    output.on('resize', () => this.emit('resize'))
  }

  /** Hidden, it never wraps: else the editor would later go up over rows that are not its own. */
  get columns(): number | undefined {
    return this.isShown ? this.#output.columns : Number.POSITIVE_INFINITY
  }

  get rows(): number | undefined {
    return this.#output.rows
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    if (this.isShown) this.#output.write(chunk)
    done()
  }
}
