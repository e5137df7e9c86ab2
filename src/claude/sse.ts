import { createParser } from 'eventsource-parser'
import { TurnstateError } from '../errors.ts'

/** Characters of an event, or of a line. No request could carry more back (the API's limit: 32 MB). */
export const longestEvent = 32 * 1024 * 1024

export const lineTooLong = (): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    `The API, or something between here and it, sent an event that went on beyond ${longestEvent} characters without an end. Try again; if it stays, check the proxies on the way.`,
  )

/**
 * Reads a body of server-sent events as its bytes come: one array of `data` fields per chunk, empty for a chunk
 * that completed none. The SDK's own iterator hides pings, truncation and aborts, and costs twice as much per event.
 * An event whose blank line never came counts when its data is whole: a refusal may be the last thing that gets through.
 * What came before the error of an event that is too long was yielded.
 *
 * @throws TurnstateError `stream-malformed` for an event that is too long
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
      if (isTooLong) throw lineTooLong()
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
