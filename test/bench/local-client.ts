import type { MessagesClient } from '../../src/index.ts'

/** A client in this process, which sends nothing and is answered at once with the bytes of a reply: what is left is our own. */
export const localClient = (body: () => Uint8Array<ArrayBuffer>): MessagesClient => ({
  messages: {
    create: () =>
      Object.assign(Promise.resolve(nothing()), {
        asResponse: () =>
          Promise.resolve(new Response(body(), { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })),
      }),
  },
})

async function* nothing(): AsyncGenerator {}
