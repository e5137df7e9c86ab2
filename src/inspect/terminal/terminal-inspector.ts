// An inspector in a terminal, redrawn up to ten times a second. Without a terminal it writes a line for each transition.
import { type Clock, systemClock } from '../../clock.ts'
import type { Hub } from '../hub/hub.ts'
import type { HubConversation } from '../hub/hub-conversation.ts'
import type { ConversationLog } from '../log/conversation-log.ts'
import { inOneRow } from '../../terminal-text.ts'
import { describeRecord } from '../../observe/log-records.ts'
import { frameOf, type Line, type Piece } from './frame.ts'

/** The terminal to draw on. */
export interface Terminal {
  readonly write: (text: string) => void
  readonly size: () => { readonly columns: number; readonly rows: number }
  readonly paint: (style: Piece['style'], text: string) => string
  /** Whether the cursor can be moved. If not, lines are written one after the other. */
  readonly canMove: boolean
  /** How the command for a chat is typed here. Default: `turnstate chat`. */
  readonly chat?: string
}

/** Milliseconds between two frames. */
const frameTime = 100

export class TerminalInspector {
  readonly #hub: Hub
  readonly #url: string
  readonly #terminal: Terminal
  readonly #clock: Clock
  /** The number of the last record that was written, by log: a process that reconnects has a new log, numbered from 0. */
  readonly #written = new WeakMap<ConversationLog, number>()
  readonly #unsubscribe: () => void
  /** Key of the chosen conversation; `null` for the one that changed last. */
  #chosen: string | null = null
  #timer: unknown = null

  constructor(hub: Hub, url: string, terminal: Terminal, clock: Clock = systemClock) {
    this.#hub = hub
    this.#url = url
    this.#terminal = terminal
    this.#clock = clock
    // The alternate screen, with the cursor hidden.
    if (terminal.canMove) terminal.write('\u001B[?1049h\u001B[?25l')
    this.#unsubscribe = hub.subscribe(() => this.#schedule())
    this.draw()
  }

  /** Shows the next or the previous conversation. */
  turn(by: 1 | -1): void {
    const all = this.#all()
    const at = all.findIndex(({ key }) => key === this.#shown(all)?.key)
    this.#chosen = all[(at + by + all.length) % all.length]?.key ?? null
    this.draw()
  }

  draw(): void {
    const { canMove, write, size, chat } = this.#terminal
    if (!canMove) return this.#writeNew()
    const all = this.#all()
    const shown = this.#shown(all)
    const lines = frameOf(
      {
        url: this.#url,
        shown,
        position: shown ? all.indexOf(shown) : 0,
        count: all.length,
        ...(chat === undefined ? {} : { chat }),
      },
      size(),
    )
    // Each line clears the rest of its row; the last one also clears everything below.
    write(`\u001B[H${lines.map((line) => `${this.#painted(line)}\u001B[K`).join('\r\n')}\u001B[J`)
  }

  close(): void {
    this.#unsubscribe()
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    if (this.#terminal.canMove) this.#terminal.write('\u001B[?25h\u001B[?1049l')
    else this.#writeNew()
  }

  #schedule(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = null
      this.draw()
    }, frameTime)
  }

  #all = (): readonly HubConversation[] => this.#hub.conversations

  #shown(all: readonly HubConversation[]): HubConversation | null {
    const chosen = all.find(({ key }) => key === this.#chosen)
    return chosen ?? all.toSorted((a, b) => b.log.changedAt - a.log.changedAt)[0] ?? null
  }

  #painted = (line: Line): string => line.map(({ style, text }) => this.#terminal.paint(style, text)).join('')

  /** Writes the new records of every conversation, one per line. */
  #writeNew(): void {
    for (const { log } of this.#all()) {
      const written = this.#written.get(log) ?? -1
      const first = log.others.findLastIndex(({ seq }) => seq <= written) + 1
      for (const record of log.others.slice(first)) {
        this.#written.set(log, record.seq)
        const isStep = record.type === 'transition' && record.actor === 'conversation' && record.from !== record.to
        if (
          isStep ||
          record.type === 'refusal' ||
          record.type === 'rejection' ||
          record.type === 'lost' ||
          record.type === 'ended'
        )
          this.#terminal.write(`${inOneRow(`${record.conversation}  ${describeRecord(record)}`)}\n`)
      }
    }
  }
}
