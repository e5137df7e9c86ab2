import { type Clock, systemClock, unref } from '../../clock.ts'
import { readJson } from '../../journal/index.ts'
import { Allowance } from './allowance.ts'
import type { Viewer } from './viewer.ts'
import type { InspectSocket } from './options.ts'

/** What one viewer may do. Whoever goes over a limit is cut off, alone, and told why. */
export const viewerLimits = {
  /** Messages and pings. People click a few times in a second. */
  messages: { most: 200, perSecond: 50 },
  bytes: { most: 2 * 1_024 * 1_024, perSecond: 512 * 1_024 },
  /** Characters, or bytes, of one message. */
  message: 262_144,
  /** Objects, arrays, and items of both, in one message. */
  values: 20_000,
  /** Bytes that wait for a viewer that does not read. */
  queue: 64 * 1_024 * 1_024,
} as const

/** RFC 6455, 7.4.1, and the registry of close codes for 1013: the viewer broke a rule, its message is too big, try again later. */
export const closeCodes = { policy: 1_008, tooBig: 1_009, later: 1_013 } as const

/** Milliseconds that a viewer has to go, once it was told to. */
const leaveWithin = 1_000

interface SocketViewerOptions {
  /** A message, parsed. */
  readonly heard: (message: unknown) => void
  /** Told once: it went, or was cut off. */
  readonly gone: () => void
  readonly clock?: Clock
}

/** One who looks over a socket of `ws`. */
export class SocketViewer implements Viewer {
  readonly #socket: InspectSocket
  readonly #options: SocketViewerOptions
  readonly #clock: Clock
  readonly #messages = new Allowance(viewerLimits.messages, () => performance.now())
  readonly #bytes = new Allowance(viewerLimits.bytes, () => performance.now())
  #phase: 'looking' | 'leaving' | 'gone' = 'looking'
  #terminating: unknown = null

  constructor(socket: InspectSocket, options: SocketViewerOptions) {
    this.#socket = socket
    this.#options = options
    this.#clock = options.clock ?? systemClock
    socket.on('message', (data, isBinary) => this.#hear(data, isBinary))
    // It is answered by ws.
    socket.on('ping', (data) => this.#count(sizeOf(data)))
    socket.on('close', () => this.#left())
    // Without a listener a frame that is no WebSocket's would end the process.
    socket.on('error', () => this.#left())
  }

  /** @throws Error for one that has gone, or that does not read */
  post(message: unknown): void {
    if (this.#phase === 'looking' && (this.#socket.bufferedAmount ?? 0) > viewerLimits.queue)
      this.cutOff(closeCodes.later, 'This viewer does not read what it is sent.')
    if (this.#phase !== 'looking') throw new Error('The viewer has gone.')
    this.#socket.send(String(message))
  }

  /**
   * Ends the connection, and says why: in 123 bytes at most. What it says meanwhile is read and dropped: were it left unread, the
   * viewer would be told of a broken connection instead.
   */
  cutOff(code: number, reason: string): void {
    if (this.#phase !== 'looking') return
    this.#phase = 'leaving'
    this.#options.gone()
    this.#socket.close?.(code, reason)
    this.#terminating = this.#clock.setTimeout(() => this.#socket.terminate?.(), leaveWithin)
    unref(this.#terminating)
  }

  #left(): void {
    if (this.#terminating !== null) this.#clock.clearTimeout(this.#terminating)
    if (this.#phase === 'looking') this.#options.gone()
    this.#phase = 'gone'
  }

  /** Whether it may say so much more. */
  #count(size: number): boolean {
    if (this.#phase !== 'looking') return false
    if (this.#messages.take(1) && this.#bytes.take(size)) return true
    this.cutOff(closeCodes.policy, 'This viewer says more than anybody can answer.')
    return false
  }

  #hear(data: unknown, isBinary: boolean): void {
    const size = sizeOf(data)
    if (size > viewerLimits.message)
      this.cutOff(closeCodes.tooBig, `A message is longer than ${viewerLimits.message} bytes.`)
    if (!this.#count(size) || isBinary) return
    try {
      this.#options.heard(readJson(textOf(data), { values: viewerLimits.values }))
    } catch (error) {
      // What is no JSON may be meant for somebody else who listens.
      if (error instanceof RangeError) this.cutOff(closeCodes.policy, `A message can't be read: ${error.message}.`)
    }
  }
}

/** `ws` gives bytes, in one piece or in several, or a text. */
function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length
  if (Array.isArray(data)) return data.reduce<number>((sum, piece) => sum + sizeOf(piece), 0)
  if (typeof data !== 'object' || data === null || !('byteLength' in data)) return 0
  return typeof data.byteLength === 'number' ? data.byteLength : 0
}

const decoder = new TextDecoder()

function textOf(data: unknown): string {
  if (Array.isArray(data)) return data.map(textOf).join('')
  return ArrayBuffer.isView(data) || data instanceof ArrayBuffer ? decoder.decode(data) : String(data)
}
