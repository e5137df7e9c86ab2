import { quoteOf, TurnstateError } from '../../errors.ts'

/** The error that reports what a function of the app threw. */
export const listenerError = (who: string, cause: unknown): TurnstateError =>
  new TurnstateError('listener-failed', `${who} threw. The conversation continues.`, { cause, ...quoteOf(cause) })
