import { useEffect, useReducer } from 'preact/hooks'
import type { Session } from './session.ts'

/** Renders again when the session changed. */
export function useSession(session: Session): void {
  const [, again] = useReducer<number, void>((count) => count + 1, 0)
  useEffect(() => session.subscribe(() => again()), [session])
}
