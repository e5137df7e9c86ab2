/** What a piece of a reply is. */
export type PieceKind = 'text' | 'thinking' | 'call'

/** A place in a layout, to return to. */
export interface LayoutMark {
  readonly count: number
  readonly last: PieceKind | null
}

/**
 * Places the pieces of a turn's replies in messages: thinking in messages of its own, text and the calls behind it in one. The same pieces
 * have the same places whether they are streamed or read from the transcript, so the messages have the same ids.
 */
export class Layout {
  readonly #turnId: string
  #count = 0
  #last: PieceKind | null = null

  constructor(turnId: string) {
    this.#turnId = turnId
  }

  /** The id of the message that the next piece belongs to. */
  place(kind: PieceKind): string {
    const joins = this.#last === kind || (kind === 'call' && this.#last === 'text')
    if (!joins) this.#count += 1
    this.#last = kind
    return `${this.#turnId}:${kind === 'thinking' ? 'reasoning' : 'assistant'}:${this.#count}`
  }

  mark(): LayoutMark {
    return { count: this.#count, last: this.#last }
  }

  goBack({ count, last }: LayoutMark): void {
    this.#count = count
    this.#last = last
  }
}
