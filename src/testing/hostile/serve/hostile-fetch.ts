import type { HostileAnswer } from './answer.ts'
import type { IncomingRequest } from './addressed-reply.ts'

const streamOf = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  })

/** A `fetch` without a network, which passes each request to a function. It honours `signal`. */
export const createFetch =
  (handle: (incoming: IncomingRequest) => HostileAnswer): typeof globalThis.fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    const { pathname, search } = new URL(request.url)
    const text = await request.text()
    request.signal.throwIfAborted()
    const { status, headers, body } = handle({
      method: request.method,
      path: pathname + search,
      headers: Object.fromEntries(request.headers),
      text,
    })
    return new Response(streamOf(body), { status, headers })
  }
