// The way of one process to a server, to its database say, which can be cut: a TCP proxy.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** `whole`: it carries. `refused`: connections end, and new ones are refused. `silent`: they stay, and nothing comes through. */
export type LinkState = 'whole' | 'refused' | 'silent'

export class Link {
  /** The address of the server, for the process. */
  readonly url: string
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #state: LinkState = 'whole'

  private constructor(url: string, server: Server) {
    this.url = url
    this.#server = server
  }

  /**
   * @param url of the server
   * @param host the address that the process reaches this one at
   */
  static async to(url: string, host = '127.0.0.1'): Promise<Link> {
    const { hostname, port } = new URL(url)
    const server = createServer()
    server.listen(0, host)
    await once(server, 'listening')
    const address = server.address()
    const own = new URL(url)
    own.host = `${host}:${typeof address === 'object' && address ? address.port : 0}`
    // An address of a web server has no path: a slash would be one.
    const link = new Link(own.pathname === '/' ? own.origin : own.href, server)
    server.on('connection', (near) => link.#carry(near, hostname, Number(port || 5_432)))
    return link
  }

  set state(state: LinkState) {
    this.#state = state
    for (const [near, far] of this.#pairs)
      if (state === 'refused') near.destroy()
      else if (state === 'silent') for (const socket of [near, far]) socket.pause()
      else for (const socket of [near, far]) socket.resume()
  }

  close(): void {
    this.#server.close()
    for (const [near] of this.#pairs) near.destroy()
  }

  #carry(near: Socket, host: string, port: number): void {
    near.on('error', () => {})
    if (this.#state === 'refused') return void near.destroy()
    const far = connect(port, host)
    far.on('error', () => {})
    const pair = [near, far] as const
    this.#pairs.add(pair)
    const gone = () => {
      this.#pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay()
      from.on('data', (chunk) => void to.write(chunk))
      from.on('end', () => to.end())
      from.on('close', gone)
    }
    if (this.#state === 'silent') for (const socket of pair) socket.pause()
  }
}
