// Makes the ids of calls unique in a request. Some servers number their calls from the start again in each reply.
import { type Block, isServerToolResult, type Message } from '../content.ts'
import { mapBlocks } from './messages.ts'
import { numberedId } from './sendable-names.ts'
import { callerId, isClientCall, isServerToolUse, withCaller } from './server-tools.ts'

const isUse = (block: Block): boolean => isClientCall(block) || isServerToolUse(block)

/** Ids of the calls in messages, in order. */
export const callIdsIn = (messages: readonly Message[]): readonly string[] =>
  messages.flatMap(({ role, content }) =>
    role !== 'assistant' || typeof content === 'string'
      ? []
      : content.flatMap((block) => (isUse(block) ? [String(block['id'])] : [])),
  )

/** The ids that a request has used so far. */
export class UsedIds {
  readonly #before: UsedIds | undefined
  readonly #used = new Set<string>()
  /** The last number appended to each id. */
  readonly #numbers = new Map<string, number>()

  /** @param before ids that count as used too. They stay as they are. Default: none */
  constructor(before?: UsedIds) {
    this.#before = before
  }

  /** Uses the ids unchanged if none is taken or repeated. Returns whether it did. */
  take(ids: readonly string[]): boolean {
    if (ids.length === 0) return true
    if (ids.some((id) => this.#isUsed(id)) || new Set(ids).size < ids.length) return false
    for (const id of ids) this.#used.add(id)
    return true
  }

  /** Uses an id, or a new one if it is taken. Returns the id used. */
  unique(id: string): string {
    const given = this.#isUsed(id) ? this.#numbered(id) : id
    this.#used.add(given)
    return given
  }

  #numbered(wanted: string): string {
    const { id, number } = numberedId(wanted, (each) => this.#isUsed(each), this.#lastNumber(wanted) + 1)
    this.#numbers.set(wanted, number)
    return id
  }

  #isUsed(id: string): boolean {
    return this.#used.has(id) || (this.#before ? this.#before.#isUsed(id) : false)
  }

  #lastNumber(id: string): number {
    return this.#numbers.get(id) ?? (this.#before ? this.#before.#lastNumber(id) : 1)
  }
}

/**
 * The messages of one turn, with a new id for each call whose id is taken. Blocks that refer to the call get the new id too: its
 * result, and calls that name it as their caller. Results of client tools directly follow their calls, in order.
 */
export function withUniqueIds(messages: readonly Message[], used: UsedIds): Message[] {
  const unanswered = new Map<string, string[]>()
  const serverIds = new Map<string, string>()
  return mapBlocks(messages, (block) => {
    const called = ofCaller(block, serverIds)
    const id = String(block['id'])
    if (isUse(block)) {
      const unique = used.unique(id)
      if (isClientCall(block)) unanswered.set(id, [...(unanswered.get(id) ?? []), unique])
      else serverIds.set(id, unique)
      return unique === id ? called : { ...called, id: unique }
    }
    const of = String(block['tool_use_id'])
    const answered =
      block.type === 'tool_result'
        ? unanswered.get(of)?.shift()
        : isServerToolResult(block)
          ? serverIds.get(of)
          : undefined
    return answered === undefined || answered === of ? called : { ...called, tool_use_id: answered }
  })
}

function ofCaller(block: Block, ids: ReadonlyMap<string, string>): Block {
  const caller = callerId(block)
  const id = caller === undefined ? undefined : ids.get(caller)
  return id === undefined || id === caller ? block : withCaller(block, id)
}
