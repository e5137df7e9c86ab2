// What stands before the processes of a cluster: it gives each request to one of them at random, and knows after a while which are dead.
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'

/** Milliseconds between two looks at a process, and after which it should have answered. */
const [looking, answering] = [500, 2_000]

interface Backend {
  readonly url: string
  isUp: boolean
  /** What ends the requests that it answers. */
  readonly ends: Set<() => void>
}

export class Balancer {
  readonly #server: Server
  readonly #draw: () => number
  readonly #backends = new Map<string, Backend>()
  readonly #timer: NodeJS.Timeout
  #url = ''

  private constructor(draw: () => number) {
    this.#draw = draw
    this.#server = createServer((incoming, response) => void this.#answer(incoming, response).catch(() => {}))
    this.#timer = setInterval(() => {
      for (const backend of this.#backends.values()) void this.#look(backend)
    }, looking)
  }

  static async start(draw: () => number): Promise<Balancer> {
    const balancer = new Balancer(draw)
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    const address = balancer.#server.address()
    balancer.#url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    return balancer
  }

  get url(): string {
    return this.#url
  }

  add(url: string): void {
    this.#backends.set(url, { url, isUp: true, ends: new Set() })
  }

  /** No more requests go to it; those that it answers may end. */
  remove(url: string): void {
    this.#backends.delete(url)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #look(backend: Backend): Promise<void> {
    try {
      const response = await fetch(`${backend.url}/healthz`, { signal: AbortSignal.timeout(answering) })
      await response.body?.cancel()
      backend.isUp = true
    } catch {
      this.#isDown(backend)
    }
  }

  #isDown(backend: Backend): void {
    backend.isUp = false
    for (const end of backend.ends) end()
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    for (;;) {
      const up = [...this.#backends.values()].filter(({ isUp }) => isUp)
      const backend = up[Math.floor(this.#draw() * up.length)]
      if (!backend) return void response.writeHead(503).end('No process is there.')
      if ((await this.#give(backend, incoming, body, response)) !== 'refused') return
      this.#isDown(backend)
    }
  }

  /** Resolves with `refused` if nobody listened: then another one may be asked. */
  #give(
    backend: Backend,
    incoming: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<'done' | 'refused'> {
    const { method, url, headers } = incoming
    return new Promise((resolve) => {
      const asked = request(new URL(url ?? '/', backend.url), {
        method,
        headers: { ...headers, host: new URL(backend.url).host, connection: 'close' },
        agent: false,
      })
      const end = () => {
        asked.destroy()
        if (response.headersSent) response.destroy()
        else response.writeHead(503).end('The process has ended.')
        over('done')
      }
      const over = (how: 'done' | 'refused') => {
        backend.ends.delete(end)
        resolve(how)
      }
      backend.ends.add(end)
      asked.on('error', (error) => {
        if ('code' in error && error.code === 'ECONNREFUSED') return over('refused')
        end()
      })
      asked.on('response', (answer) => {
        // Those of this connection are not for the other one: the fetch of Node takes a stream that breaks off for whole if it is told to
        // close the connection.
        const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = answer.headers
        response.writeHead(answer.statusCode ?? 502, kept)
        answer.on('data', (chunk: Buffer) => void response.write(chunk))
        answer.on('end', () => {
          response.end()
          over('done')
        })
        answer.on('error', end)
      })
      response.on('close', () => {
        asked.destroy()
        over('done')
      })
      asked.end(body)
    })
  }
}
