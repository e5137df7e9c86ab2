import type { RawData, WebSocket } from 'ws'
import { type Clock, systemClock, unref } from '../../clock.ts'
import type { TaskQueue } from './task-queue.ts'

/** Maximum bytes of a message. Senders send less at once. */
export const messageLimit = 2 * 1024 * 1024

/** Bytes that may wait for a peer. While more wait, nothing is sent to it and nothing is read from it. */
const peerBuffer = 1024 * 1024

/** Milliseconds that a peer has to close the connection after it was asked to. */
const leaveWithin = 1_000

/** Maximum bytes of a close reason, by the protocol. */
const reasonLimit = 123

/** Close codes of RFC 6455, 7.4.1: the peer violated a policy; something failed here. */
export const policyViolation = 1008
const internalError = 1011

export interface PeerOptions {
  /**
   * Reads a message and returns the work for it, in steps; other peers are served between them. If it or a step throws, only this
   * connection ends.
   */
  readonly take: (text: string) => readonly (() => void)[]
  /** Called once, after the last message. */
  readonly closed: () => void
  /** Called when sent data has left and there is room for more. */
  readonly drained?: () => void
  /** Called with a sentence when the peer exceeded a limit of the socket. */
  readonly objected?: (why: string) => void
  readonly tasks: TaskQueue
  readonly clock?: Clock
}

/**
 * One end of a socket. It processes one message at a time, when its turn comes, and does not read the socket until then. So a peer
 * that sends too much, or does not read the answers, blocks only itself.
 */
export class Peer {
  readonly #ws: WebSocket
  readonly #options: PeerOptions
  readonly #clock: Clock
  #said: RawData[] = []
  /** `closed`: the connection is closed, but its last messages are still to be processed. */
  #phase: 'open' | 'leaving' | 'closed' | 'ended' = 'open'
  #isTaking = false

  constructor(ws: WebSocket, options: PeerOptions) {
    this.#ws = ws
    this.#options = options
    this.#clock = options.clock ?? systemClock
    // On an error ws closes the connection itself, with a code of the protocol.
    ws.on('error', (error) => this.#fail(error))
    ws.on('message', (data) => this.#hear(data))
    // A peer that pings without reading gets no pongs.
    ws.on('ping', (data) => {
      if (this.isReady) ws.pong(data)
    })
    ws.on('close', () => {
      if (this.#phase === 'open' && this.#isTaking) this.#phase = 'closed'
      else this.#end()
    })
  }

  /** Whether the peer has received nearly all that was sent. */
  get isReady(): boolean {
    return this.#ws.readyState === this.#ws.OPEN && this.#ws.bufferedAmount < peerBuffer
  }

  /** Sends a message. One that can't be JSON ends the connection. */
  send(message: object): void {
    try {
      this.sendText(JSON.stringify(message))
    } catch {
      this.leave('A message could not be sent.', internalError)
    }
  }

  /** Sends a message that is JSON already. Does nothing once the connection is closed. */
  sendText(json: string): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(json, () => this.#drained())
  }

  /** Closes the connection with a reason. */
  leave(why: string, code = policyViolation): void {
    if (this.#phase !== 'open') return
    this.#phase = 'leaving'
    this.#ws.close(code, cut(why))
    // Further messages are read and dropped, so that the peer's close frame is seen.
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
    this.#options.tasks.add(() => this.#takeNext(0))
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

  /** Runs the steps of a message from `at` on, then takes the message with the index `next`. */
  #do(steps: readonly (() => void)[], at: number, next: number): void {
    const step = this.#phase === 'open' || this.#phase === 'closed' ? steps[at] : undefined
    if (step) this.#guarded(step)
    this.#options.tasks.add(() => (step ? this.#do(steps, at + 1, next) : this.#takeNext(next)))
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch {
      this.leave('Internal error of the inspector.', internalError)
    }
  }

  #end(): void {
    this.#phase = 'ended'
    this.#options.closed()
  }

  /** Resumes reading if the peer itself reads. */
  #drained(): void {
    if (this.#phase !== 'open' || !this.isReady) return
    if (!this.#isTaking) this.#ws.resume()
    this.#options.drained?.()
  }
}

/** Cuts a reason to what a close frame has room for. */
function cut(why: string): string {
  let text = why
  while (Buffer.byteLength(text) > reasonLimit) text = `${text.slice(0, -2)}…`.replace(/……$/, '…')
  return text
}

/** A message of a socket as text. */
function frameText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8')
}
