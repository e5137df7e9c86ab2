import { once } from 'node:events'
import { Server, ServerResponse } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { systemClock, unref } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { ConversationServer } from './conversation-server.ts'
import { answeredByNode } from './node-answer.ts'
import { isLoopback } from './security.ts'

export interface ServeOptions {
  /** Default 8787; 0 for any that is free. */
  readonly port?: number
  /** The address to listen on. Default `127.0.0.1`: this machine only. Any other needs a server with `authorize`. */
  readonly host?: string
  /** Milliseconds in which a request has to arrive whole. Default 30,000. */
  readonly requestTimeout?: number
}

/** A server that listens. */
export interface Serving {
  /** `http://127.0.0.1:8787` */
  readonly url: string
  readonly port: number
  /** Shuts down as `ConversationServer.close()` does, then stops listening. A second call waits for the first. */
  close(): Promise<void>
}

/** Milliseconds in which the headers of a request have to arrive. */
const headersTimeout = 10_000

/** Milliseconds after which requests that take too long are looked for again. */
const checking = 2_000

/** Bytes of the headers of a request. */
const maxHeaderSize = 16_384

/** Milliseconds that connections are given to end after the last stream. */
const lingering = 1_000

/**
 * Listens for requests to a server, with Node.
 *
 * @throws TurnstateError `invalid-option` for an address beyond this machine without `authorize`; `port-unavailable`; and as the
 * server's host, where it can't begin
 */
export async function serve(server: ConversationServer, options: ServeOptions = {}): Promise<Serving> {
  const { port = 8787, host = '127.0.0.1', requestTimeout = 30_000 } = options
  if (server.isOpenToAll && !isLoopback(host))
    throw new TurnstateError(
      'invalid-option',
      `A server that listens on ${host} needs the option \`authorize\`: without it, everybody who reaches it could read and write all conversations.`,
    )
  await server.ready()
  const listening = createAdaptorServer({
    fetch: async (request, bindings) => {
      const { outgoing } = bindings
      const response = await server.fetch(request, { outgoing })
      return outgoing instanceof ServerResponse ? answeredByNode(response, outgoing) : response
    },
    serverOptions: {
      headersTimeout: Math.min(headersTimeout, requestTimeout),
      requestTimeout,
      // By default, those that are late are looked for every 30 seconds.
      connectionsCheckingInterval: Math.min(checking, requestTimeout),
      maxHeaderSize,
    },
  })
  if (!(listening instanceof Server)) throw new TurnstateError('internal-error', 'The server is no HTTP server.')
  listening.listen(port, host)
  try {
    await once(listening, 'listening')
  } catch (cause) {
    throw new TurnstateError('port-unavailable', `The server cannot listen on ${host}:${port}. Choose another port.`, {
      cause,
    })
  }
  const address = listening.address()
  const at = typeof address === 'object' && address ? address.port : port
  let closed: Promise<void> | null = null
  const close = async () => {
    await server.close()
    const isOver = once(listening, 'close')
    listening.close()
    listening.closeIdleConnections()
    unref(systemClock.setTimeout(() => listening.closeAllConnections(), lingering))
    await isOver
  }
  return {
    url: `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${at}`,
    port: at,
    close: () => (closed ??= close()),
  }
}
