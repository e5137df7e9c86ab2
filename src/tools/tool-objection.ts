import { TurnstateError } from '../errors.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type ToolErrorCode = 'tool-invalid' | 'tool-name-invalid' | 'tool-duplicate' | 'tool-schema-invalid'

export type Objection = (code: ToolErrorCode, reason: string, cause?: unknown) => TurnstateError

/** Errors that say which tool they are about. */
export const objections =
  (index: number, name?: unknown): Objection =>
  (code, reason, cause) =>
    new TurnstateError(
      code,
      `Tool ${index}${typeof name === 'string' ? ` ("${name}")` : ''} can't be used: ${reason}`,
      cause === undefined ? {} : { cause },
    )
