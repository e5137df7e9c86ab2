// Decides which viewers may connect through a server. Any web page can reach loopback, by its address or by a name that resolves
// to this machine (DNS rebinding). Its request then has that name in `Host`, and the origin of the page in `Origin`. Programs
// other than browsers send no `Origin`.
import { TurnstateError } from '../../errors.ts'
import type { InspectRequest, ServerTarget } from './options.ts'

const loopback = ['127.0.0.1', 'localhost', '[::1]']

/** The hosts and origins that are accepted besides those of this machine. */
export interface Access {
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
}

/** @throws TurnstateError `invalid-option` for an invalid host or origin */
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
        `${JSON.stringify(host)} in \`hosts\` is not a host. Give it as viewers send it: a name in lower case, with the port unless that is 80, such as "tools.example:8443".`,
      )
  for (const origin of origins)
    if (typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new TurnstateError(
        'invalid-option',
        `${JSON.stringify(origin)} in \`origins\` is not an origin. Give it as browsers send it, such as "https://viewer.example"; "*" and "null" are not allowed.`,
      )
  return { hosts: [...hosts], origins: [...origins] }
}

/** Why a viewer may not connect, as a sentence; `null` if it may. Names are compared exactly. */
export function objectionToViewer(request: InspectRequest | undefined, { hosts, origins }: Access): string | null {
  if (!request) return 'Connect again: this viewer connected before its host and origin could be checked.'
  const { host, origin } = request.headers
  const port = request.socket?.localPort
  const own = port === undefined ? [] : loopback.map((name) => new URL(`http://${name}:${port}`).host)
  if (host === undefined || ![...own, ...hosts].includes(host)) return 'This host is not allowed. Add it to `hosts`.'
  if (origin === undefined) return null
  // A page that the server itself serves.
  const isOwn = own.some((name) => origin === `http://${name}` || origin === `https://${name}`)
  return isOwn || origins.includes(origin) ? null : 'Pages of this origin are not allowed. Add it to `origins`.'
}
