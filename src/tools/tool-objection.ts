import { TurnstateError } from '../errors.ts'

export type { Fields as JsonObject } from '../objects.ts'

type ToolErrorCode = 'tool-invalid' | 'tool-name-invalid' | 'tool-duplicate' | 'tool-schema-invalid'

export type Objection = (code: ToolErrorCode, reason: string, cause?: unknown) => TurnstateError

/** Returns a function that creates errors about one tool. */
export const objections =
  (index: number, name?: unknown): Objection =>
  (code, reason, cause) =>
    new TurnstateError(
      code,
      `Tool ${index}${typeof name === 'string' ? ` ("${name}")` : ''} can't be used: ${reason}`,
      cause === undefined ? {} : { cause },
    )
