import type { WireOutcome } from '../../client/wire.ts'
import type { Delta } from '../../index.ts'

/** An event to be published. */
export interface Published {
  readonly name: string
  /** What is sent, or a delta, which may be sent together with its neighbours. */
  readonly data: object
  readonly delta?: Delta
  readonly message?: string | null
  /** The number of facts that are stored when it is published; `undefined` for what is about none. */
  readonly revision?: number
  /** The outcome of its message, if the event is the one that says it. */
  readonly outcome?: WireOutcome
  /** Whether the facts have this outcome. A message that never became a turn has one that they lack. Default: true. */
  readonly isStored?: boolean
}
