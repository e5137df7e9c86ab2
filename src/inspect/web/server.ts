// The inspector's server on loopback: HTTP for the page, and WebSockets for processes and pages.
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { TurnstateError } from '../../errors.ts'
import { readPage } from '../../package/built-page.ts'
import type { Hub } from '../hub/hub.ts'
import { checkAccess, makeToken, type Tokens } from './access.ts'
import { answer } from './answer.ts'
import { Imports } from './imports.ts'
import { type SocketOptions, Sockets } from './sockets.ts'

export interface InspectorServer {
  /** The address to look at conversations, and for processes to connect. */
  readonly url: string
  /** The address that can also send commands; `null` without control. */
  readonly controlUrl: string | null
  close(): Promise<void>
}

/** Maximum connections of any kind. Further ones are closed as they arrive. */
const connectionLimit = 256

/** Milliseconds: for the head of a request to arrive, for the whole request, and for an idle connection. */
const headWithin = 5_000
const requestWithin = 30_000
const restLimit = 30_000

export interface ServerOptions extends SocketOptions {
  /** Milliseconds that the head of a request may take to arrive. Default 5,000. */
  readonly headWithin?: number
}

/** The tokens of an inspector without control: a new one to look. */
const lookOnly = (): Tokens => ({ look: makeToken(), control: null })

/**
 * Serves a hub on 127.0.0.1.
 *
 * @param port 0 picks a free one.
 * @param tokens The tokens of its addresses. Default: a new one, without control.
 * @throws TurnstateError `port-unavailable`, `not-available` if the page was not built
 */
export async function serve(
  hub: Hub,
  port: number,
  tokens: Tokens = lookOnly(),
  options: ServerOptions = {},
): Promise<InspectorServer> {
  const served = { hub, files: readPage('index.html'), imports: new Imports(hub) }
  const sockets = new Sockets(hub, options)
  const open = new Set<Duplex>()
  const place = () => ({ port: portOf(server.address()), tokens })
  const server = createServer(
    {
      headersTimeout: options.headWithin ?? headWithin,
      requestTimeout: requestWithin,
      connectionsCheckingInterval: (options.headWithin ?? headWithin) / 5,
    },
    (request, response) => void answer(request, response, checkAccess(request, place()), served),
  )
  server.maxConnections = connectionLimit
  // For peers that neither send nor read. WebSockets have their own limits.
  server.timeout = restLimit

  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('drop', () => hub.reportViolation(`A connection was closed: ${connectionLimit} are open already.`))
  server.on('upgrade', (request, socket, head) => {
    // A peer may disconnect at any time.
    socket.on('error', () => socket.destroy())
    const access = checkAccess(request, place())
    const refused =
      'refused' in access
        ? { status: '403 Forbidden', why: access.refused }
        : sockets.take(request, socket, head, access)
    if (refused === null) return
    const refusal = `HTTP/1.1 ${refused.status}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${refused.why}\n`
    // The server's timeouts do not apply to an upgraded socket, so it is destroyed here.
    socket.end(refusal, () => socket.destroy())
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TurnstateError(
          'port-unavailable',
          `The inspector can't listen on port ${port} (${cause.code ?? cause.message}). Choose another port, or 0 for a free one.`,
          { cause },
        ),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  const addressWith = (token: string) => `http://127.0.0.1:${portOf(server.address())}/${token}/`
  return {
    url: addressWith(tokens.look),
    controlUrl: tokens.control === null ? null : addressWith(tokens.control),
    close: () =>
      new Promise((resolve) => {
        sockets.close()
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

const portOf = (address: ReturnType<ReturnType<typeof createServer>['address']>): number =>
  typeof address === 'object' && address !== null ? address.port : 0
