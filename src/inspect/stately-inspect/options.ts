import type { ServerTarget, WindowTarget } from '../xstate-inspect/options.ts'
import type { StatelyMessage } from './messages.ts'

/** A function that receives the messages, for a transport of your own. */
export interface SendTarget {
  /** Called with each message. One that throws ends nothing. */
  readonly send: (message: StatelyMessage) => void
}

/** The options of `statelyInspect()`: where to send the messages, and what to show. */
export type StatelyInspectOptions = (ServerTarget | WindowTarget | SendTarget) & {
  /** Shows inputs, replies, tool inputs and results, and all else that is in contexts and events. Default `false`. */
  readonly includeText?: boolean
  /** Which actors: the machines (default), or also those that ask, decide, store and run tools for them. */
  readonly actors?: 'machines' | 'all'
  /** Keeps back what it says no to. It is asked about what would be sent, after texts were taken out. */
  readonly filter?: (message: StatelyMessage) => boolean
  /** Events and states that are kept for viewers that come later. Default 200. */
  readonly replay?: number
}
