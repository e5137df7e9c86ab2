/**
 * What goes wrong with one answer. Faults that count deltas strike right after that many `content_block_delta` events
 * (0 = right after `message_start` and its ping); byte counts are of the response body. Where several could strike, the
 * first one does. A fault that the answer never reaches is an error, not a silent pass.
 */
export interface ScriptFaults {
  /** Milliseconds before the response headers. */
  readonly headersDelay?: number
  /** Milliseconds between deltas. Default: `SimulatorOptions.deltaDelay`. */
  readonly delay?: number
  /** Never answers: the connection stays open until the client or the simulator closes it. */
  readonly stallBeforeHeaders?: boolean
  /** Destroys the connection (RST) before the response headers. */
  readonly resetBeforeHeaders?: boolean
  /** Sends no more after n deltas, pings neither; the connection stays open. */
  readonly stallAfterDeltas?: number
  /** Ends the body cleanly after n bytes. */
  readonly dropAtByte?: number
  /** Destroys the connection (RST) after n bytes. */
  readonly resetAtByte?: number
  /** Ends the body cleanly after n deltas: no `content_block_stop`, no `message_delta`, no `message_stop`. */
  readonly truncateAfterDeltas?: number
  /** Ends the body cleanly after `message_delta`, without `message_stop`. */
  readonly truncateBeforeStop?: boolean
  /** An `error` event after n deltas, which ends the stream. Without stream: the same error over HTTP. */
  readonly midStreamError?: MidStreamError
  /** An event with broken JSON after n deltas; the stream goes on after it. */
  readonly malformedAfterDeltas?: number
  /** Every byte is a chunk of its own. The same as `chunkBytes: 1`. */
  readonly splitEveryByte?: boolean
  /** Bytes per chunk. Default: as many events as fit in 64 kB. */
  readonly chunkBytes?: number
  /** What ends a line. Default: `\n`. */
  readonly lineEnding?: '\n' | '\r' | '\r\n'
  /** A comment line (`: …`) before every event. */
  readonly comments?: boolean
  /** An unknown event right after `message_start`, and another one right before `message_stop`. */
  readonly unknownEvents?: boolean
  /** Any further events, at any place. */
  readonly extraEvents?: readonly ExtraEvent[]
  /** `message_start` once more after n deltas: the same, or that of another message. */
  readonly startAgain?: StartAgain
  /** A `ping` after every n deltas. Default: `SimulatorOptions.pingEvery`. */
  readonly pingEvery?: number
  /** Goes on with a `ping` every so many milliseconds after `message_stop`, until the client has gone. */
  readonly pingAfterStop?: number
  /** Answers a streaming request with one JSON body and status 200. */
  readonly answerAsJson?: boolean
}

/** An `error` event in the middle of a reply. */
export interface MidStreamError {
  /** Default: 0. */
  readonly afterDeltas?: number
  /** Default: `overloaded_error`. Null leaves it out, as some gateways do. */
  readonly type?: string | null
  /** Default: a sentence for the type. */
  readonly message?: string
  readonly details?: { readonly [key: string]: unknown }
}

/** A second `message_start` in the middle of a reply, as proxies produce it. */
export interface StartAgain {
  /** Default: 0. */
  readonly afterDeltas?: number
  /** The id of another message. Default: the reply's own. */
  readonly id?: string
}

/** An event that is not the reply's own. */
export interface ExtraEvent {
  /** Default: 0. */
  readonly afterDeltas?: number
  /** Right before or right after `message_stop`, instead of `afterDeltas`. */
  readonly at?: 'beforeStop' | 'afterStop'
  /** The name in the `event:` line; null for no such line. */
  readonly event: string | null
  /** The data, sent as JSON. */
  readonly data?: unknown
  /** The data, sent as it is, instead of `data`: `[DONE]`. */
  readonly text?: string
}
