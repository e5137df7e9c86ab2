import { TurnstateError } from '../errors.ts'
import type { RecordedRequest } from './recorded-request.ts'

/** The requests so far, and the promises of those to come. */
export interface RequestLog {
  readonly requests: readonly RecordedRequest[]
  readonly add: (request: RecordedRequest) => void
  readonly waitFor: (n?: number) => Promise<RecordedRequest>
  /** Rejects what is still waited for. */
  readonly close: () => void
}

interface Waiter {
  readonly n: number
  readonly resolve: (request: RecordedRequest) => void
  readonly reject: (error: Error) => void
}

export const createRequestLog = (): RequestLog => {
  const requests: RecordedRequest[] = []
  let waiters: Waiter[] = []
  let closed = false
  const tooLate = (n: number): TurnstateError =>
    new TurnstateError(
      'script-unfinished',
      `The simulator closed after ${requests.length} requests; request ${n} never came.`,
    )
  return {
    requests,
    add: (request) => {
      requests.push(request)
      for (const waiter of waiters) if (waiter.n === requests.length) waiter.resolve(request)
      waiters = waiters.filter(({ n }) => n > requests.length)
    },
    waitFor: (n = 1) => {
      const request = requests[n - 1]
      if (request) return Promise.resolve(request)
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
