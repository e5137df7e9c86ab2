// The inspector's server, on loopback: the page, and the two kinds of connections, of processes and of pages.
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { TurnstateError } from '../../errors.ts'
import type { Hub } from '../hub/hub.ts'
import { checkAccess, makeToken, type Tokens } from './access.ts'
import { answer } from './answer.ts'
import { Imports } from './imports.ts'
import { readPageFiles } from './page-files.ts'
import { type SocketOptions, Sockets } from './sockets.ts'

export interface InspectorServer {
  /** The address with which one can look, and show conversations. */
  readonly url: string
  /** The address with which one can send commands too; `null` where nobody may. */
  readonly controlUrl: string | null
  close(): Promise<void>
}

/** Connections of any kind at once: those beyond are closed as they come. */
const connectionLimit = 256

/** Milliseconds that a request may take to arrive, its head and the whole of it, and that a connection may rest. */
const headWithin = 5_000
const requestWithin = 30_000
const restLimit = 30_000

export interface ServerOptions extends SocketOptions {
  /** Milliseconds that the head of a request may take to arrive. Default 5,000. */
  readonly headWithin?: number
}

/** What an inspector without control has: one token, which is new. */
const lookOnly = (): Tokens => ({ look: makeToken(), control: null })

/**
 * Serves a hub on 127.0.0.1.
 *
 * @param port 0 takes a free one.
 * @param tokens What its addresses have to have. Default: a new one that lets look.
 * @throws TurnstateError `port-unavailable`, `not-available` where the page was not built
 */
export async function serve(
  hub: Hub,
  port: number,
  tokens: Tokens = lookOnly(),
  options: ServerOptions = {},
): Promise<InspectorServer> {
  const served = { hub, files: readPageFiles(), imports: new Imports(hub) }
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
  // A peer that neither asks nor reads. Sockets of WebSockets are under another rule.
  server.timeout = restLimit

  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('drop', () => hub.turnAway(`A connection was closed: ${connectionLimit} are open already.`))
  server.on('upgrade', (request, socket, head) => {
    // A peer that goes away in the middle is no error of ours.
    socket.on('error', () => socket.destroy())
    const access = checkAccess(request, place())
    const refused =
      'refused' in access
        ? { status: '403 Forbidden', why: access.refused }
        : sockets.take(request, socket, head, access)
    if (refused === null) return
    const turnedAway = `HTTP/1.1 ${refused.status}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${refused.why}\n`
    // No time limit of the server's holds for it any more: whoever does not hang up is hung up on.
    socket.end(turnedAway, () => socket.destroy())
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TurnstateError(
          'port-unavailable',
          `The inspector can't listen on port ${port} (${cause.code ?? cause.message}). Choose another one, or 0 for any that is free.`,
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
