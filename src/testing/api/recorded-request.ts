import { isText, type JsonObject } from './json.ts'
import { betasOf } from './request-fields.ts'

/** A request as it reached the simulator, and what became of it. Its state moves until `closed` is settled. */
export interface RecordedRequest {
  /** 0 for the first. */
  readonly index: number
  readonly method: string
  /** With its query string. */
  readonly path: string
  /** Names in lower case; the values of a repeated header joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body; undefined when it was not a JSON object, or is kept no more. */
  readonly body: JsonObject | undefined
  /** The body as it came; empty when it was larger than the API allows, or is kept no more. */
  readonly text: string
  /** Bytes of the body. */
  readonly bytes: number
  /** The body is kept no more: the simulator keeps the newest 256 MB of them. */
  readonly bodyDropped: boolean
  /** The `model` that was asked for. */
  readonly model: string | undefined
  /** Whether a stream was asked for. */
  readonly stream: boolean
  /** The names in `anthropic-beta`. */
  readonly betas: readonly string[]
  /** The id that the answer carries in `request-id`. */
  readonly requestId: string
  /** Index of the script's step that answers it; undefined for the default answer, an error, or a function script. */
  readonly step: number | undefined
  /** HTTP status of the answer; undefined before `answered`. */
  readonly status: number | undefined
  /** `error.message` of an answer with an HTTP error. */
  readonly problem: string | undefined
  /** `content_block_delta` events handed to the connection so far. */
  readonly deltasSent: number
  /** Whether the client hung up before the answer was complete. */
  readonly aborted: boolean
  /** Settles when the response headers are sent, or when the exchange ends without any. */
  readonly answered: Promise<void>
  /** Settles when a stall strikes. Never, if none does. */
  readonly stalled: Promise<void>
  /** Settles when the exchange is over: answered in full, cut by a fault, or given up by the client. */
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
  /** Keeps the body no more. */
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
