import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { plainHeaders } from '../../serve/plain-headers.ts'
import { createBodyReader, type RequestBody } from '../../serve/read-body.ts'
import { createHandler, type Handler, type HostileApi } from './hostile-api.ts'
import type { HostileProgram } from '../program/program.ts'

/** A hostile API as a local server, for clients without an option for `fetch`. */
export interface HostileServer extends HostileApi {
  /** Closes the server and its connections. */
  readonly close: () => Promise<void>
}

const host = '127.0.0.1'

const serve = (
  handle: Handler,
  incoming: IncomingMessage,
  response: ServerResponse,
  { text, cut }: RequestBody,
): void => {
  const { method = '', url: path = '' } = incoming
  const { status, headers, body } = handle({ method, path, headers: plainHeaders(incoming), text })
  response.writeHead(status, headers)
  response.end(body, () => void (cut && incoming.destroy()))
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

/** Starts a hostile API on a free port of 127.0.0.1. Rejects if it can't listen. */
export const startHostileServer = (program: HostileProgram): Promise<HostileServer> => {
  const { handle, ...account } = createHandler(program)
  const readBody = createBodyReader()
  const server = createServer((incoming, response) => {
    // A client may hang up while it sends.
    readBody(incoming)
      .then((body) => serve(handle, incoming, response, body))
      .catch(() => response.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => {
      const address = server.address()
      resolve({
        ...account,
        url: `http://${host}:${isAddress(address) ? address.port : 0}`,
        fetch: globalThis.fetch,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}
