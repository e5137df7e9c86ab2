import { type Block, isLost, plainText, toBlocks, toolCallId } from './content.ts'
import type { Usage } from './usage.ts'
import { inputHash } from './hash.ts'
import { isCut, isWindowFull } from './stop-reasons.ts'
import { earlierTurn, madeRoomFor, type Turn, type View } from './view.ts'

/** A piece of a transcript item. */
export type TranscriptPart =
  | {
      readonly type: 'text'
      readonly text: string
      /** The citations of the text, as the API sends them. Missing if there are none. */
      readonly citations?: readonly unknown[]
    }
  | {
      readonly type: 'thinking'
      readonly text: string
      /** Milliseconds that it took. Missing while it goes on, and where nothing was measured. */
      readonly took?: number
    }
  | {
      readonly type: 'tool-call'
      readonly callId: string
      readonly name: string
      readonly input: unknown
      /** The `tool_result` block, once it exists. */
      readonly result?: Block
    }
  /** An image, a document or any other block, unchanged. */
  | { readonly type: 'block'; readonly block: Block }

/** One message as people saw it. */
export interface TranscriptItem {
  readonly id: string
  readonly turnId: string
  readonly role: 'user' | 'assistant'
  /**
   * `retracted`: the reply was refused, and what was shown of it is void. `partial`: it was cut, and the
   * part that arrived is kept. `failed`: no reply arrived.
   */
  readonly status: 'complete' | 'streaming' | 'partial' | 'retracted' | 'failed'
  readonly parts: readonly TranscriptPart[]
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly model?: string
  readonly usage?: Usage
  /** What cut the reply: `length`, its limit of tokens; `context`, all that the model reads at once. Missing for a whole one. */
  readonly truncated?: 'length' | 'context'
}

const itemsOfSettled = new WeakMap<Turn, readonly TranscriptItem[]>()

/** Everything that people saw, in order, including refused and stopped turns, which are marked. */
export function transcript(view: View): readonly TranscriptItem[] {
  const items = view.turns.flatMap((turn) => {
    let known = itemsOfSettled.get(turn)
    if (!known) itemsOfSettled.set(turn, (known = turnItems(view, turn)))
    return known
  })
  return view.open ? [...items, ...turnItems(view, view.open)] : items
}

/** The items of one turn: the input, and the reply if there is any. */
function turnItems(view: View, turn: Turn): readonly TranscriptItem[] {
  if (turn.kind === 'compaction') return []
  const question: TranscriptItem = {
    id: `${turn.id}:user`,
    turnId: turn.id,
    role: 'user',
    status: 'complete',
    parts: toBlocks(turn.input).map(userPart),
    createdAt: turn.openedAt,
  }
  const answer = answerItem(turn)
  const asked = turn.kind === 'continuation' || isAskedAgain(view, turn) ? [] : [question]
  return answer ? [...asked, answer] : asked
}

/** Whether the transcript already has this input: people asked it once, however often the model was asked. */
function isAskedAgain(view: View, turn: Turn): boolean {
  const before = earlierTurn(view, turn, turn.replaces)
  const replaced = before && madeRoomFor(view, before)
  return replaced !== undefined && inputHash(replaced.input) === inputHash(turn.input)
}

function answerItem(turn: Turn): TranscriptItem | undefined {
  const parts = turn.steps.flatMap((step) =>
    step.role === 'assistant' ? replyParts(step.content, step.thinkingTimes, turn) : [],
  )
  const status = answerStatus(turn, parts.length > 0)
  if (status === undefined) return undefined
  const last = turn.steps.findLast((step) => step.role === 'assistant')
  return {
    id: `${turn.id}:assistant`,
    turnId: turn.id,
    role: 'assistant',
    status,
    parts,
    createdAt: turn.openedAt,
    ...(last === undefined ? {} : { model: last.model }),
    ...(turn.status === 'open' ? {} : { usage: turn.usage }),
    ...(turn.status === 'completed' ? cutOf(last?.stopReason ?? null) : {}),
  }
}

const cutOf = (reason: string | null): Pick<TranscriptItem, 'truncated'> =>
  isCut(reason) ? { truncated: 'length' } : isWindowFull(reason) ? { truncated: 'context' } : {}

function answerStatus(turn: Turn, hasParts: boolean): TranscriptItem['status'] | undefined {
  switch (turn.status) {
    case 'open':
      return hasParts ? 'streaming' : undefined
    case 'completed':
      return hasParts ? 'complete' : undefined
    case 'refused':
      return 'retracted'
    case 'stopped':
      return hasParts ? 'partial' : undefined
    case 'failed':
    case 'interrupted':
      if (hasParts) return 'partial'
      return turn.isReplaced ? undefined : 'failed'
  }
}

const userPart = (block: Block): TranscriptPart =>
  block.type === 'text' ? { type: 'text', text: plainText([block]) } : { type: 'block', block }

/** The transcript parts for the blocks of a reply, with the milliseconds that each of its thinking blocks took. */
export function replyParts(
  content: readonly Block[],
  times: readonly (number | null)[] = [],
  turn?: Turn,
): readonly TranscriptPart[] {
  let thoughts = 0
  return content
    .filter((block) => !isLost(block))
    .map((block) => {
      const part = assistantPart(block, turn)
      if (part.type !== 'thinking') return part
      // A clock that stands still has measured nothing.
      const took = times[thoughts++] ?? 0
      return took > 0 ? { ...part, took } : part
    })
}

/** The transcript part for a block of a reply. */
export function assistantPart(block: Block, turn?: Turn): TranscriptPart {
  if (block.type === 'text') return { type: 'text', text: plainText([block]), ...citationsOf(block) }
  if (block.type === 'thinking')
    return { type: 'thinking', text: typeof block['thinking'] === 'string' ? block['thinking'] : '' }
  const callId = toolCallId(block)
  if (callId === undefined) return { type: 'block', block }
  const result = turn?.steps
    .flatMap((step) => (step.role === 'user' ? step.content : []))
    .find((candidate) => candidate['tool_use_id'] === callId)
  return {
    type: 'tool-call',
    callId,
    name: String(block['name']),
    input: block['input'],
    ...(result ? { result } : {}),
  }
}

const citationsOf = ({ citations }: Block): { readonly citations?: readonly unknown[] } =>
  Array.isArray(citations) && citations.length > 0 ? { citations } : {}
