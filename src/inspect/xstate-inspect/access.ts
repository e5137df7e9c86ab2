// Who may look through a server. Any web page can reach loopback, by an address or by a name of its own that it has resolve to
// this machine (DNS rebinding): its request carries that name as host, and where the page is from as origin. Programs that are no
// browsers send no origin.
import { TurnstateError } from '../../errors.ts'
import type { InspectRequest, ServerTarget } from './options.ts'

const loopback = ['127.0.0.1', 'localhost', '[::1]']

/** Who is let in besides those of this machine. */
export interface Access {
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
}

/** @throws TurnstateError `invalid-option` for what is no host, and no origin */
export function accessOf({ hosts = [], origins = [] }: ServerTarget): Access {
  for (const host of hosts)
    if (
      typeof host !== 'string' ||
      host === '' ||
      !URL.canParse(`http://${host}`) ||
      new URL(`http://${host}`).host !== host
    )
      throw new TurnstateError(
        'invalid-option',
        `A host stands in \`hosts\` as viewers send it: a name in lower case, with the port unless it is 80, as "tools.example:8443". ${JSON.stringify(host)} is none.`,
      )
  for (const origin of origins)
    if (typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new TurnstateError(
        'invalid-option',
        `An origin stands in \`origins\` as browsers send it, as "https://viewer.example": never "*", never "null". ${JSON.stringify(origin)} is none.`,
      )
  return { hosts: [...hosts], origins: [...origins] }
}

/** Why a viewer may not look, in a sentence; `null`: it may. Names are compared as they are, letter by letter. */
export function objectionToViewer(request: InspectRequest | undefined, { hosts, origins }: Access): string | null {
  if (!request) return 'Connect again: this viewer came before it could be asked who it is.'
  const { host, origin } = request.headers
  const port = request.socket?.localPort
  const own = port === undefined ? [] : loopback.map((name) => new URL(`http://${name}:${port}`).host)
  if (host === undefined || ![...own, ...hosts].includes(host))
    return 'This address is not known here. Name it in `hosts`.'
  if (origin === undefined) return null
  // A page of the server itself.
  const isOwn = own.some((name) => origin === `http://${name}` || origin === `https://${name}`)
  return isOwn || origins.includes(origin) ? null : 'Pages of other origins may not look. Name them in `origins`.'
}
