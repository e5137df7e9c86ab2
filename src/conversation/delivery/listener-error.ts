import { quoteOf, TurnstateError } from '../../errors.ts'

/** What a function of the app's threw, as it is reported. */
export const listenerError = (who: string, cause: unknown): TurnstateError =>
  new TurnstateError('listener-failed', `${who} threw. The conversation goes on.`, { cause, ...quoteOf(cause) })
