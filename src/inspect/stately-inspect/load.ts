import { messageOf, TurnstateError } from '../../errors.ts'
import type { StatelyModule } from './messages.ts'

/** Loads `@statelyai/inspect`. @throws TurnstateError `not-available` if it is not installed */
export async function loadStately(): Promise<StatelyModule> {
  try {
    return await import('@statelyai/inspect')
  } catch (cause) {
    throw new TurnstateError(
      'not-available',
      `statelyInspect() needs @statelyai/inspect, which could not be loaded (${messageOf(cause)}). Install it: npm install @statelyai/inspect`,
      { cause },
    )
  }
}
