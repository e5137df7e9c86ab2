import {
  clearScreenDown,
  createInterface,
  cursorTo,
  emitKeypressEvents,
  type Interface,
  moveCursor,
} from 'node:readline'
import { PassThrough, Writable } from 'node:stream'
import { forTerminal } from '../terminal-text.ts'
import { type Host, hasKeys, type Output } from './host.ts'
import { Pastes } from './pastes.ts'

/** A key as Node reads it. */
interface Key {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
  readonly meta?: boolean
}

/** The completions of a line up to the cursor, and the end of the line that they replace. */
type Complete = (line: string) => [completions: string[], replaced: string]

export interface PromptOptions {
  /** Default: Tab inserts a tab. */
  readonly complete?: Complete
}

/** Asks the terminal to mark what is pasted, so that its line breaks are not taken for the Enter key. */
const pasteOn = '\u001B[?2004h'
const pasteOff = '\u001B[?2004l'

/** What gives the terminal back, for prompts that are open. */
const restoredAtExit = new Set<() => void>()
process.on('exit', () => {
  for (const restore of restoredAtExit) restore()
})

/**
 * A line editor that can be hidden. While something else writes to the terminal, it still takes keys, without
 * showing them, and shows them when its turn comes: an echo in the middle of a reply would be on the wrong row.
 *
 * What is pasted is text, line breaks included. Alt-Enter, or Enter after a backslash, begins a new line of the same message.
 */
export class Prompt {
  readonly #host: Pick<Host, 'input' | 'output' | 'jobs'>
  readonly #interface: Interface
  readonly #output: Output
  readonly #screen: EditorScreen
  readonly #pastes = new Pastes()
  readonly #marksPastes: boolean
  readonly #completes: boolean
  /** What was pasted so far, while a paste arrives. */
  #pasted: string | null = null
  #wasShown = false
  /** A line feed comes right after the Enter key that it belongs to. */
  #ignoresLineFeed = false

  constructor(host: Pick<Host, 'input' | 'output' | 'env' | 'jobs'>, { complete }: PromptOptions = {}) {
    const { input, output, env, jobs } = host
    this.#host = host
    this.#output = output
    this.#screen = new EditorScreen(output)
    this.#marksPastes = env['TERM'] !== 'dumb'
    this.#completes = complete !== undefined
    // The editor gets keys one by one from here: some are not for it.
    const keys = new PassThrough()
    this.#interface = createInterface({
      input: keys,
      output: this.#screen,
      terminal: true,
      historySize: 1000,
      removeHistoryDuplicates: true,
      ...(complete === undefined ? {} : { completer: (line: string) => complete(line) }),
    })
    const press = (text: string | undefined, key: Key) => this.#press(text, key)
    const end = () => keys.end()
    const restore = () => this.#leaveTerminal()
    const forget = jobs?.listen({ stop: () => this.#stop(), resume: () => this.#resume() })
    this.#interface.once('close', () => {
      input.off('keypress', press).off('end', end)
      input.pause()
      restoredAtExit.delete(restore)
      forget?.()
      this.#leaveTerminal()
    })
    emitKeypressEvents(input)
    // A terminal that was closed is an error to read from, and to set a mode of: also after this.
    input.on('keypress', press).on('end', end).on('error', end)
    // After a crash too.
    restoredAtExit.add(restore)
    this.#enterTerminal()
    input.resume()
  }

  get isShown(): boolean {
    return this.#screen.isShown
  }

  /** What is typed, and not entered yet. */
  get typed(): string {
    return this.#interface.line
  }

  onLine(listener: (line: string) => void): void {
    this.#interface.on('line', (line) => listener(this.#pastes.expand(line)))
  }

  onInterrupt(listener: () => void): void {
    this.#interface.on('SIGINT', listener)
  }

  onClose(listener: () => void): void {
    this.#interface.once('close', listener)
  }

  show(text: string): void {
    this.#interface.setPrompt(text)
    this.#redraw(() => {
      this.#screen.isShown = true
    })
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
  }

  /** Forgets what is typed. */
  clear(): void {
    this.#edit('', 0)
    this.#interface.prompt(true)
  }

  close(): void {
    this.#interface.close()
  }

  #press(text: string | undefined, key: Key): void {
    if (this.#pasted !== null) return this.#pasteOn(text, key)
    const isEnter = key.name === 'return' || key.name === 'enter'
    const isIgnored = this.#ignoresLineFeed && key.name === 'enter'
    this.#ignoresLineFeed = false
    if (isIgnored) return
    if (key.name === 'paste-start') this.#pasted = ''
    else if (key.name === 'z' && key.ctrl) this.#host.jobs?.suspend()
    else if (isEnter && key.meta) this.#insert('\n')
    else if (isEnter && endsInBackslash(this.#interface.line)) this.#continueLine(key)
    else if (key.name === 'tab' && !(this.#completes && this.#interface.line.startsWith('/'))) this.#insert('\t')
    else this.#interface.write(text ?? null, key)
  }

  #pasteOn(text: string | undefined, key: Key): void {
    if (key.name !== 'paste-end') {
      this.#pasted += key.sequence ?? text ?? ''
      return
    }
    const pasted = withoutEnd(forTerminal((this.#pasted ?? '').replaceAll(/\r\n?/g, '\n')))
    this.#pasted = null
    const { rows = 24, columns = 80 } = this.#output
    this.#insert(this.#pastes.shown(pasted, { rows, columns }))
  }

  #continueLine({ name }: Key): void {
    this.#ignoresLineFeed = name === 'return'
    const line = `${this.#interface.line.slice(0, -1)}\n`
    this.#edit(line, line.length)
    this.#interface.prompt(true)
  }

  #insert(text: string): void {
    const { line, cursor } = this.#interface
    this.#edit(line.slice(0, cursor) + text + line.slice(cursor), cursor + text.length)
    this.#interface.prompt(true)
  }

  /** The editor would take line breaks that are written to it for the Enter key. */
  #edit(line: string, cursor: number): void {
    Object.assign(this.#interface, { line, cursor })
  }

  /** Draws what is typed from the present row on. The editor remembers on which of its rows the cursor was, and would go up. */
  #redraw(show: () => void): void {
    const { line, cursor } = this.#interface
    this.hide()
    this.#edit('', 0)
    this.#interface.prompt(true)
    this.#edit(line, cursor)
    show()
    this.#interface.prompt(true)
  }

  #stop(): void {
    this.#wasShown = this.isShown
    if (this.isShown) {
      // What is typed stays on the screen; the shell writes below it.
      const { line, cursor } = this.#interface
      this.#edit(line, line.length)
      this.#interface.prompt(true)
      this.#edit(line, cursor)
      this.#output.write('\n')
      this.hide()
    }
    this.#leaveTerminal()
  }

  #resume(): void {
    // After SIGSTOP nothing was left before.
    const isShown = this.#wasShown || this.isShown
    this.#wasShown = false
    this.#leaveTerminal()
    this.#enterTerminal()
    if (isShown)
      this.#redraw(() => {
        this.#screen.isShown = true
      })
  }

  #enterTerminal(): void {
    const { input } = this.#host
    if (hasKeys(input)) input.setRawMode(true)
    if (this.#marksPastes) this.#output.write(pasteOn)
  }

  #leaveTerminal(): void {
    const { input } = this.#host
    if (this.#marksPastes) this.#output.write(pasteOff)
    if (hasKeys(input)) input.setRawMode(false)
  }
}

/** Two backslashes are a backslash. */
function endsInBackslash(line: string): boolean {
  let end = line.length
  while (line[end - 1] === '\\') end--
  return (line.length - end) % 2 === 1
}

/** The text without the line breaks at its end. */
function withoutEnd(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
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
