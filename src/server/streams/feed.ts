// What happens in a conversation, for broadcasts of it in other processes than the one that has it open. Whatever connects processes
// implements `Feed`.
import type { ConversationChange, ConversationState } from '../../client/wire.ts'
import type { Delta } from '../../index.ts'
import type { Published } from './published.ts'

/** A delta, and the message that it belongs to. */
interface FedDelta {
  readonly kind: 'delta'
  readonly delta: Delta
  readonly message: string | null
}

/** What happens to a conversation in the process that has it open. JSON. */
export type FeedItem =
  /** Everything, with the text so far. What comes after it follows from it. */
  | { readonly kind: 'whole'; readonly state: ConversationState }
  | FedDelta
  | { readonly kind: 'event'; readonly published: FedEvent }
  | { readonly kind: 'change'; readonly change: ConversationChange }
  /** A change after which nothing may be shown any more that was shown before it. */
  | { readonly kind: 'retract'; readonly change: ConversationChange }
  /** The conversation was closed there, or its process is gone. */
  | { readonly kind: 'end' }

/** Any other event of the conversation's channel. */
export type FedEvent = Omit<Published, 'delta'>

/** Takes what happens. Nothing of it waits: what can't be passed on in time is left out, and the feed begins anew. */
export interface FeedWriter {
  add(item: Exclude<FeedItem, { readonly kind: 'whole' | 'end' }>): void
  /** The conversation is closed here. */
  end(): void
}

/** Connects processes. Neither end of it fails: a feed that can't be written or read is late, or not there. */
export interface Feed {
  /** Milliseconds for which facts wait for the feed to tell of them: more than it is late as a rule. */
  readonly patience: number
  /**
   * Begins the feed of a conversation that is open here. It replaces one of a process that is gone.
   *
   * @param now the conversation as it is. Asked for each `whole`: at the beginning, and whenever the feed begins anew, so that who comes
   * late reads little. Not to be called while an item is added.
   */
  write(id: string, now: () => ConversationState): FeedWriter
  /**
   * The feed of a conversation, as it is and as it goes on, until the signal aborts. First comes a `whole`, then what follows from it, in
   * order, each once. Another `whole` comes only where something was missed, or where another process has begun the feed.
   */
  follow(id: string, signal: AbortSignal): AsyncIterable<readonly FeedItem[]>
}

/** The same items with deltas of one block that follow each other as one: less to write. */
export function joined(items: readonly FeedItem[]): readonly FeedItem[] {
  const all: FeedItem[] = []
  for (const item of items) {
    const last = all.at(-1)
    if (item.kind === 'delta' && last?.kind === 'delta' && isMore(last.delta, item.delta))
      all[all.length - 1] = { ...last, delta: { ...last.delta, text: last.delta.text + item.delta.text } }
    else all.push(item)
  }
  return all
}

const isMore = (one: Delta, other: Delta): boolean =>
  one.turnId === other.turnId && one.attempt === other.attempt && one.block === other.block && one.kind === other.kind
