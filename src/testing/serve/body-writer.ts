import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ScriptFaults } from '../script/script-faults.ts'

/** Characters that are collected before they are passed to the socket, so that thousands of deltas are a few writes. */
const batchBytes = 65_536

/** Writes a body to the socket: splits it into chunks, and cuts it off where a fault says so. */
export interface BodyWriter {
  /** Adds text. Returns false once the body is over, because a fault cut it off or the client disconnected. */
  readonly write: (text: string) => Promise<boolean>
  /** Passes all added text to the socket. */
  readonly flush: () => Promise<boolean>
  /** Ends the body regularly. */
  readonly end: () => Promise<void>
  /** Whether a fault has cut off the body. */
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
      // `fetch` joins chunks that arrive together, so each must reach the client before the next one is written.
      if (chunkBytes !== undefined) await nextTurn()
    }
  }

  /** A reset discards what the kernel has not sent, so the last bytes are flushed before it. */
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
