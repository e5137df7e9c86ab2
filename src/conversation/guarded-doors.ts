import { quoteOf, TurnstateError } from '../errors.ts'

/** Calls a function. @throws TurnstateError its own, or `invalid-option` if reading an argument throws */
export function guarded<Result>(what: string, run: () => Result): Result {
  try {
    return run()
  } catch (cause) {
    if (TurnstateError.is(cause)) throw cause
    throw new TurnstateError(
      'invalid-option',
      `${what} can't read what it was given. Nothing was done. Give plain data.`,
      { cause, ...quoteOf(cause) },
    )
  }
}
