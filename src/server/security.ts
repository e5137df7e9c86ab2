// What every request has to pass before a route sees it.
import type { MiddlewareHandler } from 'hono'
import { versionHeader, wireVersion } from '../client/wire.ts'
import { TurnstateError } from '../errors.ts'
import type { ServerEnv } from './context.ts'
import type { ReadOptions } from './options.ts'

const readMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

const headers: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  [versionHeader]: String(wireVersion),
}

/** What an answer that is no page may do. */
const nothing = "default-src 'none'; frame-ancestors 'none'"

/** Headers of every answer. Nothing is kept by caches but the files of a page. */
export function securityHeaders({ allowOrigins }: Pick<ReadOptions, 'allowOrigins'>): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    await next()
    const { res } = context
    for (const [name, value] of Object.entries(headers)) res.headers.set(name, value)
    res.headers.set('content-security-policy', context.var.contentPolicy ?? nothing)
    if (!res.headers.has('cache-control')) res.headers.set('cache-control', 'no-store')
    if (allowOrigins.size === 0) return
    res.headers.append('vary', 'Origin')
    const origin = context.req.header('origin')
    if (origin === undefined || !allowOrigins.has(origin)) return
    res.headers.set('access-control-allow-origin', origin)
    res.headers.set(
      'access-control-expose-headers',
      `${versionHeader}, turnstate-turn, location, retry-after, preference-applied`,
    )
    res.headers.set('cross-origin-resource-policy', 'cross-origin')
  }
}

/** Answers the question of a browser whether a page of another origin may ask. */
export function preflight({ allowOrigins }: Pick<ReadOptions, 'allowOrigins'>): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    if (context.req.method !== 'OPTIONS') return next()
    const origin = context.req.header('origin')
    if (origin === undefined || !allowOrigins.has(origin)) throw forbidden()
    return context.body(null, 204, {
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers':
        context.req.header('access-control-request-headers') ??
        'authorization, content-type, idempotency-key, last-event-id, prefer',
      'access-control-max-age': '600',
    })
  }
}

/**
 * Rejects what a page of another origin could make a browser send: a write with a foreign origin, and, where everybody is the same
 * principal, a request whose host is no name of this machine (DNS rebinding).
 */
export function originGuard({ allowOrigins, isOpenToAll }: ReadOptions): MiddlewareHandler<ServerEnv> {
  return async (context, next) => {
    const url = new URL(context.req.url)
    if (isOpenToAll && !isLoopback(url.hostname))
      throw new TurnstateError(
        'request-forbidden',
        'This server has no `authorize`, so it answers to localhost only. Use localhost or 127.0.0.1.',
      )
    if (!readMethods.has(context.req.method)) {
      const origin = context.req.header('origin')
      if (origin !== undefined && hostOf(origin) !== url.host && !allowOrigins.has(origin)) throw forbidden()
      if (origin === undefined && context.req.header('sec-fetch-site') === 'cross-site') throw forbidden()
    }
    return next()
  }
}

/** The host of an origin. The scheme may differ: a proxy that speaks TLS asks this server without it. */
const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)

const forbidden = () =>
  new TurnstateError(
    'request-forbidden',
    'A page of this origin may not write here. Name the origin in `allowOrigins` if it should. Nothing was done.',
  )

/** Whether a host name is this machine as it sees itself. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '[::1]' ||
  host === '::1' ||
  /^127\.\d+\.\d+\.\d+$/.test(host)

/** Takes JSON only, as it is: a form could be sent by a page of another origin, and a compressed body could be of any size. */
export const contentGuard: MiddlewareHandler<ServerEnv> = async (context, next) => {
  const { req } = context
  if (readMethods.has(req.method) || !hasBody(req.raw)) return next()
  const encoding = req.header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity')
    throw new TurnstateError('content-type-unsupported', 'The server takes no compressed bodies. Nothing was done.')
  const type = (req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json')
    throw new TurnstateError(
      'content-type-unsupported',
      'The server takes JSON: send the header `content-type: application/json`. Nothing was done.',
    )
  return next()
}

const hasBody = ({ headers: sent }: Request): boolean =>
  sent.has('transfer-encoding') || Number(sent.get('content-length') ?? 0) > 0 || sent.has('content-type')
