// Errors as RFC 9457 has them: one status for each code.
import type { Problem } from '../client/wire.ts'
import { sentenceFor, TurnstateError } from '../errors.ts'
import type { TurnstateErrorCode } from '../error-codes.ts'

/** The status of codes that are not the server's own fault. Every other code is 500. */
const statuses: Partial<Readonly<Record<TurnstateErrorCode, number>>> = {
  'request-malformed': 400,
  'invalid-option': 400,
  'reserved-field': 400,
  'message-empty': 422,
  'message-invalid': 422,
  'block-unknown': 422,
  'metadata-invalid': 422,
  'file-type-unsupported': 422,
  'file-unreadable': 422,
  'file-empty': 422,
  'policy-invalid': 422,
  'fallback-same-model': 422,
  'model-invalid': 422,
  'budget-invalid': 422,
  'tool-result-invalid': 422,
  'input-refused-before': 422,
  'idempotency-mismatch': 422,
  'import-invalid': 422,
  'not-authenticated': 401,
  'request-forbidden': 403,
  'conversation-unknown': 404,
  'route-unknown': 404,
  'turn-unknown': 404,
  'call-unknown': 404,
  'item-unknown': 404,
  'method-not-allowed': 405,
  'conversation-busy': 409,
  'conversation-exists': 409,
  'conversation-closed': 409,
  'conversation-lost': 409,
  'turn-exists': 409,
  'turn-quarantined': 409,
  'turn-withdrawn': 409,
  'turn-not-kept': 409,
  'call-settled': 409,
  'approval-decided': 409,
  'no-refusal': 409,
  'no-rejection': 409,
  'nothing-to-retry': 409,
  'nothing-to-compact': 409,
  'input-too-large': 413,
  'file-too-large': 413,
  'content-type-unsupported': 415,
  'limit-exceeded': 429,
  'not-available': 501,
  'server-overloaded': 503,
  'server-closing': 503,
  'store-unavailable': 503,
  'store-closed': 503,
  'journal-write-failed': 503,
  overloaded: 503,
}

/** The HTTP status of an error. */
const statusFor = (code: TurnstateErrorCode): number => statuses[code] ?? 500

/** Codes of errors about what a client sent. Their sentences quote nothing but the request; all others say what the code means. */
const isAboutRequest = (code: TurnstateErrorCode): boolean => statusFor(code) < 500

const known = new WeakMap<TurnstateError, Problem>()

/** An error as clients see it: without anything that another party wrote, for it may quote what was refused. The same object for the same error. */
export function problemOf(error: TurnstateError): Problem {
  const { code, message, details } = error
  const problem = known.get(error) ?? {
    type: `urn:turnstate:error:${code}`,
    title: sentenceFor({ code }),
    status: statusFor(code),
    detail: isAboutRequest(code) ? message : sentenceFor({ code, ...details }),
    code,
    ...(details.retryAfter === undefined ? {} : { retryAfter: Math.ceil(details.retryAfter / 1000) }),
    ...(details.changes === undefined ? {} : { changes: details.changes }),
  }
  known.set(error, problem)
  return problem
}

/** Any thrown value as an error that clients may see. What is no `TurnstateError` is a fault of ours or of the app. */
export const toTurnstateError = (thrown: unknown): TurnstateError =>
  TurnstateError.is(thrown)
    ? thrown
    : new TurnstateError('internal-error', 'The server has a fault. Its log says more.', { cause: thrown })

/** The table of codes and statuses, for the docs. */
export const problemStatuses: Readonly<Record<string, number>> = statuses
