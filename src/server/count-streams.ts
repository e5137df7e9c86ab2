import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from './context.ts'
import type { Services } from './services.ts'

/** Counts the streams of other wires like those of our own. A request beyond the limit is answered before it does anything. */
export const countStreams =
  ({ streams }: Pick<Services, 'streams'>): MiddlewareHandler<ServerEnv> =>
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
    context.res = new Response(untilEnd(res.body, end), res)
  }

/** The same stream. Calls the function when it has ended, or nobody reads it any more. */
function untilEnd(body: ReadableStream<Uint8Array>, ended: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          ended()
          controller.close()
        } catch (error) {
          ended()
          controller.error(error)
        }
      },
      async cancel(reason) {
        ended()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
