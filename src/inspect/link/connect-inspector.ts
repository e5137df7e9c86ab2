import { WebSocket } from 'ws'
import { type Clock, systemClock, unref } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import type { Inspector } from '../../observe/inspector.ts'
import { type AppMessage, processPath } from '../wire/messages.ts'
import { messageLimit, Peer, policyViolation } from '../wire/peer.ts'
import { readControlMessage } from '../wire/read-message.ts'
import { Slices } from '../wire/slices.ts'
import { frames } from './frames.ts'
import { Sender } from './sender.ts'
import { resumeSecret, thisProcess } from './this-process.ts'

/** The options of `connectInspector()`. */
export interface ConnectOptions {
  /** Shows what people and models said. Default false: texts are redacted before they leave this process. */
  readonly includeText?: boolean
  /** Lets the inspector send events to conversations, if it was started to do so. Default false. */
  readonly allowControl?: boolean
  /** What this process is called in the list. Default: the name of its script. */
  readonly name?: string
  /** The clock of its timers. Default: wall time. */
  readonly clock?: Clock
}

/** A connection to an inspector in another process. */
export interface InspectorConnection extends Inspector {
  /** Whether the inspector is there. One that goes away is looked for again; nothing here waits for it. */
  readonly isConnected: boolean
  /** Why the inspector closed the connection, because a limit was gone over; it is not looked for again then. Else `null`. */
  readonly disconnectReason: string | null
  /** Sends what waits, and ends the connection. */
  close(): Promise<void>
}

/** Milliseconds before an inspector that went away is looked for again. */
const retryAfter = 1_000

/** Milliseconds that the inspector has to take leave: one that hangs must not hold up the end of an app. */
const leaveWithin = 2_000

/** Milliseconds after which an inspector that reads nothing is left: what waits for it must not grow with the app's life. */
const stalledAfter = 10_000

/**
 * Connects to an inspector: `url` is the address that `turnstate inspect` printed, or the `url` of `startInspector()`. While the
 * inspector reads slowly, nothing is added: what is too much is left out, and counted.
 *
 * @throws TurnstateError `invalid-option` for what is no such address, `inspector-unreachable` where nobody answers, or the
 * token is wrong
 */
export async function connectInspector(url: string, options: ConnectOptions = {}): Promise<InspectorConnection> {
  const address = addressOf(url)
  const { includeText = false, allowControl = false, name, clock = systemClock } = options
  const slices = new Slices()
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
    // It would be turned away again.
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
        // It was closed while it was looked for.
        if (phase === 'closed') return next.terminate()
        socket = next
        phase = 'connected'
        // To be looked at is no reason to stay alive.
        if ('_socket' in next) unref(next._socket)
        next.once('close', (code, reason) => left(code, reason.toString('utf8')))
        peer = new Peer(next, {
          slices,
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
      `No inspector answers at ${new URL(url).origin}, or it is of another release, or the token in the address is another one. Start it with \`turnstate inspect\`, and give the address that it prints.`,
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
      'The address of an inspector is what `turnstate inspect` prints, such as http://127.0.0.1:4983/<token>/.',
    )
  parsed.protocol = 'ws:'
  parsed.pathname = `${parsed.pathname.replace(/\/$/, '')}/${processPath}`
  return parsed.href
}
