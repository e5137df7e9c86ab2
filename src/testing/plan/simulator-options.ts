import type { Script } from '../script/script.ts'

/** The options of `startSimulator()`. */
export interface SimulatorOptions {
  /** The port on 127.0.0.1. Default: 0, any free port. */
  readonly port?: number
  /** What is answered. Default: every request gets the simulator's own answer. */
  readonly script?: Script
  /** What happens to a request after the last step of a list. Default: `fail`, an HTTP 500 and an error on close. */
  readonly onExhausted?: 'answer' | 'fail'
  /** How a request with the refusal test string is answered. Default: all models refuse before any output. */
  readonly refusal?: TestStringRefusal
  /**
   * Model names to accept in addition to the API's. They follow the rules of current models, and may take over from each
   * other after a refusal. Default: none.
   */
  readonly models?: readonly string[]
  /** The API keys that are accepted. Default: any key that is not empty. */
  readonly apiKeys?: readonly string[]
  /**
   * Lets web pages send requests. Preflight requests are answered and not recorded. A page can read the answer to a
   * request with the header `anthropic-dangerous-direct-browser-access: true`, which the SDK sends when
   * `dangerouslyAllowBrowser` is true; without the header it gets a 401, as from the API. Default: false.
   */
  readonly cors?: boolean
  /** Sends a `ping` after every n deltas, in addition to the one after `message_start`. Default: 0, none. */
  readonly pingEvery?: number
  /** Milliseconds between deltas. Default: 0. */
  readonly deltaDelay?: number
  /** Input tokens that fit into a request, for all models. Default: the window of the model. */
  readonly contextWindow?: number
  /** The current time in milliseconds, which decides when credit tokens expire. Default: `Date.now`. */
  readonly now?: () => number
}

/** How the simulator refuses a request that contains the documented test string. */
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
  /** Mints a credit token for requests whose beta header grants one, like `creditToken: 'mint'`. Default: false. */
  readonly credit?: boolean
  /** `fallback_has_prefill_claim`. Default: whether the refused reply contains something to continue. */
  readonly hasPrefillClaim?: boolean
  /** Whether the token can be redeemed only by continuing the refused reply. Default: false. */
  readonly continuationOnly?: boolean
}
