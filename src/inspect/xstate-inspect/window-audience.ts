import { TurnstateError } from '../../errors.ts'
import { Allowance } from './allowance.ts'
import { Audience, type Wire } from './audience.ts'
import type { Viewer } from './viewer.ts'
import type { InspectMessageEvent, InspectTargetWindow, InspectWindow, WindowTarget } from './options.ts'
import { viewerLimits } from './socket-viewer.ts'

interface Place {
  readonly wire: Wire
  readonly window: InspectWindow
  readonly origin: string
  readonly audience: Audience
}

const places = new WeakMap<InspectTargetWindow, Place[]>()

/**
 * The viewer in another window. Messages are posted only to its origin, and accepted only from it.
 *
 * @throws TurnstateError `invalid-option` without a window, and for an invalid origin or `*`
 */
export function windowAudience(target: WindowTarget, wire: Wire): Audience {
  const { targetWindow } = target
  const window = target.window ?? globalThis.window
  if (typeof targetWindow?.postMessage !== 'function' || typeof window?.addEventListener !== 'function')
    throw new TurnstateError(
      'invalid-option',
      'To inspect a conversation in a browser, give the viewer as `targetWindow`, such as the contentWindow of an iframe. On a server, give a `server`.',
    )
  const origin = originOf(target.targetOrigin ?? window.location.origin)
  const ofTarget = places.get(targetWindow) ?? []
  places.set(targetWindow, ofTarget)
  const known = ofTarget.find((place) => place.wire === wire && place.window === window && place.origin === origin)
  if (known) return known.audience
  const audience = newAudience(targetWindow, window, origin, wire)
  ofTarget.push({ wire, window, origin, audience })
  return audience
}

function newAudience(targetWindow: InspectTargetWindow, window: InspectWindow, origin: string, wire: Wire): Audience {
  const viewer: Viewer = { post: (message) => targetWindow.postMessage(message, origin) }
  const allowance = new Allowance(viewerLimits.messages, () => performance.now())
  const hear = (event: InspectMessageEvent) => {
    // A window can't be disconnected, so messages beyond the limit are dropped.
    if (event.source === targetWindow && event.origin === origin && allowance.take(1))
      audience.heard(viewer, event.data)
  }
  // The page may come back from the browser's cache, so the listeners stay.
  const hide = () => audience.sayGoodbye()
  const audience: Audience = new Audience(wire, {
    encode: (message) => message,
    open() {
      window.addEventListener('message', hear)
      window.addEventListener('pagehide', hide)
    },
    close() {
      window.removeEventListener('message', hear)
      window.removeEventListener('pagehide', hide)
    },
  })
  return audience
}

/** An origin as the browser writes it. Files and sandboxed pages have the origin `null`, which all of them share. */
function originOf(given: string): string {
  const origin = URL.canParse(given) ? new URL(given).origin : 'null'
  if (origin !== 'null') return origin
  throw new TurnstateError(
    'invalid-option',
    `"${given}" is not an origin that a conversation can be shown to. Give the viewer's as \`targetOrigin\`, such as https://viewer.example.`,
  )
}
