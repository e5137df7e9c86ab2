import { TurnstateError } from '../../errors.ts'
import type { RecordedRequest, RequestRecord } from '../api/recorded-request.ts'

/** Requests that are kept; the oldest leave. */
export const mostRequests = 10_000

/** Bytes of bodies that are kept, in all; the oldest leave, and their requests stay. */
export const mostBodyBytes = 256 * 1024 * 1024

/** The newest requests, and the promises of those to come. */
export interface RequestLog {
  readonly requests: readonly RecordedRequest[]
  /** How many came, those that have left included. */
  readonly count: number
  readonly add: (record: RequestRecord) => void
  readonly waitFor: (n?: number) => Promise<RecordedRequest>
  /** Rejects what is still waited for. */
  readonly close: () => void
}

interface Waiter {
  readonly n: number
  readonly resolve: (request: RecordedRequest) => void
  readonly reject: (error: Error) => void
}

const hasLeft = (n: number): TurnstateError =>
  new TurnstateError(
    'not-available',
    `Request ${n} came, and is kept no more: the simulator keeps the newest ${mostRequests}. Look at it earlier.`,
  )

export const createRequestLog = (): RequestLog => {
  const requests: RecordedRequest[] = []
  let waiters: Waiter[] = []
  let closed = false
  let count = 0
  /** Those whose bodies are kept: from `withBody` on. */
  let records: RequestRecord[] = []
  let withBody = 0
  let bodyBytes = 0
  const tooLate = (n: number): TurnstateError =>
    new TurnstateError('script-unfinished', `The simulator closed after ${count} requests; request ${n} never came.`)

  const dropBodies = (): void => {
    while (bodyBytes > mostBodyBytes && withBody < records.length - 1) {
      const oldest = records[withBody++]
      bodyBytes -= oldest?.request.bytes ?? 0
      oldest?.dropBody()
    }
  }
  // In steps: to move all of them for each one would cost the length of the list.
  const dropRequests = (): void => {
    if (requests.length <= mostRequests * 1.25) return
    const gone = requests.splice(0, requests.length - mostRequests).length
    for (const { request } of records.slice(withBody, gone)) bodyBytes -= request.bytes
    records = records.slice(gone)
    withBody = Math.max(0, withBody - gone)
  }

  return {
    requests,
    get count() {
      return count
    },
    add: (record) => {
      const { request } = record
      requests.push(request)
      records.push(record)
      bodyBytes += request.bytes
      count++
      dropBodies()
      dropRequests()
      for (const waiter of waiters) if (waiter.n === count) waiter.resolve(request)
      waiters = waiters.filter(({ n }) => n > count)
    },
    waitFor: (n = 1) => {
      const request = requests[n - 1 - (count - requests.length)]
      if (request) return Promise.resolve(request)
      if (n <= count) return Promise.reject(hasLeft(n))
      if (closed) return Promise.reject(tooLate(n))
      return new Promise((resolve, reject) => waiters.push({ n, resolve, reject }))
    },
    close: () => {
      closed = true
      for (const { n, reject } of waiters) reject(tooLate(n))
      waiters = []
    },
  }
}
