// Streams of events: of a conversation, and of one message.
import type { Context } from 'hono'
import { TurnstateError } from '../../errors.ts'
import { originOf, type View } from '../../journal/index.ts'
import type { Broadcast } from '../broadcasts.ts'
import type { ServerEnv } from '../context.ts'
import { cutConnection } from '../cut-connection.ts'
import { numberIn } from '../query.ts'
import { readers } from '../readers.ts'
import type { Services } from '../services.ts'
import { viewsOf } from '../streams/views.ts'
import type { Published } from '../streams/published.ts'
import { type Position, readEventId, toEventId } from '../streams/position.ts'
import { viewerBody } from '../streams/viewer-body.ts'
import type { Ended, Opening } from '../streams/viewer.ts'
import { outcomeIn, outcomesBetween } from '../streams/wire-notice.ts'

/** The usual frame, in milliseconds: two frames of a screen. */
const usualFrame = 33

/** The most bytes of padding that a client may ask for. */
const mostPadding = 16_384

interface StreamOptions {
  readonly services: Services
  readonly context: Context<ServerEnv>
  readonly broadcast: Broadcast
  readonly from: Position
  readonly opening: readonly Opening[]
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  /** What was admitted before. Default: it is admitted now. */
  readonly admitted?: Admitted
  /** Called once, when the stream has ended. */
  readonly ended?: (why: Ended) => void
}

/** A stream that may be opened. Counts among the open ones until `leave` is called. */
export interface Admitted {
  readonly frame: number
  readonly padding: number
  readonly leave: () => void
}

/**
 * Checks that a request may have a stream. A request that does something calls it before.
 *
 * @throws TurnstateError `request-malformed`, `limit-exceeded`, `server-overloaded`
 */
export function admitStream({ streams }: Pick<Services, 'streams'>, context: Context<ServerEnv>): Admitted {
  const frame = numberIn(context, 'frame', { usual: usualFrame, most: 1_000 })
  const padding = numberIn(context, 'padding', { usual: 0, most: mostPadding })
  return { frame, padding, leave: streams.begin(context.var.principal.id) }
}

/** A response with a stream of events. @throws TurnstateError as `admitStream` */
export function streamResponse(options: StreamOptions): Response {
  const { services, context, broadcast, from, opening, message, headers, ended } = options
  const { frame, padding, leave } = options.admitted ?? admitStream(services, context)
  const { heartbeat, stalledAfter } = services.options.limits
  const body = viewerBody({
    channel: broadcast.channel,
    from,
    opening,
    frame,
    padding,
    heartbeat,
    stalledAfter,
    cut: () => cutConnection(context),
    ...(message === undefined ? {} : { message }),
    ended: (why) => {
      leave()
      ended?.(why)
    },
  })
  return new Response(body, {
    headers: { ...streamHeaders, ...headers },
  })
}

/** `GET …/events`. */
export async function eventsResponse(services: Services, context: Context<ServerEnv>): Promise<Response> {
  const id = context.req.param('id') ?? ''
  const message = context.req.query('turn')
  await services.rooms.mustHave(id, context.var.principal)
  const last = readEventId(context.req.header('last-event-id') ?? context.req.query('lastEventId'))
  const broadcast = await services.broadcasts.join(id)
  try {
    const { channel } = broadcast
    const isHere = last !== null && channel.since(last) !== null
    if (message !== undefined) return await messageResponse({ services, context, broadcast, message, last })
    const missed = last && !isHere ? await missedOutcomes(services, broadcast, last) : []
    // Nothing waits from here on: what was missed and what follows meet.
    const opening = isHere
      ? missed
      : [...missed, { name: 'conversation', data: broadcast.current(), position: channel.position }]
    return streamResponse({
      services,
      context,
      broadcast,
      from: isHere ? last : channel.position,
      opening,
      ended: () => broadcast.leave(),
    })
  } catch (error) {
    broadcast.leave()
    throw error
  }
}

interface MessageStream {
  readonly services: Services
  readonly context: Context<ServerEnv>
  /** Joined already; left when the answer has ended. Not left when this throws. */
  readonly broadcast: Broadcast
  readonly message: string
  readonly last: Position | null
  readonly headers?: Readonly<Record<string, string>>
}

/** The stream of one message: what happens until its outcome, and the outcome if there is one already. 204 when that was seen. */
export async function messageResponse(given: MessageStream): Promise<Response> {
  const { services, context, broadcast, message, last, headers = {} } = given
  const { channel, id } = broadcast
  const entries = last ? channel.since(last) : null
  const kept = entries ?? channel.since(channel.start) ?? []
  if (!kept.some((entry) => entry.message === message && entry.isLast)) {
    const { past, now } = await viewsOf(services.options.store, id, last?.revision ?? 0)
    const outcome = outcomeIn(now, message, readers)
    if (!outcome && !isUnderWay(now, message))
      throw new TurnstateError('turn-unknown', 'The conversation has no such turn.')
    if (outcome) {
      broadcast.leave()
      const position = toEventId(channel.position)
      const text = `id: ${position}\nevent: ${outcome.name}\ndata: ${JSON.stringify(outcome.data)}\n\n`
      const missed = last ? missedBetween(past, now, last) : null
      const isSeen = missed !== null && !missed.some((each) => each.message === message)
      return isSeen
        ? new Response(null, { status: 204 })
        : new Response(text, { headers: { ...streamHeaders, ...headers } })
    }
  }
  return streamResponse({
    services,
    context,
    broadcast,
    from: entries && last ? last : channel.start,
    opening: [],
    message,
    headers,
    ended: () => broadcast.leave(),
  })
}

/** Whether the message waits or is being answered. */
const isUnderWay = (view: View, message: string): boolean =>
  view.queue.some(({ turnId }) => turnId === message) ||
  view.undecided !== null ||
  (view.open !== null && originOf(view, view.open.id) === message)

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/**
 * The outcomes that a viewer has not seen, as the facts say them, up to those that the broadcast has told of when this resolves.
 *
 * @throws TurnstateError `server-closing` where the broadcast ends before it has told of all that is stored
 */
async function missedOutcomes(
  { options }: Services,
  broadcast: Broadcast,
  last: Position,
): Promise<readonly Opening[]> {
  const { past, now } = await viewsOf(options.store, broadcast.id, last.revision)
  // What it says would be less than the viewer knows: it would be told the rest twice.
  if (!(await broadcast.reach(now.revision)))
    throw new TurnstateError('server-closing', 'The conversation is not shown here any more. Connect again.', {
      retryAfter: 1_000,
    })
  return missedBetween(past, broadcast.view, last).map(({ name, data }, index) => ({
    name,
    data,
    position: { ...last, outcomes: last.outcomes + index + 1, epoch: 'past', nth: 0 },
  }))
}

/** An id that is beyond the facts is one of a conversation that was deleted and begun anew, or an invented one. */
const missedBetween = (past: View, now: View, { revision, outcomes }: Position): readonly Published[] =>
  revision > now.revision ? [] : outcomesBetween(past, now, readers).slice(outcomes)
