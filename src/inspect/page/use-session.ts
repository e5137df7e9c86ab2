import { useLayoutEffect, useReducer } from 'preact/hooks'
import type { Session } from './session.ts'

/**
 * Renders again when the session changed. It listens as soon as it was rendered: `useEffect` would begin after the next frame, and
 * what the session received until then would not be shown before something else changes.
 */
export function useSession(session: Session): void {
  const [, again] = useReducer<number, void>((count) => count + 1, 0)
  useLayoutEffect(() => session.subscribe(() => again()), [session])
}
