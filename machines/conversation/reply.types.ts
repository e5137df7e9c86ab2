// Replies as the stream actor reports them.
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
  /** The API went on with another model after the one that was asked had refused. */
  readonly servedAfterRefusal?: true
  readonly iterations?: readonly Iteration[]
  readonly fallbackCredit?: Readonly<Record<string, unknown>>
}

/** What there was of a reply when it was cut. Only blocks that can stand alone: closed ones, and text. */
export interface PartialReply extends Reply {
  /** Words of it had been shown. */
  readonly shown: boolean
  /**
   * What was shown is another model's than what comes next within the API, and was refused: nothing of it is kept, and it is
   * retracted.
   */
  readonly isVoid?: true
  /** The rest had arrived already, up to an end that no request follows: it is about to finish by itself. */
  readonly arrivedWhole?: true
  /** The refusal had arrived already, behind what was shown. Nothing of the reply is kept then. */
  readonly refusal?: RefusedReply
}

/** A complete reply, as the stream actor reports it. */
export interface FinishedReply extends Reply {
  readonly stopReason: string
}

/** A request that the API did not take as it was. */
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
  /** Words of a reply had been shown before. */
  readonly shown: boolean
}

/** A reply that the API refused, without a word of it. */
export interface RefusedReply extends Evidence {
  readonly refusal: Refusal
  readonly usage: Usage
  readonly iterations?: readonly Iteration[]
}
