// Claude's own API: `POST /v1/messages` for clients that only know that.
import { Hono, type Context } from 'hono'
import { TurnstateError } from '../../errors.ts'
import { isRecord } from '../../objects.ts'
import type { Clock } from '../../clock.ts'
import type { Principal, Rooms, ServerEnv } from '../context.ts'
import { apiErrorOf, errorResponse, threadsUnsupported } from './api-errors.ts'
import { exchange } from './exchange.ts'
import { passThrough, type Upstream } from './pass-through.ts'
import { askedIn } from './place.ts'
import { conversationIn, readRequest } from './read-request.ts'
import { replyStream } from './reply-stream.ts'

export type { Upstream } from './pass-through.ts'

/** The header that names a conversation. */
export const conversationHeader = 'turnstate-conversation'

/** The options of `gatewayRoutes`. */
export interface GatewayOptions {
  readonly rooms: Rooms
  /** Where requests go that name no conversation. Default: nowhere, they are answered 404. */
  readonly upstream?: Upstream
  /** The models that clients of conversations may name. Default: any. */
  readonly models?: readonly string[]
  /** What happens to a turn whose client is gone. Default `continue`: the same request, sent again, gets its reply. */
  readonly onDisconnect?: 'continue' | 'stop'
  /** Counts a turn that begins, and returns what counts it off. @throws TurnstateError where there are too many */
  readonly countTurn?: (principal: Principal) => () => void
  /** The clock of the pings. Default: wall time. */
  readonly clock?: Clock
}

/**
 * `POST /v1/messages`, as the Messages API has it. Requests that name a conversation, in the header `turnstate-conversation` or in
 * `metadata.turnstate_conversation`, are asked in it; all others, and what else the API has below `/v1/messages` and `/v1/models`, are
 * passed on.
 */
export function gatewayRoutes(options: GatewayOptions): Hono<ServerEnv> {
  const pass = async (c: Context<ServerEnv>, body: string | null): Promise<Response> => {
    if (!options.upstream)
      return errorResponse(
        new TurnstateError(
          'route-unknown',
          `Name a conversation in the header ${conversationHeader}: this server passes nothing on.`,
        ),
        false,
      )
    try {
      return await passThrough(c.req.raw, options.upstream, body)
    } catch (error) {
      return errorResponse(error, true)
    }
  }
  const passOther = async (c: Context<ServerEnv>) => pass(c, c.req.method === 'GET' ? null : await c.req.text())
  return new Hono<ServerEnv>()
    .post('/v1/messages', async (c) => {
      const text = await c.req.text()
      const body = parsed(text)
      const id = c.req.header(conversationHeader) ?? conversationIn(body)
      return id === null ? pass(c, text) : inConversation(options, c, id, body)
    })
    .on(['GET', 'POST', 'DELETE'], ['/v1/messages/*', '/v1/models', '/v1/models/*'], passOther)
}

/** The body; `undefined` where it is no JSON, which whoever answers it says. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function inConversation(
  { rooms, models, onDisconnect = 'continue', countTurn = () => () => {}, clock }: GatewayOptions,
  c: Context<ServerEnv>,
  id: string,
  body: unknown,
): Promise<Response> {
  if (isRecord(body) && isRecord(body['thread'])) return threadsUnsupported()
  const gone = new AbortController()
  try {
    const request = readRequest(body, c.req.header('anthropic-beta'))
    const asked = askedIn(request.messages)
    if (models && !models.includes(request.model))
      throw new TurnstateError('model-not-found', `model: ${request.model}`, { status: 404 })
    const history = asked.type === 'message' ? asked.history : []
    const guest = await rooms.enterOrCreate(id, c.var.principal, history)
    const { chat } = guest
    const isRetry = Number(c.req.header('x-stainless-retry-count') ?? 0) > 0
    const over = () => {
      if (gone.signal.aborted && onDisconnect === 'stop') void chat.stop()
      guest.leave()
    }
    const { reply } = await exchange(chat, {
      request,
      asked,
      isRetry,
      signal: gone.signal,
      countTurn: () => countTurn(c.var.principal),
    }).catch((error: unknown) => {
      over()
      throw error
    })
    const answer = reply.finally(over)
    const leave = () => gone.abort()
    if (request.stream) {
      const stream = replyStream(answer, (error) => apiErrorOf(error).body, {
        ...(clock ? { clock } : {}),
        gone: leave,
      })
      return c.body(stream, 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        [conversationHeader]: id,
      })
    }
    c.req.raw.signal.addEventListener('abort', leave, { once: true })
    return c.json(await answer, 200, { [conversationHeader]: id })
  } catch (error) {
    return errorResponse(error, isBefore(error))
  }
}

/** Whether nothing was asked, and the same request may succeed later. */
const isBefore = (error: unknown): boolean =>
  TurnstateError.is(error) &&
  ['conversation-busy', 'server-overloaded', 'limit-exceeded', 'store-unavailable'].includes(error.code)
