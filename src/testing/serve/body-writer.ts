import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ScriptFaults } from '../script/script-faults.ts'

/** Bytes gathered before they are handed to the socket: thousands of deltas must not be thousands of writes. */
const batchBytes = 65_536

/** The way to the socket: cuts the body into chunks and breaks it off where a fault says so. */
export interface BodyWriter {
  /** Takes text in. False once the body is over: broken off by a fault, or nobody is listening any more. */
  readonly write: (text: string) => Promise<boolean>
  /** Hands everything taken in to the socket. */
  readonly flush: () => Promise<boolean>
  /** Ends the body as HTTP wants it. */
  readonly end: () => Promise<void>
  /** Whether a fault of bytes has struck. */
  readonly broken: () => boolean
}

export const createBodyWriter = (response: ServerResponse, faults: ScriptFaults, signal: AbortSignal): BodyWriter => {
  const chunkBytes = faults.splitEveryByte === true ? 1 : faults.chunkBytes
  const cutAt = Math.min(faults.dropAtByte ?? Infinity, faults.resetAtByte ?? Infinity)
  const reset = faults.resetAtByte === cutAt
  let taken: string[] = []
  let takenLength = 0
  let sent = 0
  let broken = false
  const isOver = (): boolean => broken || signal.aborted || response.destroyed

  const put = async (bytes: Buffer): Promise<void> => {
    const size = chunkBytes ?? Math.max(1, bytes.length)
    for (let at = 0; at < bytes.length && !isOver(); at += size) {
      if (!response.write(bytes.subarray(at, at + size))) await once(response, 'drain', { signal }).catch(() => {})
      // `fetch` joins chunks that it finds waiting: each has to reach the client before the next one is written.
      if (chunkBytes !== undefined) await nextTurn()
    }
  }

  /** A reset may overtake what the kernel still holds, so the last bytes are written out before it. */
  const breakOff = async (): Promise<void> => {
    broken = true
    if (!reset) {
      response.end()
      return
    }
    await new Promise<void>((resolve) => response.write('', () => resolve()))
    response.socket?.resetAndDestroy()
  }

  const flush = async (): Promise<boolean> => {
    if (isOver()) return false
    const bytes = Buffer.from(taken.join(''))
    taken = []
    takenLength = 0
    const room = cutAt - sent
    await put(bytes.length < room ? bytes : bytes.subarray(0, room))
    sent += bytes.length
    if (bytes.length >= room && !isOver()) await breakOff()
    return !isOver()
  }

  return {
    write: async (text) => {
      taken.push(text)
      takenLength += text.length
      return takenLength < batchBytes ? !isOver() : flush()
    },
    flush,
    end: async () => {
      if ((await flush()) || (!broken && !response.destroyed)) response.end()
    },
    broken: () => broken,
  }
}
