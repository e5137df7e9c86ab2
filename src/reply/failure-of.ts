// Converts anything that a source threw into a failure that can be stored. It may be an error of another copy or a later release
// of this package, or a value that throws when it is read.
import {
  errorConsequences,
  type ErrorDetails,
  type Failure,
  failureFrom,
  messageOf,
  TurnstateError,
} from '../errors.ts'
import { quoted } from '../foreign-text.ts'

/** The failure for a thrown value: a known code, a message and plain details. Never throws. */
export function failureOf(error: unknown): Failure {
  try {
    if (TurnstateError.is(error) && Object.hasOwn(errorConsequences, error.code))
      return { ...detailsOf(error.details), code: error.code, message: messageOf(error) }
  } catch {
    // Its fields can't be read.
  }
  return failureFrom('source-failed', error, 'The message source threw.')
}

/** Whether the request may be retried: as the API says (`shouldRetry`), else by the table of error consequences. */
export const isRetryable = ({ code, shouldRetry }: Failure): boolean =>
  shouldRetry ?? errorConsequences[code] === 'retry'

/** The details that are plain data, because facts store them. */
function detailsOf(details: ErrorDetails): ErrorDetails {
  const { status, requestId, retryAfter, shouldRetry, pointer, quote, factIndex, turnId } = details
  return {
    ...(isCount(status) ? { status } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    // Zero is ignored, so that the chart's own backoff applies.
    ...(isCount(retryAfter) && retryAfter > 0 ? { retryAfter } : {}),
    ...(typeof shouldRetry === 'boolean' ? { shouldRetry } : {}),
    ...(typeof pointer === 'string' ? { pointer } : {}),
    ...(typeof quote === 'string' && quote !== '' ? { quote: quoted(quote) } : {}),
    ...(isCount(factIndex) ? { factIndex } : {}),
    ...(typeof turnId === 'string' ? { turnId } : {}),
  }
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
