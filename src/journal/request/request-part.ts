// What the turns of a path contribute to a request, added turn by turn.
import type { Message } from '../content.ts'
import type { LeftOut } from './left-out.ts'
import type { Made } from './makings.ts'
import { MessageList } from './messages.ts'
import { UsedIds, withUniqueIds } from './unique-ids.ts'
import { type Beginning, rememberBeginning, WrittenMessages } from './written-messages.ts'

/** The most cache breakpoints of a request (the API's documentation). */
export const mostBreakpoints = 4

/** The messages of turns that were added in the order of their path, and what a request needs to carry them. */
export class RequestPart {
  readonly #list: MessageList
  /** Those of its messages that turns after it leave as they are, as they are sent. */
  readonly #written = new WrittenMessages()
  readonly #beginning: Beginning | null
  readonly #used: UsedIds
  readonly left: LeftOut[]
  /** The container of the last reply that left one; `null` if none did. */
  container: string | null
  compactions: number
  /** Cache breakpoints in the messages. */
  breakpoints: number

  /** @param before the part that this one continues; it stays as it is. Default: none */
  constructor(before?: RequestPart) {
    this.#list = before ? new MessageList(before.#list.copy()) : new MessageList()
    this.#used = before ? new UsedIds(before.#used) : new UsedIds()
    this.left = [...(before?.left ?? [])]
    this.container = before?.container ?? null
    this.compactions = before?.compactions ?? 0
    this.breakpoints = before?.breakpoints ?? 0
    // The next message may be joined to the last one.
    this.#beginning = before ? { written: before.#written, count: before.#list.messages.length - 1 } : null
  }

  /** A list of its own: it does not change as turns are added. */
  get messages(): readonly Message[] {
    const messages = this.#list.copy()
    if (this.#beginning) rememberBeginning(messages, this.#beginning)
    return messages
  }

  add(made: Made): void {
    for (const message of ownMessages(made, this.#used)) this.#list.add(message)
    const { replay, replays } = made
    for (const each of replay.left) this.left.push(each)
    this.container = replays.container ?? this.container
    this.compactions += replay.compactions
    this.breakpoints += replay.breakpoints
  }
}

/** The messages of a turn, with ids of calls that no turn before it uses. */
export function ownMessages({ replays, making, replay }: Made, used: UsedIds): readonly Message[] {
  if (used.take(replay.callIds)) return replay.messages
  // A changed id breaks the signature of the thinking after the call.
  const { messages } = replay.thinksAfterCalls ? replays.of({ ...making, thinkingFrom: Infinity }) : replay
  return withUniqueIds(messages, used)
}
