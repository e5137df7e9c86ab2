// The messages of settled turns as they are sent: each is serialised once, and the bytes are sent again with every later request.
import type { Message } from '../content.ts'

const encoder = new TextEncoder()
const nothing = new Uint8Array()

/** Messages as JSON, separated by commas. It grows with the path that they are of. */
export class WrittenMessages {
  #bytes = nothing
  /** Where each message ends in the bytes. */
  readonly #ends: number[] = []

  /** The JSON of the first messages of a list, which begins as every list does that was given before. Do not change the bytes. */
  of(messages: readonly Message[], count: number): Uint8Array {
    for (let nth = this.#ends.length; nth < count; nth++) {
      const json = JSON.stringify(messages[nth])
      this.#add(nth === 0 ? json : `,${json}`)
    }
    return this.#bytes.subarray(0, this.#ends[count - 1] ?? 0)
  }

  #add(text: string): void {
    const from = this.#ends.at(-1) ?? 0
    const most = from + 3 * text.length
    if (most > this.#bytes.length) {
      // Who has the bytes of before keeps them.
      const larger = new Uint8Array(Math.max(most, 4_096, Math.ceil(this.#bytes.length * 1.5)))
      larger.set(this.#bytes.subarray(0, from))
      this.#bytes = larger
    }
    this.#ends.push(from + encoder.encodeInto(text, this.#bytes.subarray(from)).written)
  }
}

/** How a list of messages begins: with messages of settled turns, which do not change. */
export interface Beginning {
  readonly written: WrittenMessages
  readonly count: number
}

const beginnings = new WeakMap<readonly Message[], Beginning>()

/** Remembers how a list begins. The list must not change any more. */
export function rememberBeginning(messages: readonly Message[], beginning: Beginning): void {
  beginnings.set(messages, beginning)
}

/**
 * The bytes of `JSON.stringify(messages)`, in two parts: what was written for an earlier request, and what is new. `null` for a list that
 * this package did not make, and where too little is known to be worth it.
 */
export function writtenMessages(messages: readonly Message[]): readonly [known: Uint8Array, rest: Uint8Array] | null {
  const beginning = beginnings.get(messages)
  if (!beginning || beginning.count < 1) return null
  const { written, count } = beginning
  const rest = messages.slice(count).map((message) => `,${JSON.stringify(message)}`)
  return [written.of(messages, count), encoder.encode(rest.join(''))]
}
