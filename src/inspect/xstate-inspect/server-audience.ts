import { TurnstateError } from '../../errors.ts'
import { type Access, accessOf, objectionToViewer } from './access.ts'
import { Audience, type Wire } from './audience.ts'
import type { InspectRequest, InspectServer, InspectSocket, ServerTarget } from './options.ts'
import { closeCodes, SocketViewer } from './socket-viewer.ts'

/** The most viewers that may be connected to one server. */
export const mostViewers = 20

/** Admits viewers through one server, for every inspection that uses it. */
class Door {
  readonly access: Access
  readonly #audiences = new Map<Wire, Audience>()
  readonly #viewers = new Set<SocketViewer>()

  constructor(server: InspectServer, access: Access) {
    this.access = access
    for (const socket of server.clients ?? []) this.#admit(socket, undefined)
    server.on('connection', (socket, request) => this.#admit(socket, request))
  }

  /** The viewers that use this protocol. */
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
      return viewer.cutOff(closeCodes.later, `${mostViewers} viewers are connected already, which is the maximum.`)
    this.#viewers.add(viewer)
    for (const audience of this.#audiences.values()) audience.arrived(viewer)
  }
}

const doors = new WeakMap<InspectServer, Door>()

/**
 * The viewers of a server. All its conversations share them: a socket joins only once, and also sees conversations that start
 * later. So the server is listened to as long as it exists.
 *
 * @throws TurnstateError `invalid-option` for an invalid server, host or origin, and if the server was given other ones before
 */
export function serverAudience(target: ServerTarget, wire: Wire): Audience {
  const { server } = target
  if (typeof server?.on !== 'function')
    throw new TurnstateError(
      'invalid-option',
      '`server` must be a WebSocketServer of ws, or one with the same methods.',
    )
  const access = accessOf(target)
  let door = doors.get(server)
  if (!door) doors.set(server, (door = new Door(server, access)))
  if (JSON.stringify(door.access) !== JSON.stringify(access))
    throw new TurnstateError(
      'invalid-option',
      'This server already has other `hosts` or `origins`. All inspections on a server share them: give the same ones.',
    )
  return door.audience(wire)
}
