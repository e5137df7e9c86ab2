import type { RawData, WebSocket } from 'ws'
import { type Clock, systemClock, unref } from '../../clock.ts'
import { frameText } from './frame-text.ts'
import type { Slices } from './slices.ts'

/** Bytes of a message. What a sender sends at once is less, and it is read within some milliseconds. */
export const messageLimit = 2 * 1024 * 1024

/** Bytes that may wait for a peer. While more do, nothing is sent to it, and nothing that it says is read. */
const peerBuffer = 1024 * 1024

/** Milliseconds that a peer has to go, once it was told to. */
const leaveWithin = 1_000

/** Bytes of the reason of a close, by the protocol. */
const reasonLimit = 123

/** RFC 6455, 7.4.1: the peer broke a rule of ours; something went wrong here. */
export const policyViolation = 1008
const internalError = 1011

export interface PeerOptions {
  /**
   * Reads a message, and gives back what is to be done for it, in steps: other peers have their turn between them. What it, or a
   * step, throws ends the connection, and nothing else.
   */
  readonly take: (text: string) => readonly (() => void)[]
  /** Told once, after the last message. */
  readonly closed: () => void
  /** What was sent has left, so that there is room for more. */
  readonly drained?: () => void
  /** Told when it went over a limit of the socket's, in a sentence. */
  readonly objected?: (why: string) => void
  readonly slices: Slices
  readonly clock?: Clock
}

/**
 * One end of a socket. It takes a message at a time, when its turn comes; until then the socket is not read, so that a peer
 * which says much is held up itself, and so is one that does not read what it is answered.
 */
export class Peer {
  readonly #ws: WebSocket
  readonly #options: PeerOptions
  readonly #clock: Clock
  #said: RawData[] = []
  /** `closed`: it is gone, and the last that it said is still to be taken. */
  #phase: 'open' | 'leaving' | 'closed' | 'ended' = 'open'
  #isTaking = false

  constructor(ws: WebSocket, options: PeerOptions) {
    this.#ws = ws
    this.#options = options
    this.#clock = options.clock ?? systemClock
    // Ws closes the connection itself then, with a code of the protocol.
    ws.on('error', (error) => this.#fail(error))
    ws.on('message', (data) => this.#hear(data))
    // Whoever pings and does not read gets no pongs.
    ws.on('ping', (data) => {
      if (this.isReady) ws.pong(data)
    })
    ws.on('close', () => {
      if (this.#phase === 'open' && this.#isTaking) this.#phase = 'closed'
      else this.#end()
    })
  }

  /** It has taken nearly all of what it was sent. */
  get isReady(): boolean {
    return this.#ws.readyState === this.#ws.OPEN && this.#ws.bufferedAmount < peerBuffer
  }

  /** Sends a message. One that can't be told as JSON ends the connection. */
  send(message: object): void {
    try {
      this.sendText(JSON.stringify(message))
    } catch {
      this.leave('A message could not be sent.', internalError)
    }
  }

  /** Sends a message that is JSON already. To one that is gone nothing is sent. */
  sendText(json: string): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(json, () => this.#drained())
  }

  /** Ends the connection, and says why. */
  leave(why: string, code = policyViolation): void {
    if (this.#phase !== 'open') return
    this.#phase = 'leaving'
    this.#ws.close(code, cut(why))
    // What it says meanwhile is read and dropped, so that its own close is seen.
    this.#ws.resume()
    this.#terminateLate()
  }

  #fail(error: Error): void {
    if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      this.#options.objected?.(`a message is larger than ${messageLimit} bytes`)
    if (this.#phase === 'open') this.#phase = 'leaving'
    this.#terminateLate()
  }

  #terminateLate(): void {
    const late = this.#clock.setTimeout(() => this.#ws.terminate(), leaveWithin)
    unref(late)
    this.#ws.once('close', () => this.#clock.clearTimeout(late))
  }

  #hear(data: RawData): void {
    if (this.#phase !== 'open') return
    this.#said.push(data)
    if (this.#isTaking) return
    this.#isTaking = true
    this.#ws.pause()
    this.#options.slices.add(() => this.#takeNext(0))
  }

  #takeNext(index: number): void {
    const data = this.#said[index]
    if (this.#phase === 'leaving' || this.#phase === 'ended') {
      this.#said = []
      this.#isTaking = false
    } else if (data !== undefined) {
      let steps: readonly (() => void)[] = []
      this.#guarded(() => {
        steps = this.#options.take(frameText(data))
      })
      this.#do(steps, 0, index + 1)
    } else {
      this.#said = []
      this.#isTaking = false
      if (this.#phase === 'closed') this.#end()
      else this.#drained()
    }
  }

  /** Does the steps of a message from this one on, and then takes the message with that index. */
  #do(steps: readonly (() => void)[], at: number, next: number): void {
    const step = this.#phase === 'open' || this.#phase === 'closed' ? steps[at] : undefined
    if (step) this.#guarded(step)
    this.#options.slices.add(() => (step ? this.#do(steps, at + 1, next) : this.#takeNext(next)))
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch {
      this.leave('Something went wrong here.', internalError)
    }
  }

  #end(): void {
    this.#phase = 'ended'
    this.#options.closed()
  }

  /** Reads on, if the peer itself reads. */
  #drained(): void {
    if (this.#phase !== 'open' || !this.isReady) return
    if (!this.#isTaking) this.#ws.resume()
    this.#options.drained?.()
  }
}

/** As much of it as a close has room for. */
function cut(why: string): string {
  let text = why
  while (Buffer.byteLength(text) > reasonLimit) text = `${text.slice(0, -2)}…`.replace(/……$/, '…')
  return text
}
