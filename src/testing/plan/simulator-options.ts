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
