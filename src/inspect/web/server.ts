// The inspector's server, on loopback: the page, and the two kinds of connections, of processes and of pages.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { messageOf, TurnstateError } from '../../errors.ts'
import { fileLines, readFile } from '../file/inspection-file.ts'
import type { Hub } from '../hub/hub.ts'
import { type PageMessage, processPath } from '../wire/messages.ts'
import { frameText } from '../wire/frame-text.ts'
import { readAppMessage, readPageMessage } from '../wire/read-message.ts'
import { checkAccess, makeToken } from './access.ts'
import { type PageFile, readPageFiles } from './page-files.ts'

export interface InspectorServer {
  /** The address of the page, with its token. */
  readonly url: string
  close(): Promise<void>
}

/** Bytes that one message, or an imported file, may have. */
const messageLimit = 64 * 1024 * 1024
const fileLimit = 256 * 1024 * 1024

/** Bytes that may wait for a page. One that is further behind is told everything anew once it has caught up. */
const pageLimit = 64 * 1024 * 1024

/** Nothing from anywhere else, and nobody may frame it. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/**
 * Serves a hub on 127.0.0.1.
 *
 * @param port 0 takes a free one.
 * @param token What its address has to have. Default: a new one.
 * @throws TurnstateError `port-unavailable`, `not-available` where the page was not built
 */
export async function serve(hub: Hub, port: number, token = makeToken()): Promise<InspectorServer> {
  const files = readPageFiles()
  const server = createServer((request, response) => void answer(request, response))
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageLimit })
  const open = new Set<Duplex>()
  const place = () => ({ port: portOf(server.address()), token })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const access = checkAccess(request, place())
    if ('refused' in access) return end(response, 403, access.refused)
    // What the page asks for is relative to its address, which therefore ends with a slash.
    if (access.path === null) return redirect(response, `/${token}/`)
    try {
      if (access.path === 'import') return await importFrom(request, response, hub, access.query.get('name'))
      if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'Only GET is answered here.')
      if (access.path === 'export.jsonl') return exportTo(response, hub, access.query.get('key'))
    } catch (error) {
      return end(response, 500, messageOf(error))
    }
    return sendFile(response, files.get(access.path || 'index.html'), request.method === 'HEAD')
  }

  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('upgrade', (request, socket, head) => {
    // A peer that goes away in the middle is no error of ours.
    socket.on('error', () => socket.destroy())
    const access = checkAccess(request, place())
    if ('refused' in access || (access.path !== processPath && access.path !== 'page')) {
      const why = 'refused' in access ? access.refused : 'There is nothing to connect to at this address.'
      const turnedAway = `HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${why}\n`
      // No time limit of the server's holds for it any more: whoever does not hang up is hung up on.
      socket.end(turnedAway, () => socket.destroy())
      return
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => ws.terminate())
      if (access.path === processPath) takeProcess(ws, hub)
      else takePage(ws, hub)
    })
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
  return {
    url: `http://127.0.0.1:${portOf(server.address())}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        for (const ws of sockets.clients) ws.terminate()
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

const portOf = (address: ReturnType<ReturnType<typeof createServer>['address']>): number =>
  typeof address === 'object' && address !== null ? address.port : 0

const redirect = (response: ServerResponse, location: string): void =>
  void response.writeHead(308, { ...headers, location }).end()

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function sendFile(response: ServerResponse, file: PageFile | undefined, isHead: boolean): void {
  if (!file) return end(response, 404, 'The inspector has no such file.')
  response.writeHead(200, { ...headers, 'content-type': file.type, 'content-length': file.body.byteLength })
  response.end(isHead ? undefined : file.body)
}

function exportTo(response: ServerResponse, hub: Hub, key: string | null): void {
  const chosen = hub.conversations.filter((kept) => key === null || kept.key === key)
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': 'attachment; filename="inspection.jsonl"',
  })
  for (const line of fileLines(
    chosen.map(({ chart, log }) => ({ chart, records: log.all(), state: log.state, dropped: log.dropped })),
  ))
    response.write(line)
  response.end()
}

async function importFrom(
  request: IncomingMessage,
  response: ServerResponse,
  hub: Hub,
  name: string | null,
): Promise<void> {
  if (request.method !== 'POST') return end(response, 405, 'A file is sent with POST.')
  const chunks: Buffer[] = []
  let size = 0
  let isTooLarge = Number(request.headers['content-length']) > fileLimit
  // To leave the loop must not end the connection before the answer went over it.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const chunk of isTooLarge ? [] : body) {
    size += chunk.byteLength
    isTooLarge = size > fileLimit
    if (isTooLarge) break
    chunks.push(chunk)
  }
  if (isTooLarge) {
    response.setHeader('connection', 'close')
    return end(response, 413, `The file is larger than ${fileLimit} bytes. Nothing was read.`)
  }
  try {
    const keys = hub.addFile(name ?? 'a file', await readFile(chunks))
    response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify({ keys }))
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    end(response, 400, `${error.message} (${error.code})`)
  }
}

/** The first message says who it is. */
function takeProcess(ws: WebSocket, hub: Hub): void {
  let connection: ReturnType<Hub['addProcess']> | null = null
  ws.on('message', (data) => {
    const message = readAppMessage(frameText(data))
    if (!message) return
    if (message.type !== 'hello') return connection?.receive(message)
    connection ??= hub.addProcess(message.origin, (ask) => ws.send(JSON.stringify(ask)))
  })
  ws.on('close', () => connection?.close())
}

/** A page that is too far behind is told nothing until it has caught up, and then everything anew. */
function takePage(ws: WebSocket, hub: Hub): void {
  let open: string | null = null
  let isBehind = false
  const send = (message: PageMessage) => {
    // What a page asked for is answered whatever waits: it is small.
    isBehind ||= ws.bufferedAmount > pageLimit && message.type !== 'done'
    if (!isBehind || message.type === 'done') ws.send(JSON.stringify(message), catchUp)
  }
  let connection = hub.addPage(send)
  ws.on('message', (data) => {
    const message = readPageMessage(frameText(data))
    if (message?.type === 'open') open = message.key
    if (message) connection.receive(message)
  })
  ws.on('close', () => connection.close())

  function catchUp(): void {
    if (!isBehind || ws.bufferedAmount > pageLimit || ws.readyState !== ws.OPEN) return
    isBehind = false
    connection.close()
    connection = hub.addPage(send)
    if (open !== null) connection.receive({ type: 'open', key: open })
  }
}
