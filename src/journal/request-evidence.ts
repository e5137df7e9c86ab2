import type { RefusedHop } from './request-rounds.ts'
import type { Terms } from './usage.ts'

/** What the API reports about one request, for its support and for later analysis. Each field may be missing. */
export interface Evidence {
  /** The API's id of the message: `msg_…`. */
  readonly messageId?: string
  /** The API's id of the request, from the headers of its answer. With Bedrock, the id from AWS. */
  readonly requestId?: string
  /** The stop sequence that the reply ended with. */
  readonly stopSequence?: string
  /** What the API itself removed from the context (`context_management.applied_edits`), unchanged. */
  readonly appliedEdits?: readonly ApiObject[]
  /** What the API changed in the input (`input_transformations`): thinking that it dropped, for example. */
  readonly inputTransformations?: readonly ApiObject[]
  /** When the container of the reply expires, as the API writes it: RFC 3339. */
  readonly containerExpiresAt?: string
  /** Service tier, speed and region, as the API reports them. */
  readonly terms?: Terms
  /** Models that refused before the API itself continued with another one, according to `fallback` blocks. */
  readonly hops?: readonly RefusedHop[]
}

/** An object of the API, unchanged. */
export type ApiObject = Readonly<Record<string, unknown>>

export const evidenceNames = [
  'messageId',
  'requestId',
  'stopSequence',
  'appliedEdits',
  'inputTransformations',
  'containerExpiresAt',
  'terms',
  'hops',
] as const satisfies readonly (keyof Evidence)[]

/** The evidence fields of an object. Missing fields are omitted: facts are JSON. */
export function evidenceIn(told: Evidence): Evidence {
  const known = evidenceNames.filter((name) => told[name] !== undefined)
  return Object.fromEntries(known.map((name) => [name, told[name]]))
}
