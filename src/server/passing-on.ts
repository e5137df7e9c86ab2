// Requests that another process answers, because it has their conversation open.
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from './context.ts'
import { Elsewhere, type RunningHost } from './host.ts'

/** Stands where an answer of another process comes. */
export const answeredElsewhere = (): Response => new Response(null, { status: 503 })

/**
 * Passes on the requests whose conversation is elsewhere. A route enters the conversation before it does anything, so nothing was done
 * here by then.
 */
export const passingOn =
  (submit: NonNullable<RunningHost['submit']>): MiddlewareHandler<ServerEnv> =>
  async (context, next) => {
    // Passed on already: it is answered here.
    if (context.env.admitted) return next()
    const { raw } = context.req
    const { method, headers, signal } = raw
    const body = raw.body === null ? null : new Uint8Array(await raw.arrayBuffer())
    // The route reads it, and another process may have to.
    if (body) context.req.raw = new Request(raw.url, { method, headers, body, signal })
    await next()
    if (!(context.error instanceof Elsewhere)) return
    const response = await submit(context.error, { request: raw, principal: context.var.principal, body })
    // Hono would add the headers of the answer that it stands in for.
    context.res = undefined
    context.res = response
  }
