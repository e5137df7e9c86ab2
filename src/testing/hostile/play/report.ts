import type { JsonObject } from '../../api/json.ts'
import type { HostileProgram } from '../program/program.ts'

/** A request that a hostile API got, and how it was answered. */
export interface HostileRequest {
  /** The number of the message that it was made for. */
  readonly message: number
  readonly model: string
  readonly bytes: number
  readonly body: JsonObject
  /**
   * `rejected`: by the rule. `objected`: it breaks the API's own rules. `refused`: by the classifiers. The rest was
   * `answered`.
   */
  readonly ended: 'answered' | 'refused' | 'rejected' | 'objected'
  /** HTTP status of the answer. */
  readonly status: number
  /** What an error said. */
  readonly said?: string
  /** Where the rule struck: `messages.3.content.1`; `''` for the request as a whole. */
  readonly place?: string
}

/** What became of one message. */
export interface HostileMessageReport {
  /** The outcome's; `threw` when the message was not taken. */
  readonly status: string
  /** The outcome's error code, or what was thrown. */
  readonly error: string | null
  readonly turnId: string | null
  readonly requests: readonly HostileRequest[]
  /** Types of what was told meanwhile, in order, those of deltas and states left out. */
  readonly told: readonly string[]
  /** Ids of turns that a refusal's policy withdrew. */
  readonly withdrawn: readonly string[]
}

/** What became of a program. */
export interface HostileReport {
  readonly program: HostileProgram
  readonly messages: readonly HostileMessageReport[]
  /** How often `note` ran, by its argument: `arg-3-0` is the first call of message 3. */
  readonly runs: ReadonlyMap<string, number>
}
