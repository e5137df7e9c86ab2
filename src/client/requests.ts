import { TurnstateError } from '../errors.ts'
import { withoutSlashes } from '../without-slashes.ts'
import { answeredError, unreachable } from './read-wire.ts'
import { versionHeader, wireVersion } from './wire.ts'

/** Headers of every request, or a function that gives them anew for each: one that refreshes a token, say. */
export type RequestHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)

export interface RequestOptions {
  /** The address of the server, without `/v1`. */
  readonly url: string
  readonly headers: RequestHeaders
  readonly fetch: typeof fetch
}

interface Asked {
  readonly method?: string
  /** JSON. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Asks the server, at a path below `/v1/conversations`. */
export type Ask = (path: string, request: Asked) => Promise<Response>

/**
 * Makes requests of one server. They fail with `TurnstateError`: with the code of the server's problem, with
 * `wire-version-unsupported`, or with `server-unreachable` for everything else.
 */
export const createAsk =
  ({ url, headers, fetch }: RequestOptions): Ask =>
  async (path, { method = 'GET', body, headers: more, signal }) => {
    const address = `${withoutSlashes(url)}/v1/conversations${path}`
    const sent = async () =>
      fetch(address, {
        method,
        signal,
        cache: 'no-store',
        headers: {
          // A token that can't be had now may be had later.
          ...(typeof headers === 'function' ? await headers() : headers),
          ...more,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body ?? null,
      })
    const response = await sent().catch((cause: unknown) => {
      throw unreachable(`${url} cannot be reached.`, { cause })
    })
    checkVersion(response, url)
    if (response.ok) return response
    throw await answeredError(response)
  }

function checkVersion({ headers, status }: Response, url: string): void {
  const version = headers.get(versionHeader)
  if (version === String(wireVersion)) return
  // A proxy, or the page of a network that wants a login. The server itself may answer later.
  if (version === null)
    throw unreachable(
      `The answer ${status} of ${url} has no header ${versionHeader}: it is not from a turnstate server, or hides the header from pages of this origin.`,
    )
  throw new TurnstateError(
    'wire-version-unsupported',
    `The server speaks version ${version} of the wire, and this client version ${wireVersion}. ${
      Number(version) > wireVersion ? 'Update the client: in a browser, reload the page.' : 'Update the server.'
    }`,
  )
}
