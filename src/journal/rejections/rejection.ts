import type { TurnstateErrorCode } from '../../errors.ts'
import type { Suspect } from '../suspect.ts'

/** A rejected request, as the app sees it. */
export interface Rejection {
  readonly code: TurnstateErrorCode
  /** The HTTP status; `null` if there was none. */
  readonly status: number | null
  /** What the API's message names: a place in the request, a field or an id; `null` for nothing. */
  readonly pointer: string | null
  /** The parts that this request carried for the first time since the last one that the API accepted. */
  readonly suspects: readonly Suspect[]
}
