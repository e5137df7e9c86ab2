// The blocks of a reply in the order in which they arrived, and the limits on their size.
import { TurnstateError } from '../errors.ts'
import { type Block, isLost, isThinking, lostBlock, toolCallId } from '../journal/index.ts'
import { GrowingBlock } from './growing-block.ts'

/** The most blocks, so that an endless stream can't fill the memory. The API's longest replies have a few hundred. */
export const mostBlocks = 10_000

/** The most characters of all blocks. A longer reply could not be sent back (the API's limit for a request: 32 MB). */
export const mostCharacters = 32 * 1024 * 1024

/** The most deltas, citations and other events that are kept. The longest replies have a few hundred thousand. */
const mostEvents = 1_000_000

/** Characters counted for each field when its block is copied. Without them a stream of ever new fields would take quadratic time. */
const fieldCost = 20

export class DraftBlocks {
  readonly #all: GrowingBlock[] = []
  /** The last block that started with each index. Indexes can have gaps, be huge, and be reused. */
  readonly #at = new Map<number, GrowingBlock>()
  readonly #callIds: Set<string>
  readonly #newCallId: (count: number) => string
  readonly #now: () => number
  #characters = 0
  #events = 0

  /**
   * @param callIds ids of calls in other replies of the turn
   * @param newCallId creates an id, given the number of blocks before the call
   * @param now the time in milliseconds
   */
  constructor(callIds: Iterable<string>, newCallId: (count: number) => string, now: () => number) {
    this.#callIds = new Set(callIds)
    this.#newCallId = newCallId
    this.#now = now
  }

  get all(): readonly GrowingBlock[] {
    return this.#all
  }

  /**
   * Starts a new block. An earlier block with the same index ends.
   * @throws TurnstateError `reply-too-large`
   */
  start(index: number, shell: Block): void {
    this.#at.get(index)?.close(this.#now())
    const block = new GrowingBlock(this.#answerable(shell), this.#now())
    this.#all.push(block)
    this.#at.set(index, block)
    this.hold(JSON.stringify(shell).length)
    if (this.#all.length > mostBlocks) throw tooLarge(`${mostBlocks} blocks`)
  }

  /** The block with this index; `null` if there is none or it has ended. */
  open(index: number): GrowingBlock | null {
    const block = this.#at.get(index)
    return block && !block.closed ? block : null
  }

  stop(index: number): void {
    this.open(index)?.close(this.#now())
  }

  /** @throws TurnstateError `reply-too-large` */
  append(block: GrowingBlock, text: string): void {
    block.text.add(text)
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
   * The blocks to keep. A block of which `read` keeps nothing leaves a placeholder if thinking follows it: without one, two
   * thinking blocks could become neighbours, which the API rejects.
   */
  kept(read: (block: GrowingBlock) => Block | null): readonly Block[] {
    const blocks = this.#all.map((block) => read(block) ?? lostBlock(block.shell))
    const lastThought = blocks.findLastIndex(isThinking)
    return blocks.filter((block, index) => index < lastThought || !isLost(block))
  }

  /** Milliseconds that each thinking block took of which `read` keeps something, until now for one that has not ended. */
  thinkingTimes(read: (block: GrowingBlock) => Block | null): readonly number[] {
    const now = this.#now()
    return this.#all.flatMap((block) =>
      block.shell.type === 'thinking' && read(block) !== null ? [block.tookUntil(now)] : [],
    )
  }

  discard(): void {
    this.#all.length = 0
    this.#at.clear()
  }

  /**
   * Counts the characters that one event adds.
   * @throws TurnstateError `reply-too-large`
   */
  hold(characters: number): void {
    this.#characters += characters
    this.#events++
    if (this.#events > mostEvents) throw tooLarge(`${mostEvents} events`)
    if (this.#characters <= mostCharacters) return
    // A kept reply of this size would make every later request too large.
    this.discard()
    throw tooLarge(`${mostCharacters} characters`)
  }

  /** Gives a call a new id if it has none, or that of another call: it could not be answered. */
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
    `The reply exceeded ${limit}, more than a later request could carry, and was stopped. Ask for less at once. If the reply was short, check the message source for repeated events.`,
  )
