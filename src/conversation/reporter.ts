import { messageOf, type TurnstateError } from '../errors.ts'
import type { Logger } from './options.ts'
import { reportRejection } from '../report-rejection.ts'

/** Reports errors that do not concern a turn. Never throws, whatever the logger does. */
export interface Reporter {
  readonly warn: (message: string, details?: unknown) => void
  readonly error: (message: string, details?: unknown) => void
  /** Reports an error by its own message. */
  readonly report: (error: TurnstateError) => void
}

/**
 * A reporter that writes to the app's logger. What the logger does not take goes to the console, with what the logger
 * threw, so that no report is lost.
 */
export function reporterFor(logger: Logger): Reporter {
  const known = reporters.get(logger)
  if (known) return known
  const made = reporterTo(logger)
  reporters.set(logger, made)
  return made
}

/** An app has few loggers, and may have many conversations. */
const reporters = new WeakMap<Logger, Reporter>()

function reporterTo(logger: Logger): Reporter {
  const write = (level: 'warn' | 'error', message: string, details: unknown) => {
    const failed = (cause: unknown) => writeToConsole(level, message, details, cause)
    try {
      reportRejection(logger[level](message, details), failed)
    } catch (cause) {
      failed(cause)
    }
  }
  return {
    warn: (message, details) => write('warn', message, details),
    error: (message, details) => write('error', message, details),
    report: (error) => write('error', error.message, error),
  }
}

function writeToConsole(level: 'warn' | 'error', message: string, details: unknown, cause: unknown): void {
  try {
    console[level](`${message} (The logger failed on this: ${messageOf(cause)})`, details)
  } catch {
    // Even the console failed, so the report is lost.
  }
}
