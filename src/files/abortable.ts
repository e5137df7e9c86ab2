import { TurnstateError } from '../errors.ts'

/** Runs asynchronous work until a signal aborts. Work that can't be stopped is no longer awaited then. */
export function abortable<T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work()
  return new Promise<T>((resolve, reject) => {
    const abort = () =>
      reject(
        new TurnstateError('aborted', `${what} was not read, because the signal aborted.`, { cause: signal.reason }),
      )
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    void work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
