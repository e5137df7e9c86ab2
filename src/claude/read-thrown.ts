// Reads the status, type, message and ids of an error: one thrown by the SDK or by the client of another cloud, or an error event.
import { messageOf } from '../errors.ts'
import { beginning } from '../foreign-text.ts'
import { requestIdOf } from './request-id.ts'
import { isObject } from '../objects.ts'

/** What identifies an error. Every field may be missing. */
interface Signs {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly errorCode: string | undefined
  readonly requestId: string | undefined
  /** The status that Bedrock's model answered with, inside a 424 or in the middle of a stream. Takes precedence over `status`. */
  readonly originalStatus: number | undefined
}

interface Thrown extends Signs {
  readonly message: string
  readonly headers: Headers | undefined
}

interface Said extends Signs {
  readonly message: string | undefined
}

/** Reads a thrown error. The SDK's errors hold the body in `error`; AWS's have a name, and their status in `$metadata`. */
export function readThrown(error: unknown): Thrown {
  const thrown = isObject(error) ? error : {}
  const said = readSaid(thrown['error'])
  const aws = isObject(thrown['$metadata']) ? thrown['$metadata'] : {}
  const headers = thrown['headers'] instanceof Headers ? thrown['headers'] : undefined
  return {
    status: number(thrown['status']) ?? number(aws['httpStatusCode']),
    originalStatus: said.originalStatus ?? number(thrown['originalStatusCode']),
    type:
      said.type ??
      text(thrown['type']) ??
      exceptionName(thrown['name']) ??
      headers?.get('x-amzn-errortype') ??
      undefined,
    message: said.message ?? text(thrown['originalMessage']) ?? messageOf(error),
    errorCode: said.errorCode,
    headers,
    requestId: requestIdOf(headers, thrown).requestId ?? said.requestId,
  }
}

/**
 * Reads an error in the form of data: `{ type: 'error', error: { type, message, details } }` of the API, `{ error: { message, code } }`
 * or `{ error: 'text' }` of gateways, `{ throttlingException: { message } }` of Bedrock.
 */
export function readSaid(said: unknown): Said {
  const body = isObject(said) ? said : {}
  const exception = exceptionKey(body)
  const inner = exception === undefined ? (body['error'] ?? body) : body[exception]
  const fields = isObject(inner) ? inner : {}
  const details = isObject(fields['details']) ? fields['details'] : {}
  const code = fields['code'] ?? fields['status'] ?? fields['status_code']
  return {
    status: number(code),
    originalStatus: number(fields['originalStatusCode']),
    type: typeOf(fields['type']) ?? exception ?? text(fields['__type']) ?? typeOf(code),
    message: text(fields['message']) ?? text(inner) ?? text(body['message']) ?? text(said),
    errorCode: text(details['error_code']),
    requestId: text(body['request_id']) ?? text(fields['request_id']),
  }
}

/** `type: 'error'` says only that the event is an error, so it is not a type of error. */
const typeOf = (type: unknown): string | undefined => (type === 'error' ? undefined : text(type))

/** An HTTP status. Gateways may write it as a string. */
function number(value: unknown): number | undefined {
  const read = typeof value === 'string' && /^[1-5]\d\d$/.test(value) ? Number(value) : value
  return typeof read === 'number' && Number.isInteger(read) && read >= 100 && read < 600 ? read : undefined
}

const exceptionName = (name: unknown): string | undefined =>
  typeof name === 'string' && name.endsWith('Exception') ? name : undefined

/** The key of an exception that Bedrock's clients yield in the place of a chunk: `throttlingException`, say. */
export const exceptionKey = (event: Readonly<Record<string, unknown>>): string | undefined =>
  Object.keys(event).find((key) => /^[a-z][A-Za-z]+Exception$/.test(key) && isObject(event[key]))

/** A non-empty text, cut to the length that is ever read. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? beginning(value) : undefined
