import { WebSocket } from 'ws'
import { type Clock, systemClock, unref } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import type { Inspector } from '../../observe/inspector.ts'
import { type AppMessage, processPath } from '../wire/messages.ts'
import { messageLimit, Peer, policyViolation } from '../wire/peer.ts'
import { readControlMessage } from '../wire/read-message.ts'
import { TaskQueue } from '../wire/task-queue.ts'
import { frames } from './frames.ts'
import { Sender } from './sender.ts'
import { resumeSecret, thisProcess } from './this-process.ts'

/** The options of `connectInspector()`. */
export interface ConnectOptions {
  /** Show texts of people and models. Default false: texts are redacted before they leave this process. */
  readonly includeText?: boolean
  /** Let the inspector send events to conversations, if it was started with control. Default false. */
  readonly allowControl?: boolean
  /** Name of this process in the inspector's list. Default: the name of its script. */
  readonly name?: string
  /** The clock for timers. Default: wall time. */
  readonly clock?: Clock
}

/** A connection to an inspector in another process. */
export interface InspectorConnection extends Inspector {
  /** Whether the connection is open. A lost connection is retried every second; conversations never wait for it. */
  readonly isConnected: boolean
  /** Why the inspector closed the connection: a limit was exceeded, and it is not retried. `null` otherwise. */
  readonly disconnectReason: string | null
  /** Sends what waits and closes the connection. Takes at most 2 s. */
  close(): Promise<void>
}

/** Milliseconds before a lost connection is retried. */
const retryAfter = 1_000

/** Milliseconds that a close may take: an inspector that hangs must not hold up the end of an app. */
const leaveWithin = 2_000

/** Milliseconds after which an inspector that reads nothing is disconnected, so that what waits for it can't grow for ever. */
const stalledAfter = 10_000

/**
 * Connects to an inspector in another process. If it reads slowly, records are left out and counted; facts are not.
 *
 * @param url The address that `turnstate inspect` printed, or the `url` of `startInspector()`.
 * @throws TurnstateError `invalid-option` for any other kind of address, `inspector-unreachable` if nothing answers or the token
 * is wrong
 */
export async function connectInspector(url: string, options: ConnectOptions = {}): Promise<InspectorConnection> {
  const address = addressOf(url)
  const { includeText = false, allowControl = false, name, clock = systemClock } = options
  const tasks = new TaskQueue()
  let socket: WebSocket | null = null
  let peer: Peer | null = null
  let disconnectReason: string | null = null
  let phase: 'connecting' | 'connected' | 'waiting' | 'closed' = 'connecting'
  let timer: unknown = null
  let stalled: unknown = null

  const isReady = () => {
    if (phase !== 'connected' || !peer || !socket) return false
    if (peer.isReady) {
      if (stalled !== null) clock.clearTimeout(stalled)
      stalled = null
      return true
    }
    const { bufferedAmount } = socket
    stalled ??= clock.setTimeout(() => {
      stalled = null
      if (socket && socket.bufferedAmount >= bufferedAmount) socket.terminate()
    }, stalledAfter)
    unref(stalled)
    return false
  }
  const send = (message: AppMessage) => {
    if (phase === 'connected') for (const json of frames(message)) peer?.sendText(json)
  }
  const sender = new Sender({ isReady, send }, { includeText, allowControl, clock })

  const lookAgain = () => {
    if (phase === 'closed') return
    phase = 'waiting'
    timer = clock.setTimeout(() => {
      connect().then(() => sender.restart(), lookAgain)
    }, retryAfter)
    unref(timer)
  }
  const left = (code: number, reason: string) => {
    socket = null
    peer = null
    if (phase !== 'connected') return sender.pause()
    // A further attempt would be refused too.
    if (code === policyViolation) {
      disconnectReason = reason
      phase = 'closed'
      return sender.close()
    }
    sender.pause()
    lookAgain()
  }
  const connect = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = new WebSocket(address, { handshakeTimeout: 5_000, maxPayload: messageLimit, autoPong: false })
      next.once('error', reject)
      next.once('open', () => {
        // Closed while connecting.
        if (phase === 'closed') return next.terminate()
        socket = next
        phase = 'connected'
        // Being inspected must not keep the process alive.
        if ('_socket' in next) unref(next._socket)
        next.once('close', (code, reason) => left(code, reason.toString('utf8')))
        peer = new Peer(next, {
          tasks,
          clock,
          take: (text) => {
            const message = readControlMessage(text)
            return message ? [() => sender.control(message)] : []
          },
          closed: () => {},
        })
        send({ type: 'hello', origin: thisProcess(name), resume: resumeSecret })
        resolve()
      })
    })

  try {
    await connect()
  } catch (cause) {
    throw new TurnstateError(
      'inspector-unreachable',
      `Can't connect to an inspector at ${new URL(url).origin}: nothing answers there, or it is another release of turnstate, or the token in the address is wrong. Start it with \`turnstate inspect\` and use the address that it prints.`,
      { cause },
    )
  }
  return {
    get isConnected() {
      return phase === 'connected'
    },
    get disconnectReason() {
      return disconnectReason
    },
    attach: (conversation) => sender.attach(conversation),
    close: () =>
      new Promise((resolve) => {
        sender.flush()
        sender.close()
        phase = 'closed'
        for (const waiting of [timer, stalled]) if (waiting !== null) clock.clearTimeout(waiting)
        const last = socket
        if (!last) return resolve()
        const late = clock.setTimeout(() => last.terminate(), leaveWithin)
        last.once('close', () => {
          clock.clearTimeout(late)
          resolve()
        })
        last.close()
      }),
  }
}

function addressOf(url: string): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null
  if (parsed?.protocol !== 'http:' || parsed.pathname.length < 2)
    throw new TurnstateError(
      'invalid-option',
      'This is not the address of an inspector. Use the one that `turnstate inspect` prints, such as http://127.0.0.1:4983/<token>/.',
    )
  parsed.protocol = 'ws:'
  parsed.pathname = `${parsed.pathname.replace(/\/$/, '')}/${processPath}`
  return parsed.href
}
