// The contract between conversations and the places that keep them. A store that passes `storeCases()` of `turnstate/testing`
// keeps it. Version 1.
//   K1  One writer per conversation: open() takes a lease before anything is read. While it is held, open() elsewhere rejects with
//       `conversation-busy`. A lease that is not renewed in time expires; each append() that is saved renews it, too. A writer whose lease
//       has expired goes on until another one takes over. With `takeOver`, open() does not wait for the lease of that writer, which learns
//       `lost` with its next append or renewal, as in K4. The lease of any other writer is waited for.
//   K2  Each open() gets a higher fencing token than every one before it, in whichever process. Facts are stored with the token of
//       their writer: token and `seq` are the id of a fact.
//   K3  append() is atomic. It stores if the writer's token is the newest and the journal has exactly `expected` facts. Facts that the
//       same writer has stored before are recognised by their ids, however they were grouped, and only the rest is stored.
//   K4  Otherwise the answer is `lost`, for good: another writer has taken over. Nothing is stored then, however late a write arrives.
//   K5  `saved` means that the facts are still there after a crash, as far as the store can say so at all (`memoryStore` can't).
//   K6  `failed` says that it is not known whether the facts are stored. The same facts may be sent again. A rejection or a
//       thrown error means the same.
//   K7  Time is the store's own, never that of an owner: clocks of owners may differ by hours.
//   K8  delete() erases: nothing of the conversation is left in the store's files afterwards. A writer that has it open learns `lost`.
import type { Failure } from '../errors.ts'
import type { StoredFact, Usage } from '../journal/index.ts'

/** A value, or a promise of one. Stores in memory answer at once. */
export type MaybePromise<Value> = Value | Promise<Value>

/** How to open a conversation. */
export interface OpenOptions {
  /** The app's tag for whose conversation this is: the id of a user, say. It is stored when the conversation is created. */
  readonly owner?: string
  /** Milliseconds after which the lease expires unless it is renewed. Default 15,000. */
  readonly lease?: number
  /**
   * The `writer` of the conversation's listing: opens the conversation although this writer holds its lease, and ends its right to write.
   * For whoever knows that it is gone, or must not go on. Default: nobody's lease is taken.
   */
  readonly takeOver?: number
}

/** What `list()` says about a conversation. It is written with each append, so that listing folds no journal. */
export interface ConversationSummary {
  /** The first words of the conversation. */
  readonly title: string | null
  /** The state that the journal shows: `idle`, `completed`, `refused` … */
  readonly status: string
  readonly model: string
  readonly usage: Usage
}

/** Facts to be stored together. Appends that are sent before the answer to an earlier one are stored after it. */
export interface Append {
  /** The id of this append, for logs. An append that is sent again may have another one. */
  readonly appendId: string
  /** The number of facts in the journal before the first of these. */
  readonly expected: number
  /** Not empty. Their `seq` are consecutive from `expected` on. */
  readonly facts: readonly StoredFact[]
  readonly summary?: ConversationSummary
}

/** What became of an append. */
export type AppendResult =
  /** All facts up to this revision, the number of facts in the journal, are stored. */
  | { readonly status: 'saved'; readonly revision: number }
  | { readonly status: 'failed'; readonly failure: Failure }
  | { readonly status: 'lost'; readonly failure: Failure }

/** Whether a lease is still held. */
export type RenewResult = Exclude<AppendResult, { readonly status: 'saved' }> | { readonly status: 'held' }

/** A view of the journal that saves folding it from the first fact. Derived: it can be thrown away at any time. */
export interface Checkpoint {
  /** The number of facts that it covers. */
  readonly revision: number
  /** The version of its format. A checkpoint of another version is ignored. */
  readonly version: number
  /** JSON. */
  readonly body: string
}

/** A conversation that this process may write. */
export interface OpenConversation {
  readonly id: string
  /** The fencing token. */
  readonly token: number
  /** The number of facts in the journal when it was opened: 0 for a new conversation. */
  readonly revision: number
  /** Milliseconds after which the lease expires unless it is renewed. */
  readonly lease: number
  /** The facts from a revision (default 0) on, in order, in pages. */
  facts(from?: number): AsyncIterable<readonly StoredFact[]>
  /** @throws TurnstateError `internal-error` for facts that are not numbered from `expected` on. Nothing is stored then. */
  append(append: Append): MaybePromise<AppendResult>
  /** Extends the lease. */
  renew(): MaybePromise<RenewResult>
  /** The newest checkpoint, or `null`. */
  checkpoint(): MaybePromise<Checkpoint | null>
  /** Stores a checkpoint in the place of an earlier one. Does nothing in a store that keeps none, and for a writer that is `lost`; never rejects. */
  saveCheckpoint(checkpoint: Checkpoint): MaybePromise<void>
  /** Gives up the lease. Appends after it are `lost`. Never rejects; a second call does nothing. */
  release(): MaybePromise<void>
}

/** A conversation in a list. */
export interface ConversationListing extends Omit<ConversationSummary, 'title'> {
  readonly id: string
  /** The title that the app set, else the first words; `null` where there is none, or where the key to it is missing. */
  readonly title: string | null
  readonly owner: string | null
  readonly revision: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** When facts were last appended. A title does not count. */
  readonly changedAt: number
  /** Whether a process holds its lease. */
  readonly isOpen: boolean
  /** The fencing token of whoever holds its lease; `null`: nobody does. */
  readonly writer: number | null
}

/** What to list. */
export interface ListOptions {
  /** Only conversations with this tag. Default: all. */
  readonly owner?: string
  /** Only conversations that did not change after this time, in milliseconds since 1970. */
  readonly changedBefore?: number
  /** The most conversations on the page. Default 50, at most 1,000. */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: string
}

/** One page of a list, the conversation that changed last first. One that changes while pages are read may be missing on later ones. */
export interface ConversationPage {
  readonly conversations: readonly ConversationListing[]
  /** Pass it as `after` for the next page; `null` on the last one. */
  readonly next: string | null
}

/** Facts that were appended, by whichever process. */
export interface FollowedFacts {
  readonly facts: readonly StoredFact[]
  /** The number of facts up to and including these. */
  readonly revision: number
}

/** How to import a conversation. */
export interface ImportOptions {
  /** The id that it gets. Default: the one that it was exported with. */
  readonly id?: string
  /** Whose it is from now on. Default: as in the export. */
  readonly owner?: string
}

/** A place that keeps conversations. After `close()`, all its methods throw `store-closed`. */
export interface Store {
  /** What it is, without secrets: `sqlite:chat.db`, `memory`. */
  readonly name: string
  /**
   * Opens a conversation for writing; creates it if there is none with this id. Takes the lease first.
   *
   * @throws TurnstateError `conversation-busy` with `details.heldFor` (milliseconds since the holder renewed its lease) unless it takes
   * over, `invalid-option` for an id that is empty or longer than 1,024 characters, `store-unavailable`, `store-invalid`, `store-version-unsupported`,
   * `key-unknown`
   */
  open(id: string, options?: OpenOptions): Promise<OpenConversation>
  /** What `list()` says about one conversation; `null` for an unknown id. */
  get(id: string): Promise<ConversationListing | null>
  /** The facts of a conversation from a revision (default 0) on, in pages, without a lease. @throws TurnstateError `conversation-unknown`, `key-unknown` */
  facts(id: string, from?: number): AsyncIterable<readonly StoredFact[]>
  list(options?: ListOptions): Promise<ConversationPage>
  /** Sets the title, or with `null` goes back to the first words. @throws TurnstateError `conversation-unknown` */
  setTitle(id: string, title: string | null): Promise<void>
  /** Erases a conversation. Returns whether there was one. */
  delete(id: string): Promise<boolean>
  /** Erases all conversations of an owner. Returns their number. */
  deleteOwner(owner: string): Promise<number>
  /** Erases all conversations that did not change in the last so many milliseconds and are not open. Returns their number. */
  deleteOlderThan(age: number): Promise<number>
  /** The conversation as lines of JSON: a header, the facts, and an end line with their number. @throws TurnstateError `conversation-unknown` */
  export(id: string): AsyncIterable<string>
  /**
   * Creates a conversation from exported lines, all or nothing. Returns its id.
   *
   * @throws TurnstateError `conversation-exists`, `import-invalid` for lines that are cut, doubled or no export,
   * `journal-version-unsupported`, `journal-damaged`
   */
  import(lines: AsyncIterable<string> | Iterable<string>, options?: ImportOptions): Promise<string>
  /**
   * The facts after a revision, those that are there and then those that are appended by whichever process, until the signal aborts or
   * the conversation is deleted.
   *
   * @throws TurnstateError `conversation-unknown`
   */
  follow(id: string, revision: number, options?: { readonly signal?: AbortSignal }): AsyncIterable<FollowedFacts>
  /** Closes the store. Conversations that are open in it are released. A second call does nothing. */
  close(): Promise<void>
}
