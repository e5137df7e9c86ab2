// A stream read as claude() reads it, and by the parsers alone.
import { createParser } from 'eventsource-parser'
import { ServerSentEvents } from '../../src/claude/sse.ts'
import { toSourceEvents } from '../../src/claude/wire-to-events.ts'
import type { SourceEvent } from '../../src/source/message-source.ts'

/** What `claude()` makes of the data of an event, more or less: it need only be the same for both. */
function read(data: string): readonly SourceEvent[] {
  try {
    return toSourceEvents(JSON.parse(data))
  } catch (error) {
    return [{ type: 'failed', error: String(error) }]
  }
}

/** What the parsers alone make of a stream. */
export function parsed(bytes: Uint8Array): readonly SourceEvent[] {
  const events: SourceEvent[] = []
  let isCut = false
  const isWhole = (data: string) => read(data).every(({ type }) => type !== 'failed')
  const parser = createParser({
    onEvent: ({ data }) => void (data !== '' && (!isCut || isWhole(data)) && events.push(...read(data))),
  })
  const text = new TextDecoder().decode(bytes)
  parser.feed(text)
  if (text.endsWith('\r')) parser.feed('\n')
  isCut = true
  parser.feed('\n\n')
  return events
}

/** What is made of a stream that arrives in pieces, cut at these bytes. */
export async function readCut(bytes: Uint8Array, cuts: readonly number[]): Promise<readonly SourceEvent[]> {
  const places = [0, ...[...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)]
  const chunks = places.map((from, index) => bytes.subarray(from, places[index + 1]))
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  const reading = new ServerSentEvents(body.getReader(), read)
  const events: SourceEvent[] = []
  for (let arrived = await reading.next(); !arrived.done; arrived = await reading.next()) events.push(...arrived.value)
  return events
}

/** Events without the classes that some of them have. */
export const plain = (events: readonly SourceEvent[]): unknown => events.map((event) => ({ ...event }))
