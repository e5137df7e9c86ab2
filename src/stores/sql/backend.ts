// What a store asks of its database: plain data, so that it can be sent to a thread.
import type { CheckedListOptions, CheckedOpenOptions } from '../check-options.ts'
import type { Seal, WrappedKey } from './sealing.ts'

/** Conversations that are erased in one transaction, or whose keys are read at once. */
export const batch = 200

export interface OpenRequest extends CheckedOpenOptions {
  readonly id: string
  /** A new data key, for a conversation without one; `null`: the store does not encrypt. */
  readonly newKey: WrappedKey | null
}

/** An open conversation, or how long ago its holder renewed the lease. */
export type OpenReply =
  | { readonly heldFor: number }
  | { readonly key: number; readonly token: number; readonly revision: number; readonly wrapped: WrappedKey | null }

/** A fact as it is stored, or before it is sealed: one of the two is `null`. */
export interface FactRow {
  readonly seq: number
  readonly body: string | null
  readonly sealed: Uint8Array | null
}

/** A summary as it is stored. */
export interface SummaryRow {
  readonly firstWords: string | null
  readonly status: string
  readonly model: string
  readonly usage: string
}

export interface AppendRequest {
  readonly key: number
  readonly token: number
  readonly expected: number
  readonly facts: readonly FactRow[]
  readonly summary: SummaryRow | null
}

/** The revision after an append; `null`: the writer has lost the conversation. */
export type AppendReply = number | null

export interface WriterRequest {
  readonly key: number
  readonly token: number
}

/** What is stored about a conversation. */
export interface ConversationRow extends SummaryRow {
  readonly key: number
  readonly id: string
  readonly owner: string | null
  readonly title: string | null
  readonly revision: number
  readonly createdAt: number
  readonly changedAt: number
  readonly writer: number | null
  readonly wrapped: WrappedKey | null
}

export interface CheckpointRow {
  readonly revision: number
  readonly version: number
  readonly body: string
}

export interface ImportRequest extends SummaryRow {
  readonly id: string
  readonly owner: string | null
  readonly title: string | null
  readonly createdAt: number
  readonly changedAt: number
  readonly wrapped: WrappedKey | null
  readonly facts: readonly FactRow[]
}

/** Which conversations to erase. */
export type Erased =
  | { readonly id: string }
  | { readonly owner: string }
  /** Those that did not change for so many milliseconds and are not open. */
  | { readonly age: number }

/** A conversation whose data key is to be wrapped again. */
export interface KeyRow extends WrappedKey {
  readonly key: number
  readonly id: string
}

/** Titles, first words, facts and checkpoints come and go as they are stored. A failure is a TurnstateError. */
export interface Requests {
  open(request: OpenRequest): Promise<OpenReply>
  append(request: AppendRequest): Promise<AppendReply>
  /** Whether the lease is held. */
  renew(request: WriterRequest): Promise<boolean>
  release(request: WriterRequest): Promise<void>
  /** A page of facts from a revision on; `null`: there is no such conversation. */
  page(request: {
    readonly key: number
    readonly from: number
    readonly to: number
  }): Promise<readonly FactRow[] | null>
  checkpoint(key: number): Promise<CheckpointRow | null>
  saveCheckpoint(request: WriterRequest & CheckpointRow): Promise<void>
  find(id: string): Promise<ConversationRow | null>
  list(options: CheckedListOptions): Promise<readonly ConversationRow[]>
  setTitle(request: { readonly key: number; readonly title: string | null }): Promise<boolean>
  erase(which: Erased): Promise<number>
  /** Whether the id was free. */
  import(request: ImportRequest): Promise<boolean>
  /** Conversations whose data key another key than this one wraps. */
  keys(request: { readonly except: string; readonly after: number }): Promise<readonly KeyRow[]>
  /** What is wrong with the database, in words. */
  check(): Promise<readonly string[]>
  replaceKeys(
    keys: readonly { readonly key: number; readonly from: string; readonly to: WrappedKey }[],
  ): Promise<number>
}

/** A database. */
export interface Backend extends Omit<Requests, 'append' | 'import'> {
  /** Seals the facts, if there is a seal, and appends them. */
  append(request: AppendRequest, seal: Seal | null): Promise<AppendReply>
  /** The same for the facts of an import. */
  import(request: ImportRequest, seal: Seal | null): Promise<boolean>
  /** Calls back when a conversation may have changed. Returns what ends that. */
  watch(key: number, changed: () => void): () => void
  /** Frees everything; requests under way are answered first. */
  close(): Promise<void>
}
