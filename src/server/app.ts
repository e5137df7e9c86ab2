import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { TurnstateError } from '../errors.ts'
import { aguiRoutes } from './ag-ui/index.ts'
import { aiRoutes } from './ai-sdk/index.ts'
import { gatewayRoutes } from './gateway/index.ts'
import { answeredElsewhere, passingOn } from './passing-on.ts'
import { countStreams } from './count-streams.ts'
import { cutUnread } from './cut-connection.ts'
import { describedAgui, describedAi, describedGateway } from './describe-wires.ts'
import type { Principal, ServerEnv } from './context.ts'
import { Elsewhere } from './host.ts'
import { problemOf, toTurnstateError } from './problems.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { decisionRoutes } from './routes/decisions.ts'
import { factsRoutes, pageRoutes } from './routes/page.ts'
import { readingRoutes } from './routes/readings.ts'
import { publicRoutes, serviceRoutes } from './routes/service.ts'
import { transcriptRoutes } from './routes/transcripts.ts'
import { turnRoutes } from './routes/turns.ts'
import { contentGuard, originGuard, preflight, securityHeaders } from './security.ts'
import type { Services } from './services.ts'

/** The routes of a server, with everything that a request has to pass before. */
export function createApp(services: Services): Hono<ServerEnv> {
  const { options, metrics, rate, totalRate, closing } = services
  const { limits, authorize, logger, accessLog, now, page } = options
  const app = new Hono<ServerEnv>()
  app.use(async (context, next) => {
    const at = now()
    const since = performance.now()
    cutUnread(context, limits.stalledAfter)
    await next()
    // Who counts is the process that the request came to.
    if (context.env.admitted) return
    // Hono answers HEAD as GET and drops the body: a stream would stay open without a reader.
    if (context.req.raw.method === 'HEAD') await context.res.body?.cancel()
    const { status } = context.res
    metrics.count('requests_total', { status: String(status) })
    const principal = context.var.principal ? context.var.principal.id : null
    const { method, path } = context.req
    accessLog({ at, method, path, status, took: performance.now() - since, principal })
  })
  app.use(securityHeaders(options), preflight(options), originGuard(options))
  app.onError((thrown) => {
    if (thrown instanceof Elsewhere) return answeredElsewhere()
    const error = errorOf(thrown)
    // What the same request may overcome later is counted, not logged.
    if (problemOf(error).status >= 500 && !error.retryable) logger.error(`A request failed: ${error.code}`, thrown)
    return problemResponse(error)
  })
  app.notFound((context) => {
    const allowed = methodsAt(app, context.req.path)
    if (allowed.length === 0)
      throw new TurnstateError(
        'route-unknown',
        'There is nothing at this address. GET /openapi.json lists what there is.',
      )
    const allow = allowed.join(', ')
    return problemResponse(
      new TurnstateError('method-not-allowed', `This address takes ${allow} only. Nothing was done.`),
      { allow },
    )
  })
  app.route('/', publicRoutes(services))
  if (page) app.route('/', pageRoutes(services, page))
  app.use(async (context, next) => {
    const { admitted } = context.env
    if (admitted) {
      context.set('principal', admitted.principal)
      return next()
    }
    if (closing.aborted)
      throw new TurnstateError('server-closing', 'The server shuts down. Send it again elsewhere, or later.', {
        retryAfter: 1_000,
      })
    totalRate.take()
    const principal = await authorize(context.req.raw)
    if (!principal) throw new TurnstateError('not-authenticated', 'The server does not know who asks.')
    rate.take(principal.id)
    context.set('principal', principal)
    return next()
  })
  app.use(
    contentGuard,
    bodyLimit({
      maxSize: limits.body,
      onError: () => {
        throw new TurnstateError(
          'input-too-large',
          `A request may have at most ${limits.body} bytes. Nothing was done.`,
        )
      },
    }),
  )
  if (services.submit) app.use(passingOn(services.submit))
  const conversations = conversationRoutes(services)
    .route('/:id', turnRoutes(services))
    .route('/:id', decisionRoutes(services))
    .route('/:id', transcriptRoutes(services))
    .route('/:id', readingRoutes(services))
  app.route('/v1/conversations', conversations)
  if (page) app.route('/', factsRoutes(page))
  const { onDisconnect, gateway } = options
  const countTurn = ({ id }: Principal) => services.turns.begin(id)
  const aiOptions = { onDisconnect, countTurn, heartbeat: limits.heartbeat }
  app.use('/ai/*', countStreams(services)).route('/', describedAi()).route('/', aiRoutes(services.rooms, aiOptions))
  app
    .use('/agui', countStreams(services))
    .route('/', describedAgui())
    .route('/', aguiRoutes(services.rooms, { onDisconnect, countTurn }))
  if (gateway)
    app
      .use('/v1/messages', countStreams(services))
      .route('/', describedGateway())
      .route('/', gatewayRoutes({ rooms: services.rooms, onDisconnect, countTurn, ...gateway }))
  app.route(
    '/',
    serviceRoutes(services, () => app),
  )
  return app
}

function problemResponse(error: TurnstateError, headers: Readonly<Record<string, string>> = {}): Response {
  const problem = problemOf(error)
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(problem.retryAfter === undefined ? {} : { 'retry-after': String(problem.retryAfter) }),
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...headers,
    },
  })
}

/** The methods that a route takes at this address. */
const methodsAt = ({ router }: Hono<ServerEnv>, path: string): readonly string[] =>
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) =>
    router.match(method, path)[0].some(([[, route]]) => route.method === method),
  )

function errorOf(thrown: unknown): TurnstateError {
  if (thrown instanceof HTTPException)
    return new TurnstateError(
      thrown.status === 413 ? 'input-too-large' : 'request-malformed',
      'The request can not be read. Nothing was done.',
    )
  // Node says this of a request whose client went away before it had sent everything.
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNRESET' && thrown.message === 'aborted')
    return new TurnstateError('request-malformed', 'The request did not arrive whole. Nothing was done.')
  return toTurnstateError(thrown)
}
