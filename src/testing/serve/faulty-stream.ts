import { defaultMessageOf, errorBody } from '../api/api-errors.ts'
import { isObject, type JsonObject } from '../api/json.ts'
import type { ExtraEvent, MidStreamError, ScriptFaults } from '../script/script-faults.ts'
import type { WireEvent } from '../reply/wire-events.ts'

/** What the sender does next: send text, or end the stream early. */
export type StreamItem =
  | { readonly do: 'send'; readonly text: string; readonly delta: boolean }
  | { readonly do: 'stall' }
  /** Sends the text every `every` milliseconds until the client disconnects. */
  | { readonly do: 'repeat'; readonly text: string; readonly every: number }
  | { readonly do: 'end' }

type Frame = (name: string | null, data: string) => string

/** Compact JSON on one `data:` line, because the vendor's example searches for `"stop_reason":"refusal"` with grep. */
const framing = ({ lineEnding = '\n', comments }: ScriptFaults): Frame => {
  const comment = comments === true ? `: the turnstate simulator${lineEnding}` : ''
  return (name, data) =>
    `${comment}${name === null ? '' : `event: ${name}${lineEnding}`}data: ${data}${lineEnding}${lineEnding}`
}

/** The `error` event; without a type it is one from a gateway. */
const errorEvent = (error: MidStreamError, requestId: string): JsonObject => {
  const { type = 'overloaded_error', details } = error
  const message = error.message ?? defaultMessageOf(type ?? '')
  if (type === null) return { type: 'error', error: { message }, request_id: requestId }
  return errorBody({ type, message, ...(details && { details }) }, requestId)
}

const otherMessage = (start: WireEvent, id: string | undefined): WireEvent => {
  const message = isObject(start['message']) ? start['message'] : {}
  return id === undefined ? start : { ...start, message: { ...message, id } }
}

const brokenJson = '{"type":"content_block_delta","index":0,"delta":{"type":"text_del'

/**
 * The events of a reply as text, with pings and with the faults inside a stream. The sender does the faults of bytes and
 * connections.
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
  let started: WireEvent | undefined
  const sendExtra = ({ event, data, text }: ExtraEvent): StreamItem => ({
    do: 'send',
    text: frame(event, text ?? JSON.stringify(data)),
    delta: false,
  })
  function* extrasAt(at: ExtraEvent['at']): Generator<StreamItem> {
    for (const extra of extras) if (extra.at === at) yield sendExtra(extra)
  }

  /** Yields what follows the nth delta; returns true if the stream ends there. */
  function* afterDelta(count: number): Generator<StreamItem, boolean> {
    for (const extra of extras) if (extra.at === undefined && (extra.afterDeltas ?? 0) === count) yield sendExtra(extra)
    const again = faults.startAgain
    if (started && again && (again.afterDeltas ?? 0) === count)
      yield send(started.type, otherMessage(started, again.id))
    if (faults.malformedAfterDeltas === count)
      yield { do: 'send', text: frame('content_block_delta', brokenJson), delta: false }
    const error = faults.midStreamError
    if (error && (error.afterDeltas ?? 0) === count) {
      yield send('error', errorEvent(error, requestId))
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
      yield* extrasAt('beforeStop')
      if (faults.truncateBeforeStop === true) {
        yield { do: 'end' }
        return
      }
      if (faults.unknownEvents === true) yield send('later_event', { type: 'later_event', of: 'tomorrow' })
    }
    yield send(event.type, event)
    if (event.type === 'message_start') {
      yield send('ping', { type: 'ping' })
      started = event
      if (faults.unknownEvents === true) yield send('early_event', { type: 'early_event', of: 'tomorrow' })
      if (yield* afterDelta(0)) return
    }
    if (event.type === 'content_block_delta') {
      deltas += 1
      if (pingEvery > 0 && deltas % pingEvery === 0) yield send('ping', { type: 'ping' })
      if (yield* afterDelta(deltas)) return
    }
  }
  yield* extrasAt('afterStop')
  if (faults.pingAfterStop !== undefined)
    yield { do: 'repeat', text: frame('ping', JSON.stringify({ type: 'ping' })), every: faults.pingAfterStop }
}
