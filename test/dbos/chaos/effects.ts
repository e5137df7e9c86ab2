// Counts what tools do, outside of all processes.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

export class EffectCounter {
  /** How often each call was run, by its id. */
  readonly counts = new Map<string, number>()
  readonly #server: Server
  #url = ''

  private constructor() {
    this.#server = createServer((incoming, response) => {
      let call = ''
      incoming.on('data', (chunk: Buffer) => (call += String(chunk)))
      incoming.on('end', () => {
        this.counts.set(call, (this.counts.get(call) ?? 0) + 1)
        response.end('counted')
      })
    })
  }

  static async start(): Promise<EffectCounter> {
    const counter = new EffectCounter()
    counter.#server.listen(0, '127.0.0.1')
    await once(counter.#server, 'listening')
    const address = counter.#server.address()
    counter.#url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    return counter
  }

  get url(): string {
    return this.#url
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
