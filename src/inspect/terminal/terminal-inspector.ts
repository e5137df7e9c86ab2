// An inspector in a terminal: one frame over the other, a few times a second; without a terminal, a line for each step.
import { type Clock, systemClock } from '../../clock.ts'
import type { Hub } from '../hub/hub.ts'
import type { HubConversation } from '../hub/hub-conversation.ts'
import type { ConversationLog } from '../log/conversation-log.ts'
import { inOneRow } from '../../terminal-text.ts'
import { describeRecord } from '../../observe/log-records.ts'
import { frameOf, type Line, type Piece } from './frame.ts'

/** Where it draws, and where keys come from. */
export interface Terminal {
  readonly write: (text: string) => void
  readonly size: () => { readonly columns: number; readonly rows: number }
  readonly paint: (style: Piece['style'], text: string) => string
  /** It can move its cursor. */
  readonly canMove: boolean
}

const frame = 100

export class TerminalInspector {
  readonly #hub: Hub
  readonly #url: string
  readonly #terminal: Terminal
  readonly #clock: Clock
  /** By log: a process that comes back tells everything anew, counted from the beginning. */
  readonly #told = new WeakMap<ConversationLog, number>()
  readonly #unsubscribe: () => void
  /** The conversation that was chosen; `null`: the one that changed last. */
  #chosen: string | null = null
  #timer: unknown = null

  constructor(hub: Hub, url: string, terminal: Terminal, clock: Clock = systemClock) {
    this.#hub = hub
    this.#url = url
    this.#terminal = terminal
    this.#clock = clock
    // A screen of its own, without a cursor.
    if (terminal.canMove) terminal.write('\u001B[?1049h\u001B[?25l')
    this.#unsubscribe = hub.subscribe(() => this.#schedule())
    this.draw()
  }

  /** Shows the next conversation, or the one before. */
  turn(by: 1 | -1): void {
    const all = this.#all()
    const at = all.findIndex(({ key }) => key === this.#shown(all)?.key)
    this.#chosen = all[(at + by + all.length) % all.length]?.key ?? null
    this.draw()
  }

  draw(): void {
    const { canMove, write, size } = this.#terminal
    if (!canMove) return this.#tell()
    const all = this.#all()
    const shown = this.#shown(all)
    const lines = frameOf(
      { url: this.#url, shown, position: shown ? all.indexOf(shown) : 0, count: all.length },
      size(),
    )
    // Each line clears what was behind it; nothing is written below the last one.
    write(`\u001B[H${lines.map((line) => `${this.#painted(line)}\u001B[K`).join('\r\n')}\u001B[J`)
  }

  close(): void {
    this.#unsubscribe()
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    if (this.#terminal.canMove) this.#terminal.write('\u001B[?25h\u001B[?1049l')
    else this.#tell()
  }

  #schedule(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = null
      this.draw()
    }, frame)
  }

  #all = (): readonly HubConversation[] => this.#hub.conversations

  #shown(all: readonly HubConversation[]): HubConversation | null {
    const chosen = all.find(({ key }) => key === this.#chosen)
    return chosen ?? all.toSorted((a, b) => b.log.changedAt - a.log.changedAt)[0] ?? null
  }

  #painted = (line: Line): string => line.map(({ style, text }) => this.#terminal.paint(style, text)).join('')

  /** What is new of every conversation, a line each. */
  #tell(): void {
    for (const { log } of this.#all()) {
      const told = this.#told.get(log) ?? -1
      const first = log.others.findLastIndex(({ seq }) => seq <= told) + 1
      for (const record of log.others.slice(first)) {
        this.#told.set(log, record.seq)
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
