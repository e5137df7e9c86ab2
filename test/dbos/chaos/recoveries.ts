// How long conversations that were streaming on a process stand still when something happens to it.
import type { FaultKind } from './members.ts'

interface Waiting {
  readonly kind: FaultKind
  readonly since: number
  /** Outcomes that were told before. */
  readonly outcomes: number
}

export class Recoveries {
  /** Milliseconds, by what happened. */
  readonly times = new Map<FaultKind, number[]>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #outcomesOf: (conversation: string) => number
  readonly #timer = setInterval(() => this.#look(), 50)

  /** @param outcomesOf how many outcomes of a conversation were told so far */
  constructor(outcomesOf: (conversation: string) => number) {
    this.#outcomesOf = outcomesOf
  }

  begin(kind: FaultKind, conversations: readonly string[]): void {
    for (const each of conversations)
      if (!this.#waiting.has(each))
        this.#waiting.set(each, { kind, since: performance.now(), outcomes: this.#outcomesOf(each) })
  }

  /** The conversation has asked the model again. */
  goesOn(conversation: string): void {
    const waiting = this.#waiting.get(conversation)
    if (!waiting) return
    this.#waiting.delete(conversation)
    const { kind, since } = waiting
    this.times.set(kind, [...(this.times.get(kind) ?? []), performance.now() - since])
  }

  /** Those that still stand still. */
  get waiting(): readonly string[] {
    return [...this.#waiting].map(
      ([id, { kind, since }]) => `${id} (${kind} ${Math.round(performance.now() - since)} ms ago)`,
    )
  }

  end(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    for (const [id, { outcomes }] of this.#waiting) if (this.#outcomesOf(id) > outcomes) this.goesOn(id)
  }
}

/** The value below which this part of the numbers is. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
