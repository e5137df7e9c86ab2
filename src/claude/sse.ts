import { createParser } from 'eventsource-parser'
import { TurnstateError } from '../errors.ts'

/** The most characters of an event or a line. A longer one could not be sent back (the API's limit for a request: 32 MB). */
export const longestEvent = 32 * 1024 * 1024

export const lineTooLong = (): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    `The stream has an event of more than ${longestEvent} characters. Try again; if it happens again, check the proxies between here and the API.`,
  )

/**
 * Reads a body of server-sent events as its bytes arrive: yields one array of `data` fields per chunk, empty for a chunk
 * that completed no event. The SDK's own iterator hides pings, truncation and aborts, and costs twice as much per event.
 * An event without its final blank line counts if its data is complete: a refusal may be the last thing that arrives.
 *
 * @throws TurnstateError `stream-malformed` for an event that is too long, after the events before it were yielded
 */
export async function* readServerSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder()
  let arrived: string[] = []
  let isTooLong = false
  const parser = createParser({
    onEvent: ({ data }) => void (data !== '' && arrived.push(data)),
    onError: ({ type }) => void (isTooLong ||= type === 'max-buffer-size-exceeded'),
    maxBufferSize: longestEvent,
  })
  const reader = body.getReader()
  let endsWithReturn = false
  try {
    for (;;) {
      const next = await reader.read().catch(lost)
      arrived = []
      if ('error' in next || next.done) {
        // The parser holds back a final CR, because it may be half of a line end.
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
      if (isTooLong) throw lineTooLong()
    }
  } finally {
    // A caller that stops early does not want the rest. For a body that has ended this does nothing.
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
