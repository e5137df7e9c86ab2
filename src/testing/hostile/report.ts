import type { HostileProgram } from './program.ts'
import type { HostileRequest } from './request-record.ts'

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
