// The AG-UI protocol: `POST /agui` for `HttpAgent` of @ag-ui/client, and for others that speak it.
import { Hono, type HonoRequest } from 'hono'
import { TurnstateError } from '../../errors.ts'
import type { Clock } from '../../clock.ts'
import type { Principal, Rooms, ServerEnv } from '../context.ts'
import { EventStream } from './event-stream.ts'
import { readRunInput, type RunInput } from './read-input.ts'
import { Run } from './run.ts'

/** The options of `aguiRoutes`. */
export interface AguiOptions {
  /** What happens to a turn whose client is gone: it continues, or it is stopped. `HttpAgent.abortRun()` is no more than going away. Default `continue`. */
  readonly onDisconnect?: 'continue' | 'stop'
  /** Milliseconds for which pieces of a text are gathered into one event; 0 sends each as it comes. Default 33. */
  readonly frame?: number
  /** Counts a turn that begins, and returns what counts it off. @throws TurnstateError where there are too many */
  readonly countTurn?: (principal: Principal) => () => void
  /** The clock of these waits. Default: wall time. */
  readonly clock?: Clock
}

/** `POST /agui`: a run of an AG-UI client. The thread is the conversation. */
export function aguiRoutes(rooms: Rooms, options: AguiOptions = {}): Hono<ServerEnv> {
  const { onDisconnect = 'continue', frame = 33, countTurn = () => () => {}, clock } = options
  return new Hono<ServerEnv>().post('/agui', async (c) => {
    const input = readRunInput(await readJson(c.req))
    const { principal } = c.var
    const guest = asksSomething(input)
      ? await rooms.enterOrCreate(input.threadId, principal)
      : await rooms.enter(input.threadId, principal)
    const { chat } = guest
    const stream = new EventStream({
      frame,
      ...(clock ? { clock } : {}),
      onEnd: (how) => {
        run.stop()
        if (how === 'gone' && onDisconnect === 'stop' && run.asked) void chat.stop()
        guest.leave()
      },
    })
    const run = new Run(chat, input, stream, () => countTurn(principal))
    run.start()
    return c.body(stream.body, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
  })
}

/** A client that only wants to see a conversation creates none. */
const asksSomething = ({ messages }: RunInput): boolean => messages.at(-1)?.role === 'user'

async function readJson(request: HonoRequest): Promise<unknown> {
  try {
    return await request.json()
  } catch (cause) {
    throw new TurnstateError('request-malformed', 'The body is no JSON.', { cause })
  }
}
