// A client that sends messages, each with a key, and sends it again until it knows the outcome.
import { setTimeout as wait } from 'node:timers/promises'
import { Memory, received, type Told, toldBy, within, type World } from './follower.ts'
import { kinds } from './replies.ts'

export interface WriterOptions {
  readonly world: World
  readonly url: string
  readonly name: string
  readonly draw: () => number
  /** Aborts when no more messages are to be begun. */
  readonly leaving: AbortSignal
  /** Aborts when it has to end, whatever it has not been told. */
  readonly ending: AbortSignal
  /** The most milliseconds between two messages. Default 200. */
  readonly pause?: number
}

/** Milliseconds before something is asked again. */
const pause = 30

export class Writer {
  /** The outcome of each turn that it asked for. */
  readonly told = new Map<string, Told>()
  /** The turn that each key got. */
  readonly turns = new Map<string, string>()
  /** What it has no outcome of. */
  pending: string | null = null
  readonly #options: WriterOptions
  readonly #memory: Memory

  constructor(options: WriterOptions) {
    this.#options = options
    this.#memory = new Memory(options.world, options.name)
  }

  async live(): Promise<void> {
    const { draw, leaving, ending, name, pause: longest = 200 } = this.#options
    for (let nth = 0; !leaving.aborted; nth++) {
      await within(leaving, (signal) => wait(draw() * longest, undefined, { signal })).catch(() => {})
      if (leaving.aborted) return
      const choice = draw()
      // Not every conversation has something that can be asked again.
      if (choice < 0.05) await this.#act('/clear')
      else if (choice < 0.08) await this.#act('/stop')
      else {
        const key = `${name}-${nth}`
        const body = { input: `${kindFor(draw())} message ${key}` }
        this.pending = key
        const asked = () => within(ending, (signal) => this.#asked(key, body, signal)).catch(() => false)
        while (!ending.aborted && !(await asked())) await wait(pause)
        this.pending = null
      }
    }
  }

  /** Does something that may not be possible now. */
  async #act(path: string): Promise<void> {
    await within(this.#options.ending, async (signal) => (await this.#do('POST', path, signal)).text()).catch(() => {})
  }

  /** Sends a message, perhaps not for the first time. Resolves with whether its outcome is known. */
  async #asked(key: string, body: object, signal: AbortSignal): Promise<boolean> {
    const { draw, url, world } = this.#options
    const isAsync = draw() < 0.3
    this.#memory.connect()
    const response = await this.#do('POST', '/messages', signal, body, {
      'idempotency-key': key,
      ...(isAsync ? { prefer: 'respond-async' } : {}),
    })
    if (!response.ok) {
      const text = await response.text()
      if (![409, 503].includes(response.status)) world.fault(`${key} was answered ${response.status}: ${text}`)
      await wait(1_000 * Number(response.headers.get('retry-after') ?? 0))
      return false
    }
    const turnId = response.headers.get('turnstate-turn') ?? ''
    const before = this.turns.get(key)
    if (before !== undefined) {
      world.counts.repeated++
      if (before !== turnId) world.fault(`${key} opened two turns: ${before} and ${turnId}`)
    }
    this.turns.set(key, turnId)
    if (!isAsync) return this.#read(response, turnId)
    await response.text()
    const where = new URL(response.headers.get('location') ?? '', url)
    const events = await fetch(where, { signal })
    if (events.ok) return this.#read(events, turnId)
    // The server may have ended meanwhile, and another one answered for it.
    if (events.status !== 503)
      world.fault(`${key} was accepted, and its events were answered ${events.status}: ${await events.text()}`)
    return false
  }

  async #read(response: Response, turnId: string): Promise<boolean> {
    for await (const event of received(response)) {
      this.#memory.receive(event)
      const told = toldBy(event)
      if (!told) continue
      if (told.message !== turnId) this.#options.world.fault(`the stream of ${turnId} told of ${told.message}`)
      this.told.set(turnId, told)
      return true
    }
    return false
  }

  #do(
    method: string,
    path: string,
    signal: AbortSignal,
    body: object = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.#options.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
    })
  }
}

function kindFor(choice: number): string {
  const all = kinds.reduce((sum, [, often]) => sum + often, 0)
  let left = choice * all
  return kinds.find(([, often]) => (left -= often) < 0)?.[0] ?? 'short'
}
