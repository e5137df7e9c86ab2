import type { Block, MessageRequest, MessageSource, SourceEvent } from '../../src/index.ts'

type MessageEnd = Partial<Omit<Extract<SourceEvent, { type: 'message.delta' }>, 'type' | 'stopReason' | 'usage'>>

/** An event, or several events that arrive in one chunk. */
type SourceItem = SourceEvent | Iterable<SourceEvent>

interface Waiting {
  resolve: (result: IteratorResult<SourceItem>) => void
  reject: (error: unknown) => void
}

/** One request that the test answers by hand. */
class ManualReply {
  readonly request: MessageRequest
  readonly signal: AbortSignal
  readonly #queue: SourceItem[] = []
  #ending: { error?: unknown } | null = null
  #waiting: Waiting | null = null

  constructor(request: MessageRequest, signal: AbortSignal) {
    this.request = request
    this.signal = signal
  }

  push(...events: readonly SourceEvent[]): void {
    this.#queue.push(...events)
    this.#serve()
  }

  /** Sends events in one chunk. */
  pushTogether(events: Iterable<SourceEvent>): void {
    this.#queue.push(events)
    this.#serve()
  }

  /** Sends a text block with these deltas and leaves it open. */
  say(...texts: readonly string[]): void {
    this.push(
      { type: 'message.started', model: this.request.model, usage: { inputTokens: 3, outputTokens: 1 } },
      { type: 'block.started', index: 0, block: { type: 'text', text: '' } },
      ...texts.map((text): SourceEvent => ({ type: 'block.delta', index: 0, kind: 'text', text })),
    )
  }

  /** Sends complete blocks and the end of the reply. */
  give(blocks: readonly Block[], stopReason = 'tool_use', rest: MessageEnd = {}): void {
    this.push(
      { type: 'message.started', model: this.request.model, usage: { inputTokens: 3, outputTokens: 1 } },
      ...blocks.flatMap((block, index): readonly SourceEvent[] => [
        { type: 'block.started', index, block },
        { type: 'block.stopped', index },
      ]),
      { type: 'message.delta', stopReason, usage: { outputTokens: 5 }, ...rest },
      { type: 'message.stopped' },
    )
    this.end()
  }

  stop(stopReason: string, rest: MessageEnd = {}): void {
    this.push(
      { type: 'block.stopped', index: 0 },
      { type: 'message.delta', stopReason, usage: { outputTokens: 5 }, ...rest },
      { type: 'message.stopped' },
    )
    this.end()
  }

  answer(...texts: readonly string[]): void {
    this.say(...texts)
    this.stop('end_turn')
  }

  refuse(...texts: readonly string[]): void {
    if (texts.length > 0) this.say(...texts)
    this.stop('refusal', { category: 'cyber', explanation: 'raw words for integrators' })
  }

  /** Sends a refusal of this category, before any output. */
  refuseAs(category: string, rest: MessageEnd = {}): void {
    this.push({ type: 'message.delta', stopReason: 'refusal', usage: { inputTokens: 3 }, category, ...rest })
    this.end()
  }

  end(): void {
    this.#ending ??= {}
    this.#serve()
  }

  throw(error: unknown): void {
    this.#ending ??= { error }
    this.#serve()
  }

  next(): Promise<IteratorResult<SourceItem>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#serve()
    })
  }

  #serve(): void {
    const waiting = this.#waiting
    if (!waiting) return
    const event = this.#queue.shift()
    if (event === undefined && !this.#ending) return
    this.#waiting = null
    if (event !== undefined) waiting.resolve({ done: false, value: event })
    else if (this.#ending && 'error' in this.#ending) waiting.reject(this.#ending.error)
    else waiting.resolve({ done: true, value: undefined })
  }
}

/** A message source whose requests can be awaited and whose replies the test gives by hand. */
export function createManualSource() {
  const replies: ManualReply[] = []
  const watchers = new Set<() => void>()
  const source: MessageSource = (request, { signal }) => {
    const reply = new ManualReply(request, signal)
    signal.addEventListener('abort', () => reply.end(), { once: true })
    replies.push(reply)
    for (const watcher of watchers) watcher()
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => reply.next(),
        return: () => {
          reply.end()
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    }
  }
  return {
    source,
    replies,
    /** Resolves with the n-th request (1 is the first) once it is made. */
    asked: (n = replies.length + 1): Promise<ManualReply> =>
      new Promise((resolve) => {
        const look = () => {
          const reply = replies[n - 1]
          if (!reply) return
          watchers.delete(look)
          resolve(reply)
        }
        watchers.add(look)
        look()
      }),
  }
}
