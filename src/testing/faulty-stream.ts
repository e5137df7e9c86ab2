import { defaultMessageOf, errorBody } from './api-errors.ts'
import type { ScriptFaults } from './script-faults.ts'
import type { WireEvent } from './wire-events.ts'

/** What the sender does next: text to send, or an end that is not the reply's own. */
export type StreamItem =
  | { readonly do: 'send'; readonly text: string; readonly delta: boolean }
  | { readonly do: 'stall' }
  | { readonly do: 'end' }

type Frame = (name: string, json: string) => string

/** Compact JSON on one `data:` line: `grep '"stop_reason":"refusal"'` finds it, as in the vendor's own example. */
const framing = ({ lineEnding = '\n', comments }: ScriptFaults): Frame => {
  const comment = comments === true ? `: the turnstate simulator${lineEnding}` : ''
  return (name, json) => `${comment}event: ${name}${lineEnding}data: ${json}${lineEnding}${lineEnding}`
}

const brokenJson = '{"type":"content_block_delta","index":0,"delta":{"type":"text_del'

/**
 * The reply's events as text, with pings and with the faults that live inside a stream. Faults of bytes and of
 * connections are the sender's.
 */
export function* faultyStream(
  events: Iterable<WireEvent>,
  faults: ScriptFaults,
  pingEvery: number,
  requestId: string,
): Generator<StreamItem> {
  const frame = framing(faults)
  const send = (name: string, data: unknown): StreamItem => ({
    do: 'send',
    text: frame(name, JSON.stringify(data)),
    delta: name === 'content_block_delta',
  })
  const extras = faults.extraEvents ?? []

  /** What follows the nth delta; true when the stream ends there. */
  function* afterDelta(count: number): Generator<StreamItem, boolean> {
    for (const extra of extras) if ((extra.afterDeltas ?? 0) === count) yield send(extra.event, extra.data)
    if (faults.malformedAfterDeltas === count)
      yield { do: 'send', text: frame('content_block_delta', brokenJson), delta: false }
    const error = faults.midStreamError
    if (error && (error.afterDeltas ?? 0) === count) {
      const type = error.type ?? 'overloaded_error'
      const failure = { type, message: error.message ?? defaultMessageOf(type) }
      yield send('error', errorBody(error.details ? { ...failure, details: error.details } : failure, requestId))
      yield { do: 'end' }
      return true
    }
    if (faults.truncateAfterDeltas === count) {
      yield { do: 'end' }
      return true
    }
    if (faults.stallAfterDeltas === count) {
      yield { do: 'stall' }
      return true
    }
    return false
  }

  let deltas = 0
  for (const event of events) {
    if (event.type === 'message_stop') {
      if (faults.truncateBeforeStop === true) {
        yield { do: 'end' }
        return
      }
      if (faults.unknownEvents === true) yield send('later_event', { type: 'later_event', of: 'tomorrow' })
    }
    yield send(event.type, event)
    if (event.type === 'message_start') {
      yield send('ping', { type: 'ping' })
      if (faults.unknownEvents === true) yield send('early_event', { type: 'early_event', of: 'tomorrow' })
      if (yield* afterDelta(0)) return
    }
    if (event.type === 'content_block_delta') {
      deltas += 1
      if (pingEvery > 0 && deltas % pingEvery === 0) yield send('ping', { type: 'ping' })
      if (yield* afterDelta(deltas)) return
    }
  }
}
