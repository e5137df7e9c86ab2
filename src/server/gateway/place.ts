// Where in a conversation a request belongs. The client sends its history with each request; the journal is what the model sees, so the
// client's is only compared with it: what was refused, or was never said, does not come back this way.
import { TurnstateError } from '../../errors.ts'
import type { Block, JournalTurn, MessageParam, View } from '../../index.ts'
import { inputHash } from '../../journal/index.ts'
import type { GivenMessage } from './read-request.ts'

/** What a request asks. */
export type Asked =
  | {
      readonly type: 'message'
      readonly input: readonly Block[]
      readonly system: string | undefined
      /** The user's messages before it. */
      readonly before: readonly (readonly Block[])[]
      /** The history before it. */
      readonly history: readonly MessageParam[]
    }
  | { readonly type: 'results'; readonly results: readonly Block[]; readonly words: readonly Block[] }

const isResult = ({ type }: Block): boolean => type === 'tool_result'

/** Reads what a request asks: its last message. @throws TurnstateError `request-malformed` */
export function askedIn(messages: readonly GivenMessage[]): Asked {
  const last = messages.findLastIndex(({ role }) => role === 'user')
  const asked = messages[last]
  const after = messages.slice(last + 1)
  if (!asked || after.some(({ role }) => role === 'assistant'))
    throw new TurnstateError(
      'request-malformed',
      "messages: the last one must be a user's. A reply can't be begun for the model.",
    )
  if (asked.content.some(isResult))
    return {
      type: 'results',
      results: asked.content.filter(isResult),
      words: asked.content.filter((block) => !isResult(block)),
    }
  const system = after
    .flatMap(({ content }) => content.map(({ text }) => (typeof text === 'string' ? text : '')))
    .join('\n')
  const earlier = messages.slice(0, last)
  return {
    type: 'message',
    input: asked.content,
    system: system.trim() === '' ? undefined : system,
    before: earlier
      .filter(({ role, content }) => role === 'user' && !content.some(isResult))
      .map(({ content }) => content),
    // The conversation reads it, and repairs what can't be sent.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    history: earlier as unknown as readonly MessageParam[],
  }
}

/** The same for the same words and files, wherever a client marks what is cached. */
export const sameInput = (input: JournalTurn['input'] | readonly Block[]): string =>
  inputHash(typeof input === 'string' ? input : input.map((block) => ({ ...block, cache_control: undefined })))

/** Where a message goes: behind the head, or in place of a turn on the path. */
export interface Place {
  /** The turn that it is asked in place of; `null` behind the head. */
  readonly insteadOf: JournalTurn | null
}

/**
 * Where a message goes, by the user's messages before it. Those of refused and withdrawn turns are skipped.
 *
 * @throws TurnstateError `message-invalid` for a history that is not the conversation's
 */
export function placeOf(view: View, before: readonly (readonly Block[])[]): Place {
  const path = pathOf(view)
  if (before.length === 0) return { insteadOf: null }
  const known = new Map(view.turns.map((turn) => [sameInput(turn.input), turn]))
  /** Turns of the path that the history has, from the beginning. */
  let next = 0
  for (const input of before) {
    const words = sameInput(input)
    const found = path.findIndex((turn, at) => at >= next && sameInput(turn.input) === words)
    // A history may begin later, or have gaps: clients leave out what they take for old.
    if (found !== -1) next = found + 1
    else if (!known.has(words)) throw foreignHistory()
  }
  return { insteadOf: path[next] ?? null }
}

/** The turns from the root to the head, one for each message: what continues a turn belongs to it. */
function pathOf(view: View): readonly JournalTurn[] {
  const byId = new Map(view.turns.map((turn) => [turn.id, turn]))
  const path: JournalTurn[] = []
  for (let turn = view.head === null ? undefined : byId.get(view.head); turn;) {
    if (turn.kind !== 'continuation' && turn.kind !== 'compaction') path.unshift(turn)
    turn = turn.parent === null ? undefined : byId.get(turn.parent)
  }
  return path
}

const foreignHistory = (): TurnstateError =>
  new TurnstateError(
    'message-invalid',
    'messages: the history is not that of this conversation, which the server keeps. Name a new conversation to begin with another history.',
  )
