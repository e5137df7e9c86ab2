import type { Context } from 'hono'
import type { Broadcasts } from './broadcasts.ts'
import type { Guest, ServerEnv } from './context.ts'
import type { MadeOnce } from './made-once.ts'
import type { Metrics } from './metrics.ts'
import type { ReadOptions } from './options.ts'
import type { HostedRooms, RunningHost } from './host.ts'
import type { Concurrency, Rate, TotalRate } from './usage-limits.ts'

/** What the routes of one server share. */
export interface Services {
  readonly options: ReadOptions
  readonly rooms: HostedRooms
  /** Answers requests in the process that has the conversation; `null` where that is this one. */
  readonly submit: RunningHost['submit']
  readonly broadcasts: Broadcasts
  readonly madeOnce: MadeOnce
  readonly turns: Concurrency
  readonly streams: Concurrency
  readonly rate: Rate
  readonly totalRate: TotalRate
  readonly metrics: Metrics
  /** Aborts when the server begins to shut down: it takes no more requests. */
  readonly closing: AbortSignal
}

/** Does something in the conversation that the path names, and leaves it. @throws TurnstateError as `Rooms.enter()` and the work */
export async function inConversation<Result>(
  { rooms }: Pick<Services, 'rooms'>,
  context: Context<ServerEnv>,
  work: (guest: Guest) => Result | Promise<Result>,
): Promise<Result> {
  const guest = await rooms.enter(context.req.param('id') ?? '', context.var.principal)
  try {
    return await work(guest)
  } finally {
    guest.leave()
  }
}
