import { createParser } from 'eventsource-parser'

/**
 * Reads a body of server-sent events as its bytes come: one array of `data` fields per chunk, empty for a chunk
 * that completed none. The SDK's own iterator hides pings, truncation and aborts, and costs twice as much per event.
 * An event whose blank line never came counts when its data is whole: a refusal may be the last thing that gets through.
 */
export async function* readServerSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder()
  let arrived: string[] = []
  const parser = createParser({ onEvent: ({ data }) => void (data !== '' && arrived.push(data)) })
  const reader = body.getReader()
  let endsWithReturn = false
  try {
    for (;;) {
      const next = await reader.read().catch(lost)
      arrived = []
      if ('error' in next || next.done) {
        // The parser holds a last CR back, which might be half of a line end.
        if (endsWithReturn) parser.feed('\n')
        const complete = arrived
        arrived = []
        parser.feed('\n\n')
        const last = [...complete, ...arrived.filter(isWhole)]
        if (last.length > 0) yield last
        if ('error' in next) throw next.error
        return
      }
      const text = decoder.decode(next.value, { stream: true })
      if (text !== '') endsWithReturn = text.endsWith('\r')
      parser.feed(text)
      yield arrived
    }
  } finally {
    // Whoever stops reading early does not want the rest; for a body that has ended this does nothing.
    reader.cancel().catch(() => {})
  }
}

const lost = (error: unknown) => ({ error })

function isWhole(data: string): boolean {
  try {
    return typeof JSON.parse(data) === 'object'
  } catch {
    return false
  }
}
