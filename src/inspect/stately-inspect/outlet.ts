import { reportRejection } from '../../report-rejection.ts'
import type { Show, Wire } from '../xstate-inspect/audience.ts'
import { serverAudience } from '../xstate-inspect/server-audience.ts'
import { windowAudience } from '../xstate-inspect/window-audience.ts'
import type { StatelyMessage } from './messages.ts'
import type { SendTarget, StatelyInspectOptions } from './options.ts'

/** Where messages go. */
interface Outlet {
  /** Whether there are no viewers. */
  readonly isEmpty: boolean
  sendToAll(message: StatelyMessage): void
  enter(show: Show<StatelyMessage>): void
  leave(show: Show<StatelyMessage>, options?: { readonly isGone?: boolean }): void
}

/** A socket becomes a viewer as soon as it connects, because the receiver for sockets sends nothing. */
const socketWire: Wire = { joinsBy: null, goodbye: null }
const windowWire: Wire = { joinsBy: '@statelyai.connected', goodbye: '@statelyai.disconnected' }

/** @throws TurnstateError `invalid-option` */
export function outletOf(options: StatelyInspectOptions): Outlet {
  if ('send' in options) return functionOutlet(options)
  return 'server' in options ? serverAudience(options, socketWire) : windowAudience(options, windowWire)
}

function functionOutlet({ send }: SendTarget): Outlet {
  // A failing `send` must not end the conversation, whether it throws or returns a promise that rejects.
  const sendToAll = (message: StatelyMessage) => {
    try {
      reportRejection(send(message), () => {})
    } catch {}
  }
  return { isEmpty: false, sendToAll, enter: (show) => void [...show.joined(sendToAll)], leave: () => {} }
}
