import { isText, type JsonObject } from './json.ts'
import { betasOf } from './request-fields.ts'

/** A request that reached the simulator, and its answer. It is updated until `closed` settles. */
export interface RecordedRequest {
  /** 0 for the first. */
  readonly index: number
  readonly method: string
  /** The path with its query string. */
  readonly path: string
  /** Names in lower case; the values of a repeated header joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body; undefined if it was not a JSON object or was dropped. */
  readonly body: JsonObject | undefined
  /** The body as text; empty if it was larger than the API allows or was dropped. */
  readonly text: string
  /** The size of the body in bytes. */
  readonly bytes: number
  /** Whether the body was dropped: the simulator keeps the newest 256 MB of all bodies. */
  readonly bodyDropped: boolean
  /** The requested `model`. */
  readonly model: string | undefined
  /** Whether the request asked for a stream. */
  readonly stream: boolean
  /** The names in `anthropic-beta`. */
  readonly betas: readonly string[]
  /** The `request-id` header of the answer. */
  readonly requestId: string
  /** Index of the script's step that answers it; undefined for the default answer, an error, or a script that is a function. */
  readonly step: number | undefined
  /** HTTP status of the answer; undefined until `answered` settles. */
  readonly status: number | undefined
  /** `error.message`, if the answer is an HTTP error. */
  readonly problem: string | undefined
  /** The number of `content_block_delta` events sent so far. */
  readonly deltasSent: number
  /** Whether the client hung up before the answer was complete. */
  readonly aborted: boolean
  /** Settles when the response headers are sent, or when the exchange ends without them. */
  readonly answered: Promise<void>
  /** Settles when a fault stalls the answer; never, if none does. */
  readonly stalled: Promise<void>
  /** Settles when the exchange is over: answered in full, cut off by a fault, or abandoned by the client. */
  readonly closed: Promise<void>
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The simulator's own handle on a record. */
export interface RequestRecord {
  readonly request: RecordedRequest
  readonly update: (
    change: Partial<Pick<RecordedRequest, 'step' | 'status' | 'problem' | 'deltasSent' | 'aborted'>>,
  ) => void
  readonly settle: (event: 'answered' | 'stalled' | 'closed') => void
  /** Drops the body. */
  readonly dropBody: () => void
}

export type RequestFacts = Pick<
  RecordedRequest,
  'index' | 'method' | 'path' | 'headers' | 'body' | 'text' | 'bytes' | 'requestId'
>

const unset = (): void => {}

const deferred = (): { readonly promise: Promise<void>; readonly resolve: () => void } => {
  let resolve = unset
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

export const recordRequest = (facts: RequestFacts): RequestRecord => {
  const events = { answered: deferred(), stalled: deferred(), closed: deferred() }
  const request: Mutable<RecordedRequest> = {
    ...facts,
    bodyDropped: false,
    model: isText(facts.body?.['model']) ? facts.body['model'] : undefined,
    stream: facts.body?.['stream'] === true,
    betas: betasOf(facts.headers),
    step: undefined,
    status: undefined,
    problem: undefined,
    deltasSent: 0,
    aborted: false,
    answered: events.answered.promise,
    stalled: events.stalled.promise,
    closed: events.closed.promise,
  }
  return {
    request,
    update: (change) => Object.assign(request, change),
    settle: (event) => events[event].resolve(),
    dropBody: () => void Object.assign(request, { body: undefined, text: '', bodyDropped: true }),
  }
}
