import { type Clock, unref } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { MessageRequest, MessageSource, SourceEvent } from '../source/message-source.ts'

/** Milliseconds after its refusal for which a credit is good: five minutes (the API's rule). */
export const creditLifetime = 300_000

interface RefusedRequest {
  readonly request: MessageRequest
  readonly token: string
}

/**
 * Requests that were refused and came with a credit token, for as long as it is good. They are kept here and nowhere
 * else: what is refused is in no fact, no context and no snapshot.
 */
export class RefusedRequests {
  readonly #clock: Clock
  readonly #kept = new Map<string, RefusedRequest & { readonly timer: unknown }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(turnId: string, refused: RefusedRequest): void {
    this.#clock.clearTimeout(this.#kept.get(turnId)?.timer ?? null)
    const timer: unknown = this.#clock.setTimeout(() => this.#kept.delete(turnId), creditLifetime)
    // It is no reason to keep a process alive.
    unref(timer)
    this.#kept.set(turnId, { ...refused, timer })
  }

  /** The refused request with the model swapped, and its token; `null` when there is none, or no more. */
  redeeming(turnId: string | undefined, model: string): MessageRequest | null {
    const refused = turnId === undefined ? undefined : this.#kept.get(turnId)
    if (!refused || refused.request.model === model) return null
    return { ...refused.request, model, creditToken: refused.token }
  }

  clear(): void {
    for (const { timer } of this.#kept.values()) this.#clock.clearTimeout(timer)
    this.#kept.clear()
  }
}

/** Asks with the credit, and plainly when the API does not take that request. */
export async function* redeemed(
  source: MessageSource,
  redeeming: MessageRequest,
  plain: () => MessageRequest,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<SourceEvent | Iterable<SourceEvent>> {
  try {
    yield* source(redeeming, options)
  } catch (error) {
    if (!TurnstateError.is(error) || error.details.status !== 400) throw error
    yield* source(plain(), options)
  }
}
