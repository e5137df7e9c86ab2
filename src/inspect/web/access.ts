// Who may talk to an inspector: this machine, by an address that it calls itself by, and whoever knows a token. A page of
// another site reaches loopback too, by a name of its own that it has resolve to this machine (DNS rebinding): its requests
// carry that name as host, and its own address as origin.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const names = ['127.0.0.1', 'localhost', '[::1]']

export const makeToken = (): string => randomBytes(24).toString('base64url')

/** What the addresses of an inspector hold. */
export interface Tokens {
  /** Lets look, and show conversations. */
  readonly look: string
  /** Lets send commands as well; `null` where nobody may. */
  readonly control: string | null
}

export interface Access {
  /** The token that was given, which is one of the two. */
  readonly token: string
  readonly mayControl: boolean
  /** What follows the token: `null` where not even a slash does. */
  readonly path: string | null
  readonly query: URLSearchParams
}

/** What a request may do, or why it is turned away, in a sentence. */
export function checkAccess(
  { headers, url = '/' }: Pick<IncomingMessage, 'headers' | 'url'>,
  { port, tokens }: { readonly port: number; readonly tokens: Tokens },
): { readonly refused: string } | Access {
  // As clients write them: without the port where it is that of HTTP.
  const hosts = names.map((name) => new URL(`http://${name}:${port}`).host)
  if (!hosts.includes(headers.host ?? ''))
    return { refused: 'This is an inspector of this machine. It answers to 127.0.0.1 and localhost only.' }
  const { origin } = headers
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
    return { refused: 'Pages of other sites may not talk to an inspector.' }
  const address = URL.canParse(url, 'http://inspector') ? new URL(url, 'http://inspector') : null
  const [, given = '', ...rest] = (address?.pathname ?? '').split('/')
  const mayControl = tokens.control !== null && isSame(given, tokens.control)
  if (!address || (!mayControl && !isSame(given, tokens.look)))
    return {
      refused:
        'The token in the address is missing, or is not one of this inspector: open the address that it printed. Started again, it has another one.',
    }
  return {
    token: given,
    mayControl,
    path: rest.length === 0 ? null : rest.join('/'),
    query: address.searchParams,
  }
}

/** Takes as long for a wrong token as for the right one. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
