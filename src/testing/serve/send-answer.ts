import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
// Real timers, unlike everywhere else in src/: the simulator is a server, and its delays are those of a network, not of a
// conversation. A delay ends with its exchange.
import { setTimeout as wait } from 'node:timers/promises'
import { createBodyWriter } from './body-writer.ts'
import type { StreamItem } from './faulty-stream.ts'
import type { RequestRecord } from '../api/recorded-request.ts'
import type { ScriptFaults } from '../script/script-faults.ts'

/** One request and the response to it. */
export interface Exchange {
  readonly response: ServerResponse
  readonly record: RequestRecord
  /** Aborted when the client hangs up and when the simulator closes. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Resolves after the time, or when the exchange ends. */
const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  if (milliseconds > 0) await wait(milliseconds, undefined, { signal }).catch(() => {})
}

const stall = async ({ record, signal }: Exchange): Promise<void> => {
  const gone = signal.aborted ? Promise.resolve() : once(signal, 'abort')
  record.settle('stalled')
  await gone
}

/** Sends status and headers, unless a fault or the client prevents it. Returns true if a body may follow. */
const sendHead = async (exchange: Exchange, answer: Answer, faults: ScriptFaults): Promise<boolean> => {
  const { response, record, signal } = exchange
  await pause(faults.headersDelay ?? 0, signal)
  if (signal.aborted) return false
  if (faults.resetBeforeHeaders === true) {
    response.socket?.resetAndDestroy()
    return false
  }
  if (faults.stallBeforeHeaders === true) {
    await stall(exchange)
    return false
  }
  response.writeHead(answer.status, answer.headers)
  response.flushHeaders()
  record.update({ status: answer.status })
  record.settle('answered')
  return true
}

/** Sends an answer in one piece. Returns false if a fault of bytes was beyond its end. */
export const sendWhole = async (
  exchange: Exchange,
  answer: Answer,
  body: string,
  faults: ScriptFaults = {},
): Promise<boolean> => {
  if (!(await sendHead(exchange, answer, faults))) return true
  const writer = createBodyWriter(exchange.response, faults, exchange.signal)
  await writer.write(body)
  await writer.end()
  return writer.broken() || exchange.signal.aborted || !hasByteFault(faults)
}

const hasByteFault = (faults: ScriptFaults): boolean =>
  faults.dropAtByte !== undefined || faults.resetAtByte !== undefined

/** Sends a stream. Returns false if a fault of bytes was beyond its end. */
export const sendStream = async (
  exchange: Exchange,
  answer: Answer,
  items: Iterable<StreamItem>,
  faults: ScriptFaults,
  delay: number,
): Promise<boolean> => {
  if (!(await sendHead(exchange, answer, faults))) return true
  const { record, response, signal } = exchange
  const writer = createBodyWriter(response, faults, signal)
  for (const item of items) {
    if (item.do === 'stall') {
      await writer.flush()
      if (!writer.broken()) await stall(exchange)
      return true
    }
    if (item.do === 'repeat') {
      while (!signal.aborted && (await writer.write(item.text)) && (await writer.flush()))
        await pause(item.every, signal)
      return true
    }
    if (item.do === 'end') break
    if (!(await writer.write(item.text))) break
    if (item.delta) record.update({ deltasSent: record.request.deltasSent + 1 })
    if (item.delta && delay > 0) {
      await writer.flush()
      await pause(delay, signal)
    }
  }
  await writer.end()
  return writer.broken() || signal.aborted || !hasByteFault(faults)
}
