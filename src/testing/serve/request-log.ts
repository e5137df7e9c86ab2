import { TurnstateError } from '../../errors.ts'
import type { RecordedRequest, RequestRecord } from '../api/recorded-request.ts'

/** The number of requests that are kept; the oldest are dropped. */
export const mostRequests = 10_000

/** The size of all bodies that are kept, in bytes. The oldest are dropped; their requests stay. */
export const mostBodyBytes = 256 * 1024 * 1024

/** The newest requests, and promises of future ones. */
export interface RequestLog {
  readonly requests: readonly RecordedRequest[]
  /** The number of all requests, including those that were dropped. */
  readonly count: number
  readonly add: (record: RequestRecord) => void
  readonly waitFor: (n?: number) => Promise<RecordedRequest>
  /** Rejects the promises of requests that have not arrived. */
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
    `Request ${n} was dropped: the simulator keeps the newest ${mostRequests}. Read it earlier.`,
  )

export const createRequestLog = (): RequestLog => {
  const requests: RecordedRequest[] = []
  let waiters: Waiter[] = []
  let closed = false
  let count = 0
  /** All that are kept; those from `withBody` on still have their bodies. */
  let records: RequestRecord[] = []
  let withBody = 0
  let bodyBytes = 0
  const tooLate = (n: number): TurnstateError =>
    new TurnstateError(
      'script-unfinished',
      `The simulator closed after ${count} requests, before request ${n} arrived.`,
    )

  const dropBodies = (): void => {
    while (bodyBytes > mostBodyBytes && withBody < records.length - 1) {
      const oldest = records[withBody++]
      bodyBytes -= oldest?.request.bytes ?? 0
      oldest?.dropBody()
    }
  }
  // Many at once: removing the first element of a list costs as much as the list is long.
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
