/**
 * What goes wrong with one answer. A fault that counts deltas happens right after that many `content_block_delta` events
 * (0 is right after `message_start` and its ping); bytes are counted in the response body. Of several faults, the first
 * to be reached happens. A fault that the answer never reaches is an error with the code `script-invalid`.
 */
export interface ScriptFaults {
  /** Milliseconds before the response headers. */
  readonly headersDelay?: number
  /** Milliseconds between deltas. Default: `SimulatorOptions.deltaDelay`. */
  readonly delay?: number
  /** Never answers: the connection stays open until the client or the simulator closes it. */
  readonly stallBeforeHeaders?: boolean
  /** Resets the connection (RST) before the response headers. */
  readonly resetBeforeHeaders?: boolean
  /** Sends nothing more after n deltas, not even pings; the connection stays open. */
  readonly stallAfterDeltas?: number
  /** Ends the body cleanly after n bytes. */
  readonly dropAtByte?: number
  /** Resets the connection (RST) after n bytes. */
  readonly resetAtByte?: number
  /** Ends the body cleanly after n deltas: no `content_block_stop`, no `message_delta`, no `message_stop`. */
  readonly truncateAfterDeltas?: number
  /** Ends the body cleanly after `message_delta`, without `message_stop`. */
  readonly truncateBeforeStop?: boolean
  /** Sends an `error` event and ends the stream. A request without a stream gets the same error over HTTP. */
  readonly midStreamError?: MidStreamError
  /** Sends an event with broken JSON after n deltas; the stream continues after it. */
  readonly malformedAfterDeltas?: number
  /** Sends every byte in its own chunk; the same as `chunkBytes: 1`. */
  readonly splitEveryByte?: boolean
  /** Bytes per chunk. Default: as many events as fit into 64 kB. */
  readonly chunkBytes?: number
  /** The line ending. Default: `\n`. */
  readonly lineEnding?: '\n' | '\r' | '\r\n'
  /** Sends a comment line (`: …`) before every event. */
  readonly comments?: boolean
  /** Sends an unknown event right after `message_start` and another one right before `message_stop`. */
  readonly unknownEvents?: boolean
  /** Further events, at any place in the stream. */
  readonly extraEvents?: readonly ExtraEvent[]
  /** Sends a second `message_start`: the same one, or that of another message. */
  readonly startAgain?: StartAgain
  /** Sends a `ping` after every n deltas. Default: `SimulatorOptions.pingEvery`. */
  readonly pingEvery?: number
  /** After `message_stop`, sends a `ping` every n milliseconds until the client disconnects. */
  readonly pingAfterStop?: number
  /** Answers a streaming request with status 200 and one JSON body. */
  readonly answerAsJson?: boolean
}

/** An `error` event in the middle of a reply. */
export interface MidStreamError {
  /** Default: 0. */
  readonly afterDeltas?: number
  /** `error.type`; null leaves it out, as some gateways do. Default: `overloaded_error`. */
  readonly type?: string | null
  /** Default: a sentence that fits the type. */
  readonly message?: string
  readonly details?: { readonly [key: string]: unknown }
}

/** A second `message_start` in the middle of a reply, as some proxies send it. */
export interface StartAgain {
  /** Default: 0. */
  readonly afterDeltas?: number
  /** The id of another message. Default: the id of the reply. */
  readonly id?: string
}

/** An event that does not belong to the reply. */
export interface ExtraEvent {
  /** Default: 0. */
  readonly afterDeltas?: number
  /** Right before or right after `message_stop`, in place of `afterDeltas`. */
  readonly at?: 'beforeStop' | 'afterStop'
  /** The name in the `event:` line; null sends no such line. */
  readonly event: string | null
  /** The data, sent as JSON. */
  readonly data?: unknown
  /** The data as raw text, in place of `data`: for example `[DONE]`. */
  readonly text?: string
}
