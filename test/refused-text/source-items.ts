import { claude, type MessageRequest, type SourceEvent, TurnstateError } from '../../src/index.ts'
import type { Delivery } from './deliveries.ts'

const request: MessageRequest = {
  model: 'm1',
  maxTokens: 100,
  fields: {},
  messages: [{ role: 'user', content: 'Hello' }],
  betas: [],
  container: null,
}

const { signal } = new AbortController()

/**
 * What the source makes of a stream: each item that it yields, and how it ends. A conversation knows nothing else of the
 * bytes, so deliveries of which the source makes the same lead to the same.
 */
export async function sourceItems(events: readonly Uint8Array[], { chunks, ends }: Delivery): Promise<string> {
  const coming = [...chunks(events)]
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = coming.shift()
        if (chunk !== undefined) controller.enqueue(chunk)
        else if (ends === 'lost') controller.error(new TypeError('terminated'))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const response = new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  const items: unknown[] = []
  try {
    // Bypasses the SDK, which returns the response unchanged and takes five times as long.
    for await (const item of claude(clientWith(response))(request, { signal }))
      items.push(Symbol.iterator in item ? [...item].map(withCode) : item)
  } catch (error) {
    items.push(codeOf(error))
  }
  return JSON.stringify(items)
}

const clientWith = (response: Response) => ({
  messages: { create: () => Object.assign(Promise.resolve(nothing), { asResponse: async () => response }) },
})

const nothing: AsyncIterable<unknown> = {
  async *[Symbol.asyncIterator]() {},
}

const codeOf = (error: unknown): unknown => (TurnstateError.is(error) ? error.code : error)

const withCode = (event: SourceEvent): unknown => ('error' in event ? { ...event, error: codeOf(event.error) } : event)
