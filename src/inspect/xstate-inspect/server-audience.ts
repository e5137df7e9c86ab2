import { TurnstateError } from '../../errors.ts'
import { Audience, type Viewer, type Wire } from './audience.ts'
import type { InspectRequest, InspectServer, InspectSocket } from './options.ts'

/** Characters, or bytes, of the longest message that is read. */
const longestMessage = 262_144

/** Bytes that may wait for a viewer that does not keep up, before it is given up. */
const longestQueue = 64 * 1_024 * 1_024

const audiences = new WeakMap<InspectServer, Map<Wire, Audience>>()

/**
 * Those who look through this server. The same for every conversation: a socket asks only once, and late conversations are
 * for it too, so the server is listened to as long as it lives.
 *
 * @throws TurnstateError `invalid-option`
 */
export function serverAudience(server: InspectServer, wire: Wire): Audience {
  if (typeof server?.on !== 'function')
    throw new TurnstateError('invalid-option', 'The `server` is a WebSocketServer of ws, or one that is like it.')
  const ofServer = audiences.get(server) ?? new Map<Wire, Audience>()
  audiences.set(server, ofServer)
  const known = ofServer.get(wire)
  if (known) return known

  const audience = new Audience(wire, { encode: (message) => JSON.stringify(message) })
  ofServer.set(wire, audience)
  const welcome = (socket: InspectSocket) => {
    const viewer = socketViewer(socket)
    const leave = () => audience.gone(viewer)
    socket.on('message', (data, isBinary) => audience.heard(viewer, isBinary ? undefined : readMessage(data)))
    socket.on('close', leave)
    // Without a listener a frame that is no WebSocket's would end the process.
    socket.on('error', leave)
    audience.arrived(viewer)
  }
  for (const socket of server.clients ?? []) welcome(socket)
  server.on('connection', (socket, request) => {
    if (isFromHere(request)) welcome(socket)
    else socket.close?.(1008, 'Pages of other machines may not look.')
  })
  return audience
}

const here = ['127.0.0.1', 'localhost', '[::1]']

/** Any web page can reach loopback: its origin says where it is from. Programs have none. */
function isFromHere(request: InspectRequest | undefined): boolean {
  const origin = request?.headers.origin
  return origin === undefined || (URL.canParse(origin) && here.includes(new URL(origin).hostname))
}

const socketViewer = (socket: InspectSocket): Viewer => ({
  post(message) {
    if ((socket.bufferedAmount ?? 0) > longestQueue) throw new Error('The viewer does not keep up.')
    socket.send(String(message))
  },
})

/** What a socket sent, or `undefined` where that is no JSON or too long. */
function readMessage(data: unknown): unknown {
  if (sizeOf(data) > longestMessage) return undefined
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

/** `ws` gives bytes, in one piece or in several, or a text. */
function sizeOf(data: unknown): number {
  if (typeof data === 'string' || Array.isArray(data)) return data.length
  if (typeof data !== 'object' || data === null || !('byteLength' in data)) return 0
  return typeof data.byteLength === 'number' ? data.byteLength : 0
}
