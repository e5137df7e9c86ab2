// The two kinds of connections of an inspector, of processes and of pages.
import type { Duplex } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Clock, systemClock, unref } from '../../clock.ts'
import type { Connection, Hub } from '../hub/hub.ts'
import { type AppMessage, processPath } from '../wire/messages.ts'
import { readAppMessage, readPageMessage } from '../wire/read-message.ts'
import { messageLimit, Peer } from '../wire/peer.ts'
import { Slices } from '../wire/slices.ts'
import type { Access } from './access.ts'

/** Connections at once. Those beyond are turned away. */
const most = { process: 64, page: 32 }

/** Milliseconds that a process has to say who it is. */
const helloWithin = 10_000

/** Messages of a peer that can't be read: a later release may say some that this one does not know. */
const mostUnreadable = 100

export interface SocketOptions {
  readonly clock?: Clock
  readonly connections?: Partial<Record<keyof typeof most, number>>
}

export class Sockets {
  readonly #hub: Hub
  readonly #clock: Clock
  readonly #most: typeof most
  readonly #slices = new Slices()
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: messageLimit, autoPong: false })
  readonly #open = { process: 0, page: 0 }

  constructor(hub: Hub, { clock = systemClock, connections = {} }: SocketOptions = {}) {
    this.#hub = hub
    this.#clock = clock
    this.#most = { ...most, ...connections }
  }

  /** Takes a connection, or says with which status and words it is turned away. */
  take(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    access: Access,
  ): { readonly status: string; readonly why: string } | null {
    const kind = access.path === processPath ? 'process' : access.path === 'page' ? 'page' : null
    if (kind === null) return { status: '403 Forbidden', why: 'There is nothing to connect to at this address.' }
    // No page is a process, its own pages included: whoever looks with a browser can't pass for a conversation.
    if (kind === 'process' && request.headers.origin !== undefined)
      return { status: '403 Forbidden', why: 'Pages show no conversations: only processes do.' }
    if (this.#open[kind] >= this.#most[kind]) {
      const why = `${this.#most[kind]} connections of this kind are open already, which is the most.`
      this.#hub.turnAway(`A connection of a ${kind} was turned away: ${why}`)
      return { status: '503 Service Unavailable', why }
    }
    this.#open[kind]++
    socket.once('close', () => this.#open[kind]--)
    this.#server.handleUpgrade(request, socket, head, (ws) =>
      kind === 'process' ? this.#takeProcess(ws) : this.#takePage(ws, access.mayControl),
    )
    return null
  }

  close(): void {
    for (const ws of this.#server.clients) ws.terminate()
  }

  /** The first message says who it is. */
  #takeProcess(ws: WebSocket): void {
    let connection: Connection<AppMessage> | null = null
    const late = this.#clock.setTimeout(
      () => peer.leave(`It did not say who it is within ${helloWithin / 1_000} seconds.`),
      helloWithin,
    )
    unref(late)
    const peer = this.#peer(ws, 'process', {
      read: readAppMessage,
      piecesOf: inPieces,
      closed: () => {
        this.#clock.clearTimeout(late)
        connection?.close()
      },
      take: (message) => {
        if (message.type !== 'hello') return connection?.receive(message)
        this.#clock.clearTimeout(late)
        const { origin, resume } = message
        connection ??= this.#hub.addProcess({
          origin,
          resume,
          ask: (asked) => {
            if (!peer.isReady) return false
            peer.send(asked)
            return true
          },
          cutOff: (why) => peer.leave(why),
        })
      },
    })
  }

  #takePage(ws: WebSocket, mayControl: boolean): void {
    const peer = this.#peer(ws, 'page', {
      read: readPageMessage,
      piecesOf: (message) => [message],
      closed: () => connection.close(),
      take: (message) => connection.receive(message),
      drained: () => this.#slices.add(() => connection.goOn()),
    })
    const connection = this.#hub.addPage({
      mayControl,
      isReady: () => peer.isReady,
      send: (message) => peer.send(message),
    })
  }

  #peer<Message>(
    ws: WebSocket,
    kind: keyof typeof most,
    { read, piecesOf, take, closed, drained }: Taken<Message>,
  ): Peer {
    let unreadable = 0
    const objected = (why: string) => this.#hub.turnAway(`The connection of a ${kind} was closed: ${why}.`)
    const peer: Peer = new Peer(ws, {
      slices: this.#slices,
      clock: this.#clock,
      objected,
      closed,
      ...(drained ? { drained } : {}),
      take: (text) => {
        const message = read(text)
        if (message) return piecesOf(message).map((piece) => () => take(piece))
        unreadable++
        if (unreadable < mostUnreadable) return []
        const why = `${mostUnreadable} of its messages can't be read`
        objected(why)
        peer.leave(why)
        return []
      },
    })
    return peer
  }
}

/** Records that are taken at once. A fact may cost a millisecond, where it moves from one long branch to another. */
const pieceRecords = 20

function inPieces(message: AppMessage): readonly AppMessage[] {
  if (message.type !== 'records') return [message]
  const { records } = message
  return Array.from({ length: Math.max(1, Math.ceil(records.length / pieceRecords)) }, (_, n) => ({
    ...message,
    records: records.slice(n * pieceRecords, (n + 1) * pieceRecords),
  }))
}

interface Taken<Message> {
  readonly read: (text: string) => Message | null
  /** A message in pieces, which are taken one after another. Other peers have their turn between them. */
  readonly piecesOf: (message: Message) => readonly Message[]
  readonly take: (message: Message) => void
  readonly closed: () => void
  readonly drained?: () => void
}
