import type { JsonObject } from '../../api/json.ts'
import type { HostileProgram } from '../program/program.ts'

/** A request to a hostile API, and its answer. */
export interface HostileRequest {
  /** The number of the message that it belongs to. */
  readonly message: number
  readonly model: string
  readonly bytes: number
  readonly body: JsonObject
  /**
   * `rejected` by the program's rule; `objected` because it breaks the API's own rules; `refused` by the classifiers; or
   * `answered`.
   */
  readonly ended: 'answered' | 'refused' | 'rejected' | 'objected'
  /** HTTP status of the answer. */
  readonly status: number
  /** The message of an error. */
  readonly said?: string
  /** Where the request breaks the rule: `messages.3.content.1`, or `''` for the request as a whole. */
  readonly place?: string
}

/** What happened to one message. */
export interface HostileMessageReport {
  /** The status of the outcome; `threw` if the call threw. */
  readonly status: string
  /** The error code of the outcome, or of what was thrown. */
  readonly error: string | null
  readonly turnId: string | null
  readonly requests: readonly HostileRequest[]
  /** The types of the events during the message, in order, without deltas and states. */
  readonly told: readonly string[]
  /** Ids of the turns that the policy of a refusal withdrew. */
  readonly withdrawn: readonly string[]
}

/** What happened in a program. */
export interface HostileReport {
  readonly program: HostileProgram
  readonly messages: readonly HostileMessageReport[]
  /** How often `note` ran for each argument: `arg-3-0` is that of the first call of message 3. */
  readonly runs: ReadonlyMap<string, number>
}
