import { reportRejection } from '../../report-rejection.ts'
import type { Show, Wire } from '../xstate-inspect/audience.ts'
import { serverAudience } from '../xstate-inspect/server-audience.ts'
import { windowAudience } from '../xstate-inspect/window-audience.ts'
import type { StatelyMessage } from './messages.ts'
import type { SendTarget, StatelyInspectOptions } from './options.ts'

/** Where messages go. */
interface Outlet {
  /** Nobody looks. */
  readonly isEmpty: boolean
  tell(message: StatelyMessage): void
  enter(show: Show<StatelyMessage>): void
  leave(show: Show<StatelyMessage>, options?: { readonly isGone?: boolean }): void
}

/** Sockets look as soon as they are there: the receiver for them says nothing. */
const socketWire: Wire = { joinsBy: null, goodbye: null }
const windowWire: Wire = { joinsBy: '@statelyai.connected', goodbye: '@statelyai.disconnected' }

/** @throws TurnstateError `invalid-option` */
export function outletOf(options: StatelyInspectOptions): Outlet {
  if ('send' in options) return functionOutlet(options)
  return 'server' in options ? serverAudience(options, socketWire) : windowAudience(options, windowWire)
}

function functionOutlet({ send }: SendTarget): Outlet {
  // Whoever inspects must not end what is inspected: not by what it throws, nor by a promise that it rejects.
  const tell = (message: StatelyMessage) => {
    try {
      reportRejection(send(message), () => {})
    } catch {}
  }
  return { isEmpty: false, tell, enter: (show) => void [...show.joined(tell)], leave: () => {} }
}
