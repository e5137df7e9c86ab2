// The blocks of a reply in the order in which they came, and how much of them a reply may hold.
import { TurnstateError } from '../errors.ts'
import { type Block, isLost, isThinking, lostBlock, toolCallId } from '../journal/index.ts'
import { GrowingBlock } from './growing-block.ts'

/** A stream without end must not fill the memory. The API's longest replies have some hundred blocks. */
export const mostBlocks = 10_000

/** Characters of all blocks. No request could carry more back (the API's limit: 32 MB). */
export const mostCharacters = 32 * 1024 * 1024

/** Deltas, citations and other events that are kept. The longest replies have some hundred thousand. */
const mostEvents = 1_000_000

/** Characters that a field counts as each time that its block is copied: fields of ever new names would take forever. */
const fieldCost = 20

export class DraftBlocks {
  readonly #all: GrowingBlock[] = []
  /** The last block that started with an index. Indexes can have gaps, be huge, and be used again. */
  readonly #at = new Map<number, GrowingBlock>()
  readonly #callIds: Set<string>
  readonly #newCallId: (count: number) => string
  #characters = 0
  #events = 0

  /**
   * @param callIds ids of calls that other replies of the turn have used
   * @param newCallId makes one for the call at a place in the reply
   */
  constructor(callIds: Iterable<string>, newCallId: (count: number) => string) {
    this.#callIds = new Set(callIds)
    this.#newCallId = newCallId
  }

  get all(): readonly GrowingBlock[] {
    return this.#all
  }

  /**
   * A start is always a block of its own; the one before it with the same index has ended.
   * @throws TurnstateError `reply-too-large`
   */
  start(index: number, shell: Block): void {
    this.#at.get(index)?.close()
    const block = new GrowingBlock(this.#answerable(shell))
    this.#all.push(block)
    this.#at.set(index, block)
    this.hold(JSON.stringify(shell).length)
    if (this.#all.length > mostBlocks) throw tooLarge(`${mostBlocks} blocks`)
  }

  /** The block with this index, while more can come of it. */
  open(index: number): GrowingBlock | null {
    const block = this.#at.get(index)
    return block && !block.closed ? block : null
  }

  /** @throws TurnstateError `reply-too-large` */
  append({ chunks }: GrowingBlock, text: string): void {
    if (text !== '') chunks.push(text)
    this.hold(text.length)
  }

  /** @throws TurnstateError `reply-too-large` */
  patch(index: number, fields: Readonly<Record<string, unknown>>): void {
    const block = this.open(index)
    if (!block) return
    block.shell = { ...block.shell, ...fields }
    this.hold(JSON.stringify(fields).length + Object.keys(block.shell).length * fieldCost)
  }

  /**
   * Adds a citation; `false` when there is no open block for it.
   * @throws TurnstateError `reply-too-large`
   */
  cite(index: number, citation: unknown): boolean {
    const block = this.open(index)
    if (!block) return false
    block.citations.push(citation)
    this.hold(JSON.stringify(citation).length)
    return true
  }

  /**
   * What is kept of the reply's blocks. Where nothing is kept of one, its place is, if thinking comes after it: without a
   * trace of it, thinking would become the neighbour of other thinking, which the API does not take.
   */
  kept(read: (block: GrowingBlock) => Block | null): readonly Block[] {
    const blocks = this.#all.map((block) => read(block) ?? lostBlock(block.shell))
    const lastThought = blocks.findLastIndex(isThinking)
    return blocks.filter((block, index) => index < lastThought || !isLost(block))
  }

  discard(): void {
    this.#all.length = 0
    this.#at.clear()
  }

  /**
   * Counts what is kept for one event.
   * @throws TurnstateError `reply-too-large`
   */
  hold(characters: number): void {
    this.#characters += characters
    this.#events++
    if (this.#events > mostEvents) throw tooLarge(`${mostEvents} events`)
    if (this.#characters <= mostCharacters) return
    // Kept, it would make every later request too large.
    this.discard()
    throw tooLarge(`${mostCharacters} characters`)
  }

  /** A call without an id, or with that of another, could not be answered. */
  #answerable(shell: Block): Block {
    if (shell.type !== 'tool_use') return shell
    const given = toolCallId(shell) ?? ''
    const isOwn = given !== '' && !this.#callIds.has(given)
    const id = isOwn ? given : this.#newCallId(this.#all.length)
    this.#callIds.add(id)
    return isOwn ? shell : { ...shell, id }
  }
}

const tooLarge = (limit: string): TurnstateError =>
  new TurnstateError(
    'reply-too-large',
    `The reply went on beyond ${limit}, which no later request could carry, and was given up. Ask for less at once; if it was short, what sends the stream repeats itself.`,
  )
