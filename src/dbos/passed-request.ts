// Requests and answers as they are stored on their way from one process to another.
import * as v from 'valibot'

/** A request that another process has admitted. */
export interface StoredRequest {
  /** The conversation's own id. */
  readonly conversation: string
  readonly principal: string
  /** The turn that it opens. */
  readonly opens: string | null
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  /** Base64; `null`: it has none. */
  readonly body: string | null
}

/** The status line and the headers of an answer. */
export interface StoredHead {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
}

const headers = v.array(v.tuple([v.string(), v.string()]))
const requestSchema = v.object({
  conversation: v.string(),
  principal: v.string(),
  opens: v.nullable(v.string()),
  method: v.string(),
  url: v.string(),
  headers,
  body: v.nullable(v.string()),
})
const headSchema = v.object({ status: v.number(), headers })

/** Headers that are about one connection only. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'content-length',
])

export const writeHeaders = (given: Headers): readonly (readonly [string, string])[] =>
  [...given].filter(([name]) => !hopByHop.has(name.toLowerCase()))

export const readRequest = (text: string): StoredRequest => v.parse(requestSchema, JSON.parse(text))

export const readHead = (text: string): StoredHead => v.parse(headSchema, JSON.parse(text))

/** The request, as a route takes it. */
export const toRequest = ({ method, url, headers: given, body }: StoredRequest, signal: AbortSignal): Request =>
  new Request(url, {
    method,
    headers: given.map(([name, value]): [string, string] => [name, value]),
    signal,
    ...(body === null ? {} : { body: Buffer.from(body, 'base64') }),
  })
