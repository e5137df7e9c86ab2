// A conversation as the events of a stream show it. Pure, so that a server can keep the same picture to find out what to send.
import type { Delta, TranscriptItem, TranscriptPart } from '../index.ts'
import type { ConversationChange, ConversationState } from './wire.ts'

/** Deltas of one kind that are not in the messages yet. */
interface Growth {
  readonly turnId: string
  readonly kind: Delta['kind']
  /** Whether they begin another part of the reply. */
  readonly isNew: boolean
  text: string
}

/** What a viewer knows of a conversation. Whatever did not change keeps its identity: messages, the list of them, the queue … */
export class Picture {
  #state: ConversationState | null = null
  /** They are added when somebody reads: once, however many there are. */
  #growths: Growth[] = []
  /** The block that the last delta belonged to; empty when it is not known, after a state. */
  #block = ''

  /** The state; `null` before the first `conversation`. */
  get state(): ConversationState | null {
    const growths = this.#growths
    if (this.#state && growths.length > 0) {
      this.#growths = []
      this.#state = { ...this.#state, messages: growths.reduce(withGrowth, this.#state.messages) }
    }
    return this.#state
  }

  /** The event `conversation`: replaces everything. */
  replace(state: ConversationState): void {
    const before = this.state
    this.#block = ''
    this.#state = before ? alike(before, { ...state, messages: merged(before.messages, 0, state.messages) }) : state
  }

  /** The event `change`. Before the first `conversation` it says nothing. */
  change({ messages, ...rest }: ConversationChange): void {
    const before = messages ? this.state : this.#state
    if (!before) return
    if (messages) this.#block = ''
    const items = messages ? merged(before.messages, messages.keep, messages.items) : before.messages
    this.#state = alike(before, { ...before, ...rest, messages: items })
  }

  /** The event `delta`. It costs the same however long the reply is. */
  grow({ turnId, attempt, block, kind, text }: Delta): void {
    const of = `${attempt} ${block} ${turnId}`
    const last = this.#growths.at(-1)
    if (last && of === this.#block) last.text += text
    else this.#growths.push({ turnId, kind, text, isNew: this.#block !== '' && of !== this.#block })
    this.#block = of
  }
}

/** Adds text to the item of the turn that is in progress. Without one, as for a summary, nothing is shown. */
function withGrowth(
  messages: readonly TranscriptItem[],
  { turnId, kind, text, isNew }: Growth,
): readonly TranscriptItem[] {
  const index = messages.findLastIndex((item) => item.turnId === turnId && item.status === 'streaming')
  const item = messages[index]
  return item ? messages.with(index, { ...item, parts: grown(item.parts, kind, text, isNew) }) : messages
}

/**
 * The parts of a reply after a delta: text goes to the last part if that is of its kind, else it begins another one. The input of a
 * tool call is the unparsed text while it arrives.
 */
function grown(
  parts: readonly TranscriptPart[],
  kind: Delta['kind'],
  text: string,
  isNew: boolean,
): readonly TranscriptPart[] {
  const last = parts.at(-1)
  if (kind === 'toolInput') {
    // Another call comes with its name, in the next change.
    if (last?.type !== 'tool-call' || isNew) return parts
    return parts.with(parts.length - 1, { ...last, input: typeof last.input === 'string' ? last.input + text : text })
  }
  if (isNew || last?.type !== kind) return [...parts, { type: kind, text }]
  return parts.with(parts.length - 1, { ...last, text: last.text + text })
}

/** The first `keep` items, then these, with those that are the same as before in their place. */
function merged(
  before: readonly TranscriptItem[],
  keep: number,
  items: readonly TranscriptItem[],
): readonly TranscriptItem[] {
  const known = new Map(before.slice(keep).map((item) => [item.id, item]))
  const all = [...before.slice(0, keep), ...items.map((item) => same(known.get(item.id), item))]
  return all.length === before.length && all.every((item, index) => item === before[index]) ? before : all
}

/** The new state, with those values of the old one that are the same. */
function alike(before: ConversationState, after: ConversationState): ConversationState {
  const entries = Object.entries(after).map(([key, value]: [string, unknown]) => [
    key,
    key === 'messages' ? value : same(before[key as keyof ConversationState], value),
  ])
  return Object.fromEntries(entries) as ConversationState
}

/** The old value if the new one is the same JSON. */
const same = <T>(before: T | undefined, after: T): T =>
  before === after || JSON.stringify(before) === JSON.stringify(after) ? (before as T) : after
