import { TurnstateError } from '../../errors.ts'
import { type Access, accessOf, objectionToViewer } from './access.ts'
import { Audience, type Wire } from './audience.ts'
import type { InspectRequest, InspectServer, InspectSocket, ServerTarget } from './options.ts'
import { closeCodes, SocketViewer } from './socket-viewer.ts'

/** Those who look through one server at once. */
export const mostViewers = 20

/** The way in through one server, for every inspector that uses it. */
class Door {
  readonly access: Access
  readonly #audiences = new Map<Wire, Audience>()
  readonly #viewers = new Set<SocketViewer>()

  constructor(server: InspectServer, access: Access) {
    this.access = access
    for (const socket of server.clients ?? []) this.#admit(socket, undefined)
    server.on('connection', (socket, request) => this.#admit(socket, request))
  }

  /** Those who look, and speak as this wire has it. */
  audience(wire: Wire): Audience {
    let audience = this.#audiences.get(wire)
    if (!audience) {
      audience = new Audience(wire, { encode: (message) => JSON.stringify(message) })
      this.#audiences.set(wire, audience)
      for (const viewer of this.#viewers) audience.arrived(viewer)
    }
    return audience
  }

  #admit(socket: InspectSocket, request: InspectRequest | undefined): void {
    const objection = objectionToViewer(request, this.access)
    const viewer: SocketViewer = new SocketViewer(socket, {
      heard: (message) => {
        for (const audience of this.#audiences.values()) audience.heard(viewer, message)
      },
      gone: () => {
        this.#viewers.delete(viewer)
        for (const audience of this.#audiences.values()) audience.gone(viewer)
      },
    })
    if (objection !== null) return viewer.cutOff(closeCodes.policy, objection)
    if (this.#viewers.size >= mostViewers)
      return viewer.cutOff(closeCodes.later, `${mostViewers} viewers look already, and there is room for no more.`)
    this.#viewers.add(viewer)
    for (const audience of this.#audiences.values()) audience.arrived(viewer)
  }
}

const doors = new WeakMap<InspectServer, Door>()

/**
 * Those who look through this server. The same for every conversation: a socket asks only once, and late conversations are
 * for it too, so the server is listened to as long as it lives.
 *
 * @throws TurnstateError `invalid-option` for what is no server, no host or no origin, and where the server lets in others already
 */
export function serverAudience(target: ServerTarget, wire: Wire): Audience {
  const { server } = target
  if (typeof server?.on !== 'function')
    throw new TurnstateError('invalid-option', 'The `server` is a WebSocketServer of ws, or one that is like it.')
  const access = accessOf(target)
  let door = doors.get(server)
  if (!door) doors.set(server, (door = new Door(server, access)))
  if (JSON.stringify(door.access) !== JSON.stringify(access))
    throw new TurnstateError(
      'invalid-option',
      'A server lets the same viewers in to everything that it shows: give the `hosts` and `origins` that it was first given.',
    )
  return door.audience(wire)
}
