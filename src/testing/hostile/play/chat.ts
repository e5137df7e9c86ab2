import type { JsonObject } from '../../api/json.ts'
import type { HostileField } from '../program/fields.ts'
import type { HostileBlock } from '../program/inputs.ts'
import type { codeExecution, NoteTool } from '../program/tools.ts'

/** The part of an outcome that is used. */
export interface HostileOutcome {
  readonly status: string
  readonly turnId: string
  readonly error?: { readonly code: string }
}

/** The part of a conversation that is used: turnstate's, or anything that behaves like it. */
export interface HostileChat {
  sendMessage(input: readonly HostileBlock[]): PromiseLike<HostileOutcome>
  setModel(model: string): void
  /** Adds a listener for all events; returns a function that removes it. */
  on(type: '*', listener: (notice: { readonly type: string }) => void): () => void
  close(): Promise<void>
}

/** What a set-up gets to create its conversation. */
export interface HostileGiven {
  /** The base URL of the API. */
  readonly url: string
  /** The `fetch` for the client. */
  readonly fetch: typeof globalThis.fetch
  /** The first model of the conversation. */
  readonly model: string
  /** The model to ask after a refusal; undefined if the refused turn is to be dropped. */
  readonly fallback: string | undefined
  /** Additional fields of each request, and its beta headers as `betas`. */
  readonly request: JsonObject & { readonly betas: string[] }
  readonly fields: readonly HostileField[]
  /** The tools that the model calls: `note`, and code execution, which the API runs. */
  readonly tools: readonly [NoteTool, typeof codeExecution]
}

/** Creates the conversation that plays a program. */
export type HostileSetUp = (given: HostileGiven) => HostileChat | Promise<HostileChat>
