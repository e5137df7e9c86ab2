// The stream of a viewer as the body of a response.
import { Viewer, type ViewerOptions } from './viewer.ts'

const encoder = new TextEncoder()
const viewers = new WeakMap<ReadableStream, Viewer>()

/** A stream of server-sent events, as the body of a response. */
export function viewerBody(options: ViewerOptions): ReadableStream<Uint8Array> {
  const viewer = new Viewer(options)
  let isSent = false
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (isSent) return viewer.ask()
        isSent = true
        viewer.sendTo({
          give: (piece) => {
            controller.enqueue(encoder.encode(piece))
            return false
          },
          end: () => controller.close(),
        })
      },
      cancel: () => viewer.leave(),
    },
    { highWaterMark: 0 },
  )
  viewers.set(body, viewer)
  return body
}

/** Whose body this is, if nobody reads it yet: what can write text itself need not read a stream of bytes. */
export const viewerOf = (body: ReadableStream | null): Viewer | undefined =>
  body && !body.locked ? viewers.get(body) : undefined
