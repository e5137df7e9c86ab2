// Servers and proxies of tests, each on a port of its own, and what they have seen.
import { once } from 'node:events'
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http'
import https from 'node:https'
import net, { type AddressInfo, type Server as SocketServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { certificate, key } from './certificate.ts'

export interface Running {
  readonly url: string
  readonly port: number
  /** The connections that were ever opened. */
  readonly sockets: readonly Socket[]
}

async function running(server: SocketServer | Server, scheme: string): Promise<Running> {
  const sockets: Socket[] = []
  server.on(scheme === 'https' ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.push(socket)
    // Clients that leave are what is tested.
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  // A server that listens to a port.
  const { port } = server.address() as AddressInfo
  return { url: `${scheme}://127.0.0.1:${port}`, port, sockets }
}

/** A server for one test. */
export const serve = (listener: RequestListener): Promise<Running> => running(http.createServer(listener), 'http')

/** The same, behind TLS. */
export const serveSecurely = (listener: RequestListener): Promise<Running> =>
  running(https.createServer({ cert: certificate, key }, listener), 'https')

/** A server that answers whatever arrives with these bytes, and then does with the connection what it is told. */
export const serveBytes = (bytes: string | Buffer, then: (socket: Socket) => void = () => {}): Promise<Running> =>
  running(
    net.createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => {
        socket.write(bytes, () => then(socket))
      })
    }),
    'http',
  )

export interface Proxy extends Running {
  /** What it was asked for: `CONNECT api.test:443`, `POST http://api.test/v1`. */
  readonly asked: readonly string[]
  readonly authorizations: readonly (string | undefined)[]
}

/** A proxy for which every host is one server. With `refuses` it answers every request for a tunnel so. */
export async function serveProxy(to: Running, { refuses }: { readonly refuses?: string } = {}): Promise<Proxy> {
  const asked: string[] = []
  const authorizations: (string | undefined)[] = []
  const note = ({ method, url, headers }: IncomingMessage) => {
    asked.push(`${method} ${url}`)
    authorizations.push(headers['proxy-authorization'])
  }
  const proxy = http.createServer((request, response) => {
    note(request)
    const { pathname } = new URL(request.url ?? '')
    const onward = http.request(
      `${to.url}${pathname}`,
      { method: request.method, headers: request.headers },
      (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 0, answer.headers)),
    )
    request.pipe(onward)
  })
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request)
    socket.on('error', () => {})
    if (refuses !== undefined) return socket.end(`HTTP/1.1 ${refuses}\r\n\r\n`)
    const onward = net.connect(to.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => {})
    return socket
  })
  return { ...(await running(proxy, 'http')), asked, authorizations }
}
