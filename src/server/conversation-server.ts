import { messageOf } from '../errors.ts'
import { createApp } from './app.ts'
import { Broadcasts } from './broadcasts.ts'
import type { Admission, ServerEnv } from './context.ts'
import { countConversation, countOutcome } from './count-conversation.ts'
import { eventLoopDelay } from './event-loop-delay.ts'
import { localHost } from './local-host.ts'
import { MadeOnce } from './made-once.ts'
import { measured } from './measured-store.ts'
import { Metrics } from './metrics.ts'
import { type ConversationServerOptions, readServerOptions } from './options.ts'
import { readers } from './readers.ts'
import { Concurrency, Rate, TotalRate } from './usage-limits.ts'

/** A server of conversations, on the standards of the web: whatever speaks `Request` and `Response` can run it. */
export interface ConversationServer {
  /**
   * Answers a request. Never rejects.
   *
   * @param bindings what `@hono/node-server` gives: the connection of a reader that is stalled can be ended then. Default: none.
   */
  readonly fetch: (request: Request, bindings?: Pick<ServerEnv['Bindings'], 'outgoing'>) => Promise<Response>
  /** Resolves once its host takes requests: at once, unless the option `host` names another one. @throws TurnstateError why it can't */
  ready(): Promise<void>
  /**
   * Shuts down: new requests are answered 503, turns in progress may end within `limits.shutdown`, those that go on longer are stopped,
   * and streams end with `resume`. Resolves when all conversations are released. The store stays open: close it afterwards.
   */
  close(): Promise<void>
  /** The metrics, in the text format of Prometheus. */
  metrics(): string
  /** Whether it answers everybody as the same principal, because it has no `authorize`. */
  readonly isOpenToAll: boolean
}

/**
 * Serves the conversations of a store over HTTP. `serve()` makes a Node server of it.
 *
 * @throws TurnstateError `invalid-option`
 */
export function conversationServer(given: ConversationServerOptions): ConversationServer {
  const metrics = new Metrics()
  const read = readServerOptions(given)
  const madeOnce = new MadeOnce(read.store)
  const options = { ...read, store: measured(madeOnce.store, metrics) }
  const { store, limits, optionsFor, logger, now } = options
  const closing = new AbortController()
  const report = (message: string, cause: unknown) => logger.error(message, messageOf(cause))
  const broadcasts = new Broadcasts({
    store,
    readers,
    feed: () => host.feed,
    mostBytes: limits.events,
    ended: (outcome) => countOutcome(outcome, metrics),
    failed: (cause) => report('A conversation could not be followed', cause),
    waitedFor: (broadcast) => host.takeUp(broadcast),
  })
  const host = (options.host ?? localHost()).start({
    store,
    optionsFor,
    limits,
    metrics,
    report,
    opened: (chat) => {
      broadcasts.live(chat)
      countConversation(chat, metrics)
    },
    closed: (id) => broadcasts.of(id)?.goStored(),
    answer: async (request, admitted: Admission) => app.fetch(request, { admitted }),
  })
  const { rooms, submit } = host
  const turns = new Concurrency('turns in progress', limits.turns, limits.allTurns)
  const streams = new Concurrency('streams', limits.streams, limits.allStreams)
  metrics.gauge('open_conversations', () => rooms.size)
  metrics.gauge('open_streams', () => streams.all)
  metrics.gauge('turns_in_progress', () => turns.all)
  metrics.gauge('queued_messages', () => rooms.queued)
  const delay = eventLoopDelay()
  if (delay) metrics.gauge('event_loop_delay_seconds', delay.read)
  const app = createApp({
    options,
    rooms,
    submit,
    broadcasts,
    madeOnce,
    turns,
    streams,
    rate: new Rate(limits.requests, now),
    totalRate: new TotalRate(limits.allRequests, now),
    metrics,
    closing: closing.signal,
  })
  let closed: Promise<void> | null = null
  const close = async () => {
    closing.abort()
    await host.close(limits.shutdown)
    broadcasts.close()
    delay?.end()
  }
  return {
    fetch: async (request, bindings) => app.fetch(request, bindings?.outgoing ? { outgoing: bindings.outgoing } : {}),
    ready: () => host.ready(),
    close: () => (closed ??= close()),
    metrics: () => metrics.text(),
    isOpenToAll: options.isOpenToAll,
  }
}
