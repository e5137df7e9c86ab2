import type { JsonObject } from '../../api/json.ts'
import type { HostileField } from '../program/fields.ts'
import type { HostileBlock } from '../program/inputs.ts'
import type { codeExecution, NoteTool } from '../program/tools.ts'

/** What is needed of an outcome. */
export interface HostileOutcome {
  readonly status: string
  readonly turnId: string
  readonly error?: { readonly code: string }
}

/** What is needed of a conversation: turnstate's, or anything that behaves alike. */
export interface HostileChat {
  sendMessage(input: readonly HostileBlock[]): PromiseLike<HostileOutcome>
  setModel(model: string): void
  /** Told of everything. */
  on(type: '*', listener: (notice: { readonly type: string }) => void): () => void
  close(): Promise<void>
}

/** What a set-up is given to make its conversation of. */
export interface HostileGiven {
  /** The API's base URL. */
  readonly url: string
  /** The client's `fetch`. */
  readonly fetch: typeof globalThis.fetch
  /** The model that the conversation begins with. */
  readonly model: string
  /** The model that a refusal is to be asked again of; undefined where the refused turn is to be dropped. */
  readonly fallback: string | undefined
  /** Further fields of each request, and its beta headers as `betas`. */
  readonly request: JsonObject & { readonly betas: string[] }
  readonly fields: readonly HostileField[]
  /** What the model calls: the tool `note`, and code execution, which the API runs. */
  readonly tools: readonly [NoteTool, typeof codeExecution]
}

/** Makes the conversation that a program is played with. */
export type HostileSetUp = (given: HostileGiven) => HostileChat | Promise<HostileChat>
