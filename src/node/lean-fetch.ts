// A `fetch` whose bodies can be read without web streams. It is the `fetch` of Node, which keeps all of its meaning: only what a
// connection has received takes another way, and only to a reader that asks for it.
import { Dispatcher } from 'undici'
import { bodyWriter, type HasBodyWriter } from '../claude/body-writer.ts'
import { byteReader, type HasByteReader } from '../claude/byte-reader.ts'
import { connectionsWith, type LeanFetchOptions } from './connections.ts'
import { DivertedBody } from './diverted-body.ts'
import { marked, withWrittenBody } from './written-body.ts'

/** A `fetch`. Its responses have `[byteReader]()`, and it has `[bodyWriter]()`. */
export interface LeanFetch extends HasBodyWriter {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  /**
   * Waits for the requests in progress, until their bodies are read or cancelled, closes the connections, and lets later requests fail. A
   * process can end without it.
   */
  close(): Promise<void>
}

/**
 * A `fetch` with connections of its own, for `new Anthropic({ fetch: leanFetch() })`: `claude()` reads its responses without web streams,
 * which cost more for each delta than everything else, and has the messages of earlier turns serialised once only. It does what the `fetch` of Node does, and goes through the proxies that
 * `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name. Needs the package `undici`. A `dispatcher` of that package in `init` (the SDK's
 * `fetchOptions`) is used in place of the connections.
 *
 * @throws TurnstateError `invalid-option`
 */
export function leanFetch(options: LeanFetchOptions = {}): LeanFetch {
  const connections = connectionsWith(options)
  // The one of now: an app may put this one in its place.
  const { fetch } = globalThis
  const lean = async (input: string | URL | Request, given: RequestInit = {}) => {
    const init = withWrittenBody(given)
    const asked: unknown = Reflect.get(init, 'dispatcher')
    if (asked !== undefined && !(asked instanceof Dispatcher)) return fetch(input, init)
    const bodies = new Bodies(asked ?? connections)
    const response = await fetch(input, bodies.divertedIn(init))
    return bodies.withReader(response)
  }
  const writer: HasBodyWriter = { [bodyWriter]: marked }
  return Object.assign(lean, writer, { close: () => connections.close() })
}

/** The bodies of one call: one for each redirect, and the last one for the caller. */
class Bodies {
  readonly #dispatcher: Dispatcher
  #last: DivertedBody | null = null

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  divertedIn(init: RequestInit): RequestInit {
    const dispatcher = this.#dispatcher.compose((dispatch) => (options, handler) => {
      this.#last?.passOn()
      this.#last = new DivertedBody(handler)
      return dispatch(options, this.#last)
    })
    // A field that only Node's `fetch` has.
    return Object.assign({ ...init }, { dispatcher })
  }

  withReader(response: Response): Response {
    const { body } = response
    const diverted = this.#last
    // Without a body nobody will ask for it. What came from elsewhere, such as a `data:` URL, was not diverted.
    if (!body) diverted?.passOn()
    if (!body || !diverted) return response
    const methods: HasByteReader & ThisType<Response> = {
      [byteReader]() {
        // After `clone()` it is another stream.
        return this.body !== body || body.locked || this.bodyUsed ? null : diverted.take(body)
      },
    }
    return Object.defineProperty(response, byteReader, { value: methods[byteReader] })
  }
}
