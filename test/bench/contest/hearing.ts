// What an app does with a reply as it comes, as little as can be.
import { timesIn } from './paced.ts'

/** Hears a reply: piece by piece, or as the whole text so far, whichever it is told. */
export interface Hearing {
  /** All that was heard of this reply. */
  readonly text: string
  /** Before each reply. */
  begin(): void
  delta(text: string): void
  snapshot(text: string): void
}

/** Gathers the text. */
export class Words implements Hearing {
  text = ''

  begin(): void {
    this.text = ''
  }

  delta(text: string): void {
    this.text += text
  }

  snapshot(text: string): void {
    this.text = text
  }
}

/** Reads all characters of the text at each notification, as whoever renders it must. */
export class Page implements Hearing {
  text = ''
  sum = 0

  begin(): void {
    this.text = ''
  }

  delta(text: string): void {
    this.snapshot(this.text + text)
  }

  snapshot(text: string): void {
    this.text = text
    let { sum } = this
    for (let index = 0; index < text.length; index++) sum = (sum + text.charCodeAt(index)) | 0
    this.sum = sum
  }
}

/** Tells how late each delta of a paced reply is heard. */
export class Delays implements Hearing {
  text = ''
  readonly #onDelta: (milliseconds: number) => void

  constructor(onDelta: (milliseconds: number) => void) {
    this.#onDelta = onDelta
  }

  begin(): void {
    this.text = ''
  }

  delta(text: string): void {
    this.text += text
    this.#hear(text)
  }

  snapshot(text: string): void {
    const news = text.slice(this.text.length)
    this.text = text
    this.#hear(news)
  }

  #hear(news: string): void {
    for (const [written, now] of timesIn(news)) this.#onDelta(now - written)
  }
}
