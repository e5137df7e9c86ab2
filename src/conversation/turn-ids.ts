import { TurnstateError } from '../errors.ts'

/** The most characters of an id that an app gives a turn. */
const longestTurnId = 256

/** The option `turnId`. @throws TurnstateError `invalid-option` for what is no text of 1 to 256 characters */
export function readTurnId(options: unknown): string | undefined {
  const turnId: unknown =
    typeof options === 'object' && options !== null && 'turnId' in options ? options.turnId : undefined
  if (turnId === undefined || (typeof turnId === 'string' && turnId.length > 0 && turnId.length <= longestTurnId))
    return turnId
  throw new TurnstateError(
    'invalid-option',
    `The option turnId must be a text of 1 to ${longestTurnId} characters. Nothing was sent.`,
  )
}
