// Viewers that are cut again and again.
import { Picture } from '../../src/client/picture.ts'
import type { ConversationServer } from '../../src/server/index.ts'
import { turns } from '../durability/faulty-store.ts'
import { eventsOf, type Sent } from './stage.ts'

/** A clock that is fast: timers end after some turns of the event loop. */
export const soon = {
  setTimeout: (run: () => void, ms: number) => {
    const timer = { isOver: false }
    void turns(Math.min(Math.ceil(ms / 100), 20)).then(() => timer.isOver || run())
    return timer
  },
  clearTimeout: (timer: unknown) => {
    if (typeof timer === 'object' && timer !== null) Object.assign(timer, { isOver: true })
  },
}

/** A viewer that can be cut, and comes back with the id of the last event that it read. */
export class CutViewer {
  readonly picture = new Picture()
  readonly outcomes: string[] = []
  readonly seen: Sent[] = []
  #last = ''
  #stream: AsyncGenerator<Sent, void> | null = null
  readonly #path: string

  constructor(frame: number) {
    this.#path = `/v1/conversations/c1/events?frame=${frame}`
  }

  async connect(server: ConversationServer): Promise<void> {
    await this.cut()
    const headers: Record<string, string> = this.#last === '' ? {} : { 'last-event-id': this.#last }
    const response = await server.fetch(new Request(`http://localhost${this.#path}`, { headers }))
    if (response.status !== 200) return
    const stream = eventsOf(response)
    this.#stream = stream
    void this.#read(stream)
  }

  async cut(): Promise<void> {
    const stream = this.#stream
    this.#stream = null
    // A generator that waits for its source returns once that has something: the reader is left behind.
    void stream?.return()
    await turns(1)
  }

  get isConnected(): boolean {
    return this.#stream !== null
  }

  async #read(stream: AsyncGenerator<Sent, void>): Promise<void> {
    for await (const sent of stream) {
      if (this.#stream !== stream) return
      this.#last = sent.id
      this.seen.push(sent)
      const { event, data } = sent
      if (event === 'conversation') this.picture.replace(data)
      else if (event === 'change') this.picture.change(data)
      else if (event === 'delta') this.picture.grow(data)
      else if ('outcome' in data) this.outcomes.push(data.message)
    }
    if (this.#stream === stream) this.#stream = null
  }
}

/** The events with these words that came after the retraction of their reply. */
export function afterRetraction(seen: readonly Sent[], words: string): readonly Sent[] {
  const first = seen.findIndex((sent) => JSON.stringify(sent).includes(words))
  if (first < 0) return []
  const retracted = seen.findIndex(({ event }, index) => index > first && event === 'retracted')
  return retracted < 0 ? [] : seen.slice(retracted).filter((sent) => JSON.stringify(sent).includes(words))
}
