import type { TurnstateErrorCode } from '../../errors.ts'
import type { Suspect } from '../suspect.ts'

/** A rejected request, as the app sees it. */
export interface Rejection {
  readonly code: TurnstateErrorCode
  /** The HTTP status, where there was one. */
  readonly status: number | null
  /** What the API's own words name: a place in the request, a field, an id. */
  readonly pointer: string | null
  /** What this request carried for the first time since one that the API took, on this model, with these fields. */
  readonly suspects: readonly Suspect[]
}
