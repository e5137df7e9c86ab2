// A client that follows a conversation with plain HTTP: the picture that its events make, and everything that they must never say.
import { createParser } from 'eventsource-parser'
import type { ConversationChange, ConversationState, WireOutcome } from '../../../src/client/wire.ts'
import type { Delta, TranscriptItem } from '../../../src/index.ts'
import { secrets } from './replies.ts'

/** An event of a stream. */
export interface Received {
  readonly id: string
  readonly name: string
  readonly data: string
}

/** The events of a response. Ends, or throws, when the connection does. */
export async function* received(response: Response): AsyncGenerator<Received, void> {
  const ready: Received[] = []
  const parser = createParser({
    onEvent: ({ id = '', event = '', data }) => void ready.push({ id, name: event, data }),
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    yield* ready.splice(0)
  }
}

/** What aborts with a signal, which has one listener for all of it. */
const abortedWith = new WeakMap<AbortSignal, Set<AbortController>>()

/**
 * Does something with a signal of its own, which aborts with the other one. `fetch` leaves listeners at each signal that it is given, and
 * there are thousands of requests.
 */
export async function within<Result>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const own = new AbortController()
  const all = abortedWith.get(signal) ?? new Set()
  if (!abortedWith.has(signal)) {
    abortedWith.set(signal, all)
    signal.addEventListener('abort', () => all.forEach((each) => each.abort(signal.reason)))
  }
  all.add(own)
  try {
    return await work(own.signal)
  } finally {
    all.delete(own)
  }
}

/** What all clients have seen, and what was wrong with it. */
export class World {
  readonly faults = new Set<string>()
  /** Words that some client was told to be void. */
  readonly void = new Set<string>()
  readonly counts = { connections: 0, events: 0, outcomes: 0, retractions: 0, resumed: 0, repeated: 0 }

  readonly #told: (what: string) => void
  #connected: (() => void)[] = []

  /** @param told called with each fault, once */
  constructor(told: (what: string) => void = () => {}) {
    this.#told = told
  }

  fault(what: string): void {
    if (!this.faults.has(what)) this.#told(what)
    this.faults.add(what)
  }

  /** Resolves with the next connection of a follower. */
  connected(): Promise<void> {
    return new Promise((resolve) => void this.#connected.push(resolve))
  }

  connect(): void {
    this.counts.connections++
    for (const resolve of this.#connected.splice(0)) resolve()
  }
}

/** Words that are void in one stream of events: those of replies that it retracted, and those that were void when it began. */
export class Memory {
  readonly #world: World
  readonly #who: string
  readonly #shown = new Map<string, Set<string>>()
  #void: Set<string>

  constructor(world: World, who: string) {
    this.#world = world
    this.#who = who
    this.#void = new Set(world.void)
  }

  /** Another connection is about to begin: what is void by now may not come through it. */
  connect(): void {
    this.#void = new Set([...this.#void, ...this.#world.void])
  }

  receive({ name, data }: Received): void {
    const found = data.match(secrets) ?? []
    for (const word of found)
      if (this.#void.has(word)) this.#world.fault(`${this.#who} got ${word} again, in ${name}: ${data.slice(0, 300)}`)
    if (name === 'delta') {
      const { turnId } = JSON.parse(data) as Delta
      const shown = this.#shown.get(turnId) ?? new Set()
      this.#shown.set(turnId, shown)
      for (const word of found) shown.add(word)
    } else if (name === 'retracted' || name === 'turn.refused') {
      const { turnId, cause } = JSON.parse(data) as { readonly turnId: string; readonly cause?: string }
      if (name === 'retracted' && cause !== 'refusal') return
      this.#world.counts.retractions++
      for (const word of this.#shown.get(turnId) ?? []) {
        this.#void.add(word)
        this.#world.void.add(word)
      }
    }
  }
}

export interface Told {
  readonly message: string
  readonly status: string
  readonly text: string
}

/** The outcome that an event tells, if it does. */
export function toldBy({ data }: Received): Told | null {
  const { message, outcome } = JSON.parse(data) as { readonly message?: string; readonly outcome?: WireOutcome }
  return outcome && message !== undefined ? { message, status: outcome.status, text: outcome.text } : null
}

export class Follower {
  state: ConversationState | null = null
  readonly told = new Map<string, Told>()
  /** Resolves once it has been shown the conversation: from then on it is told each outcome. */
  readonly begun: Promise<void>
  readonly #who: string
  readonly #world: World
  readonly #memory: Memory
  #begin: () => void = () => {}
  readonly #ids = new Set<string>()
  #lastId = ''

  constructor(world: World, who: string) {
    this.#world = world
    this.#who = who
    this.#memory = new Memory(world, who)
    this.begun = new Promise((resolve) => {
      this.#begin = resolve
    })
  }

  /** Follows until the connection ends, from where the last one ended. */
  async follow(url: string, signal: AbortSignal): Promise<void> {
    this.#memory.connect()
    const response = await fetch(url, {
      headers: this.#lastId === '' ? {} : { 'last-event-id': this.#lastId },
      signal,
    })
    if (!response.ok) {
      await response.body?.cancel()
      return
    }
    this.#world.connect()
    let isFirst = true
    for await (const event of received(response)) {
      if (isFirst && this.#lastId !== '' && event.name !== 'conversation') this.#world.counts.resumed++
      isFirst = false
      this.#receive(event)
    }
  }

  #receive(event: Received): void {
    const { id, name, data } = event
    this.#world.counts.events++
    this.#memory.receive(event)
    this.#lastId = id
    if (name === 'conversation') {
      this.state = JSON.parse(data) as ConversationState
      this.#begin()
    } else if (name !== 'resume' && this.#ids.has(id))
      this.#world.fault(`${this.#who} got the event ${id} (${name}) twice`)
    this.#ids.add(id)
    if (name === 'change') this.#change(JSON.parse(data) as ConversationChange)
    if (name === 'delta') this.#grow(JSON.parse(data) as Delta)
    const told = toldBy(event)
    if (!told) return
    this.#world.counts.outcomes++
    const before = this.told.get(told.message)
    if (before) this.#world.fault(`${this.#who} was told twice of ${told.message}: ${before.status}, ${told.status}`)
    this.told.set(told.message, told)
  }

  #change({ messages, ...rest }: ConversationChange): void {
    const { state } = this
    if (!state) return this.#world.fault(`${this.#who} got a change before the conversation`)
    if (messages && messages.keep > state.messages.length)
      this.#world.fault(`${this.#who} was to keep ${messages.keep} of ${state.messages.length} messages`)
    this.state = {
      ...state,
      ...rest,
      messages: messages ? [...state.messages.slice(0, messages.keep), ...messages.items] : state.messages,
    }
  }

  #grow({ turnId, kind, text }: Delta): void {
    if (!this.state || kind === 'toolInput') return
    this.state = {
      ...this.state,
      messages: this.state.messages.map((item) =>
        item.turnId === turnId && item.status === 'streaming' ? grown(item, kind, text) : item,
      ),
    }
  }
}

function grown(item: TranscriptItem, kind: 'text' | 'thinking', text: string): TranscriptItem {
  const last = item.parts.at(-1)
  const isMore = last?.type === kind
  const parts = isMore ? item.parts.slice(0, -1) : item.parts
  return { ...item, parts: [...parts, { type: kind, text: (isMore ? last.text : '') + text }] }
}
