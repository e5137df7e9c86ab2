import { WebSocket } from 'ws'
import { type Clock, systemClock, unref } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import type { Inspector } from '../observe/inspector.ts'
import { type AppMessage, processPath } from '../wire/messages.ts'
import { frameText } from '../wire/frame-text.ts'
import { readControlMessage } from '../wire/read-message.ts'
import { frames } from './frames.ts'
import { Sender } from './sender.ts'
import { thisProcess } from './this-process.ts'

export interface ConnectOptions {
  /** Shows what people and models said. Default false: texts are redacted before they leave this process. */
  readonly includeText?: boolean
  /** Lets the inspector send events to conversations, if it was started to do so. Default false. */
  readonly allowControl?: boolean
  /** What this process is called in the list. Default: the name of its script. */
  readonly name?: string
  readonly clock?: Clock
}

/** A connection to an inspector in another process. */
export interface InspectorConnection extends Inspector {
  /** Whether the inspector is there. One that goes away is looked for again; nothing here waits for it. */
  readonly isConnected: boolean
  /** Sends what waits, and ends the connection. */
  close(): Promise<void>
}

/** Milliseconds before an inspector that went away is looked for again. */
const retryAfter = 1_000

/** Milliseconds that the inspector has to take leave: one that hangs must not hold up the end of an app. */
const leaveWithin = 2_000

/** Bytes that may wait for the inspector. While more do, nothing is added: what is too much is left out, and counted. */
const bufferLimit = 4 * 1024 * 1024

/**
 * Connects to an inspector: `url` is the address that `turnstate inspect` printed, or the `url` of `startInspector()`.
 *
 * @throws TurnstateError `invalid-option` for what is no such address, `inspector-unreachable` where nobody answers, or the
 * token is wrong
 */
export async function connectInspector(url: string, options: ConnectOptions = {}): Promise<InspectorConnection> {
  const address = addressOf(url)
  const { includeText = false, allowControl = false, name, clock = systemClock } = options
  let socket: WebSocket | null = null
  let phase: 'connecting' | 'connected' | 'waiting' | 'closed' = 'connecting'
  let timer: unknown = null

  const isReady = () => phase === 'connected' && (socket?.bufferedAmount ?? 0) < bufferLimit
  const send = (message: AppMessage) => {
    if (phase === 'connected') for (const json of frames(message)) socket?.send(json)
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
  const connect = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = new WebSocket(address, { handshakeTimeout: 5_000 })
      next.once('error', reject)
      next.once('open', () => {
        // It was closed while it was looked for.
        if (phase === 'closed') return next.terminate()
        socket = next
        phase = 'connected'
        // To be looked at is no reason to stay alive.
        if ('_socket' in next) unref(next._socket)
        send({ type: 'hello', origin: thisProcess(name) })
        next.on('message', (data) => {
          const message = readControlMessage(frameText(data))
          if (message) sender.control(message)
        })
        next.on('error', () => next.terminate())
        next.once('close', () => {
          socket = null
          sender.pause()
          if (phase === 'connected') lookAgain()
        })
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
    attach: (conversation) => sender.attach(conversation),
    close: () =>
      new Promise((resolve) => {
        sender.flush()
        sender.close()
        phase = 'closed'
        if (timer !== null) clock.clearTimeout(timer)
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
