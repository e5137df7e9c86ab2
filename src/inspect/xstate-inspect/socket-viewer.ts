import { type Clock, systemClock, unref } from '../../clock.ts'
import { readJson } from '../../journal/index.ts'
import { Allowance } from './allowance.ts'
import type { Viewer } from './viewer.ts'
import type { InspectSocket } from './options.ts'

/** The limits of a viewer. Only a viewer that exceeds one is disconnected, with the reason. */
export const viewerLimits = {
  /** Messages and pings. People click a few times a second. */
  messages: { most: 200, perSecond: 50 },
  bytes: { most: 2 * 1_024 * 1_024, perSecond: 512 * 1_024 },
  /** Characters or bytes of one message. */
  message: 262_144,
  /** Objects, arrays and the items of both, in one message. */
  values: 20_000,
  /** Bytes that may wait for a viewer that does not read. */
  queue: 64 * 1_024 * 1_024,
} as const

/** Close codes of RFC 6455, 7.4.1, and its registry (1013): policy violation, message too big, try again later. */
export const closeCodes = { policy: 1_008, tooBig: 1_009, later: 1_013 } as const

/** Milliseconds that a viewer has to answer the close frame. */
const leaveWithin = 1_000

interface SocketViewerOptions {
  /** Called with each parsed message. */
  readonly heard: (message: unknown) => void
  /** Called once, when the viewer left or was disconnected. */
  readonly gone: () => void
  readonly clock?: Clock
}

/** A viewer on a socket of `ws`. */
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
    // ws itself answers it.
    socket.on('ping', (data) => this.#count(sizeOf(data)))
    socket.on('close', () => this.#left())
    // Without a listener, an invalid frame would end the process.
    socket.on('error', () => this.#left())
  }

  /** @throws Error if the viewer has left or does not read */
  post(message: unknown): void {
    if (this.#phase === 'looking' && (this.#socket.bufferedAmount ?? 0) > viewerLimits.queue)
      this.cutOff(closeCodes.later, 'This viewer does not read its messages.')
    if (this.#phase !== 'looking') throw new Error('The viewer has left.')
    this.#socket.send(String(message))
  }

  /**
   * Closes the connection with a reason of at most 123 bytes. What the viewer still sends is read and dropped: if it were left
   * unread, the viewer would see a broken connection instead of the reason.
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

  /** Counts a message of this size. Returns `false` if the viewer has left, or was disconnected because of it. */
  #count(size: number): boolean {
    if (this.#phase !== 'looking') return false
    if (this.#messages.take(1) && this.#bytes.take(size)) return true
    this.cutOff(closeCodes.policy, 'This viewer sends too much in too short a time.')
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
      // Anything but JSON may be meant for another listener of the socket.
      if (error instanceof RangeError) this.cutOff(closeCodes.policy, `A message can't be read: ${error.message}.`)
    }
  }
}

/** The size of data from `ws`: bytes, in one piece or several, or a text. */
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
