// Replies, as the stream actor reports them.
import type { Failure } from '../../src/errors.ts'
import type { Block, Evidence, Iteration, Pointed, Refusal, Usage } from '../../src/journal/index.ts'

/** What a reply is, whole or cut. */
interface Reply extends Evidence {
  readonly model: string
  readonly requestedModel?: string
  readonly promptHash: string
  readonly content: readonly Block[]
  readonly usage: Usage
  readonly structured?: true
  /** Hashes of the fields that the request carried beside its messages, by name. */
  readonly fields?: Readonly<Record<string, string>>
  readonly container?: string
  /** Within the API, another model replied after the requested one had refused. */
  readonly servedAfterRefusal?: true
  readonly iterations?: readonly Iteration[]
  readonly fallbackCredit?: Readonly<Record<string, unknown>>
  /** Milliseconds that each `thinking` block of `content` took to arrive. */
  readonly thinkingTimes?: readonly number[]
}

/** What had arrived of a reply when it was cut: closed blocks, and text. */
export interface PartialReply extends Reply {
  /** Text of it had been shown. */
  readonly shown: boolean
  /**
   * What was shown came from a model that then refused, before another one within the API continued: nothing of it is kept, and it is
   * retracted.
   */
  readonly isVoid?: true
  /** The rest has arrived too, and no request follows it: the reply is about to finish. */
  readonly arrivedWhole?: true
  /** The refusal has arrived, behind what was shown. Nothing of the reply is kept. */
  readonly refusal?: RefusedReply
}

/** A complete reply, as the stream actor reports it. */
export interface FinishedReply extends Reply {
  readonly stopReason: string
}

/** A request that the API rejected. */
export interface RejectedReply {
  readonly failure: Failure
  /** Hashes of the fields that it carried beside its messages, by name. */
  readonly fields: Readonly<Record<string, string>>
  /** Id of the container that it named. */
  readonly container?: string
  /** It carried thinking of earlier replies. */
  readonly thinking: boolean
  /** What the API points at. */
  readonly pointed?: Pointed
  /** Text of the reply had been shown. */
  readonly shown: boolean
}

/** A reply that the API refused, without its content. */
export interface RefusedReply extends Evidence {
  readonly refusal: Refusal
  readonly usage: Usage
  readonly iterations?: readonly Iteration[]
}
