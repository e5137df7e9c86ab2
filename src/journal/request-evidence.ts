import type { RefusedHop } from './request-rounds.ts'
import type { Terms } from './usage.ts'

/** What the API says of one request, for its support and for later questions. All of it may be missing. */
export interface Evidence {
  /** The API's id of the message: `msg_…`. */
  readonly messageId?: string
  /** The API's id of the request, from the headers of its answer. Of Bedrock, the one that AWS gives. */
  readonly requestId?: string
  /** The stop sequence that the reply ended with. */
  readonly stopSequence?: string
  /** What the API left out of the context by itself (`context_management.applied_edits`), as it says it. */
  readonly appliedEdits?: readonly ApiObject[]
  /** What it changed about the input (`input_transformations`): thinking that it dropped, say. */
  readonly inputTransformations?: readonly ApiObject[]
  /** When the container of the reply expires, as the API writes it: RFC 3339. */
  readonly containerExpiresAt?: string
  /** Service tier, speed and region, as the API told them. */
  readonly terms?: Terms
  /** Models that refused before the API itself went on with another one, as far as `fallback` blocks say. */
  readonly hops?: readonly RefusedHop[]
}

/** An object of the API, as it came. */
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

/** The evidence alone, of something that tells more. What is not there is no field: facts are JSON. */
export function evidenceIn(told: Evidence): Evidence {
  const known = evidenceNames.filter((name) => told[name] !== undefined)
  return Object.fromEntries(known.map((name) => [name, told[name]]))
}
