import type { ServerTarget, WindowTarget } from '../xstate-inspect/options.ts'
import type { StatelyMessage } from './messages.ts'

/** A function that receives the messages, for a transport of your own. */
export interface SendTarget {
  /** Called with each message. Errors that it throws are ignored. */
  readonly send: (message: StatelyMessage) => void
}

/** The options of `statelyInspect()`: where to send the messages, and what to show. */
export type StatelyInspectOptions = (ServerTarget | WindowTarget | SendTarget) & {
  /** Shows everything in contexts and events: inputs, replies, tool inputs and results. Default `false`: no texts. */
  readonly includeText?: boolean
  /** The actors to show: the machines (default), or all, with those that send requests, decide, store and run tools. */
  readonly actors?: 'machines' | 'all'
  /** Called with each message after its texts were removed. If it returns `false`, the message is not sent. */
  readonly filter?: (message: StatelyMessage) => boolean
  /** The number of events and states that are kept for viewers that join later. Default 200. */
  readonly replay?: number
}
