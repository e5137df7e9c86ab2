import { type Block, hasText, toBlocks, toolCallId } from './content.ts'
import { noPromptHash } from './hash.ts'
import type { Suspect } from './suspect.ts'
import { parentOf } from './turn-index.ts'
import { findTurn, type ReplyStep, type Turn, type View } from './view.ts'

/**
 * The most likely causes of a refusal: the parts that were new in the request since the last reply that was not refused. No
 * request is made to find out.
 */
export function suspects(view: View, refusedTurnId: string): readonly Suspect[] {
  const refused = findTurn(view, refusedTurnId)
  if (!refused) return []
  const { promptHash } = refused.refusal ?? {}
  // The system prompt of a seeded reply is unknown.
  const isNewPrompt =
    promptHash !== undefined && promptHash !== (lastReplyBefore(view, refused)?.promptHash || noPromptHash)
  const found = suspectsOf(view, refused)
  return isNewPrompt ? [...found, { kind: 'system-prompt' }] : found
}

/** The parts that a turn's request carries for the first time since the last reply on its path. */
export function suspectsOf(view: View, turn: Turn): readonly Suspect[] {
  return turnsSinceReply(view, turn).flatMap((each) => {
    const reply = each.steps.findLast(isReply)
    return reply ? sinceReply(each, reply) : newIn(each)
  })
}

const lastReplyBefore = (view: View, turn: Turn): ReplyStep | undefined =>
  turnsSinceReply(view, turn)[0]?.steps.findLast(isReply)

/** The turns from the last one with a reply up to a turn, itself included. The cost is linear in their number. */
function turnsSinceReply(view: View, turn: Turn): readonly Turn[] {
  const turns = [turn]
  for (let at = turn; !at.steps.some(isReply);) {
    const parent = parentOf(view.turns, at)
    if (!parent) break
    turns.push((at = parent))
  }
  return turns.toReversed()
}

const isReply = (step: Turn['steps'][number]): step is ReplyStep =>
  step.role === 'assistant' && step.stopReason !== null

const newIn = (turn: Turn): readonly Suspect[] => [
  ...inputOf(turn),
  ...(turn.system === undefined ? [] : [{ kind: 'system-message', turnId: turn.id } as const]),
  ...resultsIn(turn, 0),
]

const sinceReply = (turn: Turn, reply: ReplyStep): readonly Suspect[] => resultsIn(turn, turn.steps.indexOf(reply))

const inputOf = ({ id: turnId, input }: Turn): readonly Suspect[] =>
  toBlocks(input).flatMap((block, index): Suspect[] => {
    if (block.type !== 'text') {
      const { type, title } = block
      return [{ kind: 'file', turnId, block: index, type, ...(typeof title === 'string' ? { title } : {}) }]
    }
    return hasText([block]) ? [{ kind: 'user-text', turnId }] : []
  })

const resultsIn = (turn: Turn, from: number): readonly Suspect[] =>
  turn.steps.slice(from).flatMap((step) =>
    step.role === 'user'
      ? step.content.flatMap((result): Suspect[] => {
          const callId = result['tool_use_id']
          return typeof callId === 'string'
            ? [{ kind: 'tool-result', turnId: turn.id, callId, name: nameOf(turn, callId) }]
            : []
        })
      : [],
  )

const nameOf = (turn: Turn, callId: string): string => {
  const call = turn.steps
    .flatMap((step): readonly Block[] => step.content)
    .find((block) => toolCallId(block) === callId)
  return typeof call?.['name'] === 'string' ? call['name'] : ''
}
