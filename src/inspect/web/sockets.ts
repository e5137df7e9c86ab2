// The WebSocket connections of an inspector: processes and pages.
import type { Duplex } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Clock, systemClock, unref } from '../../clock.ts'
import type { Connection, Hub } from '../hub/hub.ts'
import { type AppMessage, processPath } from '../wire/messages.ts'
import { readAppMessage, readPageMessage } from '../wire/read-message.ts'
import { messageLimit, Peer } from '../wire/peer.ts'
import { TaskQueue } from '../wire/task-queue.ts'
import type { Access } from './access.ts'

/** Maximum connections at once. Further ones are refused. */
const most = { process: 64, page: 32 }

/** Milliseconds that a process has to send `hello`. */
const helloWithin = 10_000

/** Unreadable messages before a peer is disconnected. A few are ignored: a later release may send unknown ones. */
const mostUnreadable = 100

export interface SocketOptions {
  readonly clock?: Clock
  readonly connections?: Partial<Record<keyof typeof most, number>>
}

export class Sockets {
  readonly #hub: Hub
  readonly #clock: Clock
  readonly #most: typeof most
  readonly #tasks = new TaskQueue()
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: messageLimit, autoPong: false })
  readonly #open = { process: 0, page: 0 }

  constructor(hub: Hub, { clock = systemClock, connections = {} }: SocketOptions = {}) {
    this.#hub = hub
    this.#clock = clock
    this.#most = { ...most, ...connections }
  }

  /** Accepts a connection: returns `null`, or the status and the reason to refuse it with. */
  take(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    access: Access,
  ): { readonly status: string; readonly why: string } | null {
    const kind = access.path === processPath ? 'process' : access.path === 'page' ? 'page' : null
    if (kind === null) return { status: '403 Forbidden', why: 'There is no socket at this address.' }
    // Browsers always send an origin, so that no page, not even our own, can pretend to be a process.
    if (kind === 'process' && request.headers.origin !== undefined)
      return { status: '403 Forbidden', why: 'Only processes may connect here, not pages.' }
    if (this.#open[kind] >= this.#most[kind]) {
      const why = `${this.#most[kind]} connections of this kind are open already, which is the maximum.`
      this.#hub.reportViolation(`The connection of a ${kind} was refused: ${why}`)
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

  /** The first message must be `hello`. */
  #takeProcess(ws: WebSocket): void {
    let connection: Connection<AppMessage> | null = null
    const late = this.#clock.setTimeout(
      () => peer.leave(`No hello message within ${helloWithin / 1_000} seconds.`),
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
          disconnect: (why) => peer.leave(why),
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
      drained: () => this.#tasks.add(() => connection.continueLog()),
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
    const objected = (why: string) => this.#hub.reportViolation(`A ${kind} was disconnected: ${why}.`)
    const peer: Peer = new Peer(ws, {
      tasks: this.#tasks,
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

/** Records that are processed at once. A fact may take a millisecond if it moves from one long branch to another. */
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
  /** Splits a message into pieces that are processed one after another, with other peers between them. */
  readonly piecesOf: (message: Message) => readonly Message[]
  readonly take: (message: Message) => void
  readonly closed: () => void
  readonly drained?: () => void
}
