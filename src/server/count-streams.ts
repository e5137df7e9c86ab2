import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from './context.ts'
import type { Services } from './services.ts'
import { cutConnection } from './cut-connection.ts'
import { piecesOf, StallWatch } from './streams/stall-watch.ts'

/** Counts the streams of other wires like those of our own. A request beyond the limit is answered before it does anything. */
export const countStreams =
  ({ streams, options }: Pick<Services, 'streams' | 'options'>): MiddlewareHandler<ServerEnv> =>
  async (context, next) => {
    const end = streams.begin(context.var.principal.id)
    try {
      await next()
    } catch (error) {
      end()
      throw error
    }
    const { res } = context
    if (!res.body || !(res.headers.get('content-type') ?? '').startsWith('text/event-stream')) return end()
    context.res = new Response(
      untilEnd(res.body, end, options.limits.stalledAfter, () => cutConnection(context)),
      res,
    )
  }

/** The same stream. Calls `ended` when it has ended, or nobody reads it any more, and `cut` before that when its reader is stalled. */
function untilEnd(
  body: ReadableStream<Uint8Array>,
  ended: () => void,
  stalledAfter: number,
  cut: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let pieces: Uint8Array[] = []
  const stall = new StallWatch(stalledAfter, () => {
    ended()
    // Whatever writes it learns that nobody reads it.
    reader.cancel().catch(() => {})
    cut()
  })
  const end = () => {
    stall.end()
    ended()
  }
  return new ReadableStream(
    {
      async pull(controller) {
        stall.asked()
        try {
          while (pieces.length === 0) {
            const { done, value } = await reader.read()
            if (done) {
              end()
              return controller.close()
            }
            pieces = [...piecesOf(value)]
          }
          const piece = pieces.shift()
          if (!piece) return
          controller.enqueue(piece)
          stall.given()
        } catch (error) {
          end()
          controller.error(error)
        }
      },
      async cancel(reason) {
        end()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
