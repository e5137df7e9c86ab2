// The logger, clock, time and ids of a conversation, from the options. The app's functions may throw or return nonsense; these
// wrappers never do, except for `newId`, which throws to the caller of the method that sends.
import { type Clock, systemClock } from '../clock.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import { reportRejection } from '../report-rejection.ts'
import type { ConversationOptions } from './options.ts'
import { type Reporter, reporterFor } from './reporter.ts'

export interface Environment {
  readonly reporter: Reporter
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** @throws TurnstateError `invalid-option` when `generateId` throws or gives no id */
  readonly newId: () => string
}

type Given = Pick<ConversationOptions, 'logger' | 'clock' | 'now' | 'generateId'>

export function environmentOf({ logger = console, clock, now, generateId }: Given): Environment {
  const reporter = reporterFor(logger)
  return {
    reporter,
    clock: clock === undefined ? systemClock : guardedClock(clock, reporter),
    now: now === undefined ? Date.now : guardedNow(now, reporter),
    newId: generateId === undefined ? randomId : guardedIds(generateId),
  }
}

const randomId = (): string => crypto.randomUUID()

/** The last moment that a `Date` can hold, in milliseconds since 1970. */
const lastMoment = 8.64e15

/** A fact needs a valid time. Where the app's clock gives none, the system's own is used. */
function guardedNow(now: () => unknown, reporter: Reporter): () => number {
  const reportOnce = once(reporter)
  return () => {
    try {
      const at = now()
      if (typeof at === 'number' && at >= 0 && at <= lastMoment) return at
      reportRejection(at, () => {})
      reportOnce('The option "now" did not return a time in milliseconds since 1970')
    } catch (cause) {
      reportOnce('The option "now" threw', cause)
    }
    return Date.now()
  }
}

function guardedIds(generateId: () => unknown): () => string {
  return () => {
    const id = idFrom(generateId)
    if (typeof id === 'string' && id !== '') return id
    reportRejection(id, () => {})
    throw new TurnstateError('invalid-option', 'generateId must return a text that is not empty.')
  }
}

function idFrom(generateId: () => unknown): unknown {
  try {
    return generateId()
  } catch (cause) {
    throw new TurnstateError('invalid-option', 'generateId threw. Nothing was done.', { cause, ...quoteOf(cause) })
  }
}

/** A clock that throws would stop the chart in the middle of a step: such a timer runs on wall time instead. */
function guardedClock(clock: Clock, reporter: Reporter): Clock {
  const reportOnce = once(reporter)
  const threw = (cause: unknown) => reportOnce('The option "clock" threw', cause)
  const onWallTime = new Set<unknown>()
  const setOnWallTime = (run: (...given: unknown[]) => void, ms: number): unknown => {
    const timer: unknown = systemClock.setTimeout(() => {
      onWallTime.delete(timer)
      run()
    }, ms)
    onWallTime.add(timer)
    return timer
  }
  return {
    setTimeout: (run, ms) => {
      try {
        return clock.setTimeout(run, ms)
      } catch (cause) {
        threw(cause)
        return setOnWallTime(run, ms)
      }
    },
    clearTimeout: (timer: unknown) => {
      try {
        if (onWallTime.delete(timer)) systemClock.clearTimeout(timer)
        else clock.clearTimeout(timer)
      } catch (cause) {
        threw(cause)
      }
    },
  }
}

/** Reports the first failure only, because these functions run often. */
function once(reporter: Reporter): (what: string, cause?: unknown) => void {
  let report = (what: string, cause?: unknown) => {
    report = () => {}
    reporter.report(
      new TurnstateError('listener-failed', `${what}. The system's own is used instead. This is reported once.`, {
        cause,
        ...(cause === undefined ? {} : quoteOf(cause)),
      }),
    )
  }
  return (what, cause) => report(what, cause)
}
