import type { Clock } from '../clock.ts'
import { createEventParser, type EventHandlers } from './event-parser.ts'
import { unreachable } from './read-wire.ts'

export interface EventReader extends EventHandlers {
  readonly clock: Clock
  /** Milliseconds without a byte, heartbeats included, after which the connection is taken for dead. */
  readonly idleTimeout: number
  /** Ends the reading. */
  readonly signal: AbortSignal
}

/**
 * Reads server-sent events until the stream ends. An event that is cut is not delivered.
 *
 * @throws TurnstateError `server-unreachable` when the connection is lost or silent; what `onEvent` throws
 */
export async function readEvents(
  response: Response,
  { clock, idleTimeout, signal, ...on }: EventReader,
): Promise<void> {
  const decoder = new TextDecoder()
  const parse = createEventParser(on)
  const reader = response.body?.getReader()
  const cancel = () => void reader?.cancel().catch(() => {})
  let isSilent = false
  signal.addEventListener('abort', cancel)
  try {
    for (;;) {
      const timer = clock.setTimeout(() => {
        isSilent = true
        cancel()
      }, idleTimeout)
      const next = await reader?.read().catch((cause: unknown) => {
        if (signal.aborted || isSilent) return undefined
        throw unreachable('The connection to the server was lost.', { cause })
      })
      clock.clearTimeout(timer)
      if (isSilent) throw unreachable(`The server has sent nothing for ${idleTimeout} ms.`)
      if (!next || next.done || signal.aborted) return
      parse(decoder.decode(next.value, { stream: true }))
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}
