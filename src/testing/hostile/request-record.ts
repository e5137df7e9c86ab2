import type { JsonObject } from '../api/json.ts'

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
