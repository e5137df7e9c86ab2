// How the server itself is: for load balancers, monitoring and generators of clients.
import { type Context, Hono } from 'hono'
import { openAPIRouteHandler } from 'hono-openapi'
import { wireVersion } from '../../client/wire.ts'
import { TurnstateError } from '../../errors.ts'
import type { ServerEnv } from '../context.ts'
import type { Metrics } from '../metrics.ts'
import type { Services } from '../services.ts'

/** What everybody may ask. */
export function publicRoutes({ options, metrics, closing }: Services): Hono<ServerEnv> {
  const routes = new Hono<ServerEnv>()
  // Whoever asks meanwhile gets the same answer: strangers can't keep the store busy.
  let asked: Promise<unknown> | null = null
  const storeAnswers = () => (asked ??= options.store.list({ limit: 1 }).finally(() => (asked = null)))
  if (options.metrics === 'public') routes.get('/metrics', (context) => metricsResponse(metrics, context))
  return routes
    .get('/healthz', (context) => context.json({ status: 'ok' }))
    .get('/readyz', async (context) => {
      if (closing.aborted) throw new TurnstateError('server-closing', 'The server shuts down.')
      await storeAnswers()
      return context.json({ status: 'ready' })
    })
}

const metricsResponse = (metrics: Metrics, context: Context<ServerEnv>): Response =>
  context.body(metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })

/** What only principals may ask. */
export function serviceRoutes({ options, metrics }: Services, described: () => Hono<ServerEnv>): Hono<ServerEnv> {
  return new Hono<ServerEnv>()
    .get('/metrics', (context) => {
      if (options.metrics === 'public' || options.metrics(context.var.principal))
        return metricsResponse(metrics, context)
      throw new TurnstateError(
        'request-forbidden',
        'Metrics count what all users do. The option `metrics` of the server says who may read them.',
      )
    })
    .get('/openapi.json', (context, next) =>
      openAPIRouteHandler(described(), {
        documentation: {
          openapi: '3.1.0',
          info: {
            title: 'turnstate',
            version: String(wireVersion),
            description: 'Conversations with Claude over HTTP. Refused content is never sent again.',
          },
          servers: [{ url: '/' }],
        },
      })(context, next),
    )
}
