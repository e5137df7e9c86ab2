// Turns whatever a source threw into a failure that can be stored. That may be an error of another copy or a later release of this
// package, or a value that throws when it is read.
import {
  errorConsequences,
  type ErrorDetails,
  type Failure,
  failureFrom,
  messageOf,
  TurnstateError,
} from '../errors.ts'
import { quoted } from '../foreign-text.ts'

/** Total: whatever was thrown has a code of ours, a sentence and plain details. */
export function failureOf(error: unknown): Failure {
  try {
    if (TurnstateError.is(error) && Object.hasOwn(errorConsequences, error.code))
      return { ...detailsOf(error.details), code: error.code, message: messageOf(error) }
  } catch {
    // Not even what it carries can be read.
  }
  return failureFrom('source-failed', error, 'The message source threw.')
}

/** Whether the same request may be made again: as the API says, else as the table of codes does. */
export const isRetryable = ({ code, shouldRetry }: Failure): boolean =>
  shouldRetry ?? errorConsequences[code] === 'retry'

/** Only what is plain: it is stored in facts. */
function detailsOf(details: ErrorDetails): ErrorDetails {
  const { status, requestId, retryAfter, shouldRetry, pointer, quote, factIndex, turnId } = details
  return {
    ...(isCount(status) ? { status } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    // No wait at all is no advice: the chart's own backoff counts then.
    ...(isCount(retryAfter) && retryAfter > 0 ? { retryAfter } : {}),
    ...(typeof shouldRetry === 'boolean' ? { shouldRetry } : {}),
    ...(typeof pointer === 'string' ? { pointer } : {}),
    ...(typeof quote === 'string' && quote !== '' ? { quote: quoted(quote) } : {}),
    ...(isCount(factIndex) ? { factIndex } : {}),
    ...(typeof turnId === 'string' ? { turnId } : {}),
  }
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
