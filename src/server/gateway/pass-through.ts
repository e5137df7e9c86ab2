// Requests that name no conversation: passed on to the API as they are, and its answers back.
import { TurnstateError } from '../../errors.ts'
import { withoutSlashes } from '../../without-slashes.ts'

/** Where requests go that name no conversation. */
export interface Upstream {
  /** The address of the API. Default `https://api.anthropic.com`. */
  readonly baseURL?: string
  /** Sends the requests. Default: the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /**
   * Headers that are set in addition, or in place of the client's, or a function of the request that gives them. Where they have a key
   * (`authorization` or `x-api-key`), the client's own is not passed on: give one if clients show this server a token of its own there.
   */
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((request: Request) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
}

/** Headers that carry a key of the API. */
const keyHeaders = ['authorization', 'x-api-key']

/** Headers of a request that are for the API. All others stay here: cookies, what proxies have added, what names conversations. */
const isForApi = (name: string): boolean =>
  ['accept', 'content-type', 'user-agent', ...keyHeaders].includes(name) || /^(anthropic|x-stainless)-/.test(name)

/** Headers of an answer that are about one connection, about bytes that `fetch` has read already, or about the API's own pages. */
const isForClient = (name: string): boolean =>
  !/^(connection|keep-alive|transfer-encoding|content-encoding|content-length|upgrade|trailer|set-cookie|access-control-.*|strict-transport-security)$/.test(
    name,
  )

/** Passes a request on. @param body the body, if it was read @throws TurnstateError `connection-failed` */
export async function passThrough(request: Request, upstream: Upstream, body: string | null): Promise<Response> {
  const { baseURL = 'https://api.anthropic.com', fetch: send = fetch, headers: more = {} } = upstream
  const { pathname, search } = new URL(request.url)
  const headers = new Headers()
  for (const [name, value] of request.headers) if (isForApi(name)) headers.set(name, value)
  const own = new Headers(typeof more === 'function' ? await more(request) : more)
  if (keyHeaders.some((name) => own.has(name))) for (const name of keyHeaders) headers.delete(name)
  for (const [name, value] of own) headers.set(name, value)
  let answer: Response
  try {
    answer = await send(`${withoutSlashes(baseURL)}${pathname}${search}`, {
      method: request.method,
      headers,
      ...(body === null ? {} : { body }),
      signal: request.signal,
      redirect: 'manual',
    })
  } catch (cause) {
    throw new TurnstateError('connection-failed', "The API can't be reached.", { cause })
  }
  const answered = new Headers()
  for (const [name, value] of answer.headers) if (isForClient(name)) answered.set(name, value)
  return new Response(answer.body, { status: answer.status, headers: answered })
}
