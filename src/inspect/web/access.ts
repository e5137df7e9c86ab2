// Who may use an inspector: programs of this machine that address it as loopback and know a token. Pages of other sites can reach
// loopback too, also under a name of their own that resolves to it (DNS rebinding). Their requests are recognised by the headers
// `Host`, which has that name, and `Origin`.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const names = ['127.0.0.1', 'localhost', '[::1]']

export const makeToken = (): string => randomBytes(24).toString('base64url')

/** The tokens in the addresses of an inspector. */
export interface Tokens {
  /** Allows looking, and processes to connect. */
  readonly look: string
  /** Also allows sending commands; `null` without control. */
  readonly control: string | null
}

export interface Access {
  /** The token of the request: one of the two. */
  readonly token: string
  readonly mayControl: boolean
  /** The path after the token; `null` if not even a slash follows. */
  readonly path: string | null
  readonly query: URLSearchParams
}

/** What a request may do, or a sentence why it is refused. */
export function checkAccess(
  { headers, url = '/' }: Pick<IncomingMessage, 'headers' | 'url'>,
  { port, tokens }: { readonly port: number; readonly tokens: Tokens },
): { readonly refused: string } | Access {
  // As clients write them: without the port if it is 80.
  const hosts = names.map((name) => new URL(`http://${name}:${port}`).host)
  if (!hosts.includes(headers.host ?? ''))
    return { refused: 'This inspector is only for this machine. Use the address 127.0.0.1 or localhost.' }
  const { origin } = headers
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
    return { refused: 'Pages of other sites may not use an inspector.' }
  const address = URL.canParse(url, 'http://inspector') ? new URL(url, 'http://inspector') : null
  const [, given = '', ...rest] = (address?.pathname ?? '').split('/')
  const mayControl = tokens.control !== null && isSame(given, tokens.control)
  if (!address || (!mayControl && !isSame(given, tokens.look)))
    return {
      refused:
        'The token in the address is missing or wrong. Open the address that the inspector printed; after a restart it is a new one.',
    }
  return {
    token: given,
    mayControl,
    path: rest.length === 0 ? null : rest.join('/'),
    query: address.searchParams,
  }
}

/** Compares in constant time. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
