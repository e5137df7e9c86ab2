import type { RecordedRequest } from '../api/recorded-request.ts'
import type { Script } from '../script/script.ts'

/** The options of `startSimulator()`. */
export interface SimulatorOptions {
  /** Default: 0, any free port. */
  readonly port?: number
  /** Default: none; every request gets the default answer. */
  readonly script?: Script
  /** What a request gets for which a list of steps has none left. Default: `fail`, an HTTP 500 and an error on close. */
  readonly onExhausted?: 'answer' | 'fail'
  /** How the refusal test string is answered. */
  readonly refusal?: TestStringRefusal
  /**
   * Further model names to accept, beside the API's; they follow the rules of current models, and may take over from
   * each other when one refuses.
   */
  readonly models?: readonly string[]
  /** The keys that are accepted. Default: any that is not empty. */
  readonly apiKeys?: readonly string[]
  /**
   * Lets web pages ask: preflights are answered (and not recorded), and a request with the header
   * `anthropic-dangerous-direct-browser-access: true`, which the SDK sends by itself under `dangerouslyAllowBrowser`,
   * may be read by its page; without it, it is a 401, as with the API. Default: false.
   */
  readonly cors?: boolean
  /** A `ping` after every n deltas, beside the one after `message_start`. Default: 0, none. */
  readonly pingEvery?: number
  /** Milliseconds between deltas. Default: 0. */
  readonly deltaDelay?: number
  /** Input tokens that fit into a request, whatever its model. Default: as large as the model's window is. */
  readonly contextWindow?: number
  /** The time in milliseconds, by which credit tokens expire. Default: `Date.now`. */
  readonly now?: () => number
}

/** How the simulator refuses while the documented test string is in a request. */
export interface TestStringRefusal {
  /** The models that refuse. Default: all. */
  readonly models?: readonly string[]
  /** Text deltas before the refusal. Default: 0, before any output. */
  readonly afterDeltas?: number
  /** `stop_details.category`. Default: null. */
  readonly category?: string | null
  /** `stop_details.explanation`. Default: null. */
  readonly explanation?: string | null
  /** Leaves the cut block without `content_block_stop`. Default: false. */
  readonly openBlock?: boolean
  /** Mints a credit token for requests whose beta header grants one, as `creditToken: 'mint'` does. Default: false. */
  readonly credit?: boolean
  /** As of a scripted refusal: whether the token can be redeemed by continuing. */
  readonly hasPrefillClaim?: boolean
  /** As of a scripted refusal: the token can only be redeemed by continuing. Default: false. */
  readonly continuationOnly?: boolean
}

/** The options of `simulator.close()`. */
export interface CloseOptions {
  /** Steps left over are an error. Default: false. */
  readonly assertConsumed?: boolean
}

/** A local server that speaks the Messages API. */
export interface Simulator {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string
  readonly port: number
  /**
   * The requests whose bodies have arrived, in that order; answered with an error or not. The newest 10,000 are kept, and the
   * newest 256 MB of their bodies: see `droppedRequests` and `bodyDropped`.
   */
  readonly requests: readonly RecordedRequest[]
  /** How many requests came before the first of `requests`, and are kept no more. */
  readonly droppedRequests: number
  /** Connections that are open now. */
  readonly openSockets: number
  /**
   * Resolves with the nth request, 1 being the first, as soon as its body has arrived.
   * Rejects when the simulator closes before, and for a request that is kept no more.
   */
  readonly waitForRequest: (n?: number) => Promise<RecordedRequest>
  /**
   * Throws `script-unfinished` when steps are left over or a request came that no step foresaw, and `script-invalid`
   * when a function script gave a step that makes no sense.
   */
  readonly assertConsumed: () => void
  /**
   * Ends everything: stalled replies, pending delays, kept-alive connections. May be called again.
   * Rejects afterwards, once, with what went wrong with the script; steps left over count only when asked.
   */
  readonly close: (options?: CloseOptions) => Promise<void>
}
