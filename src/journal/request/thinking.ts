import type { Block } from '../content.ts'
import type { ReplyStep, Turn } from '../view.ts'
import type { LeftOut, RequestTarget } from './build-request.ts'
import { losesServerTool } from './server-tools.ts'

export const isThinking = (block: Block): boolean => block.type === 'thinking' || block.type === 'redacted_thinking'

/** A thinking block that was cut before its signature came is never accepted again. */
export const isSigned = (block: Block): boolean =>
  block.type !== 'thinking' || (typeof block['signature'] === 'string' && block['signature'] !== '')

/**
 * The replies whose thinking the target accepts.
 *
 * Signatures are bound to everything before them, so thinking can only be dropped from the old end: all of it
 * up to the last reply that was made by another model or under another system prompt or other tools. What came
 * after that reply was made from a history without that thinking, so it is sent from the same one.
 */
export function acceptableThinking(
  turns: readonly Turn[],
  target: RequestTarget,
  stripped: Readonly<Record<string, number>>,
  left: LeftOut[],
): ReadonlySet<ReplyStep> {
  const replies = turns.flatMap((turn) =>
    turn.steps.flatMap((step, index) =>
      step.role === 'assistant' && step.content.some(isThinking)
        ? [{ turn, step, isStripped: index < (stripped[turn.id] ?? 0), isUnbound: followsALoss(turn, index) }]
        : [],
    ),
  )
  const foreign = replies.findLastIndex(
    ({ step, isStripped, isUnbound }) =>
      isStripped ||
      isUnbound ||
      ![step.model, step.requestedModel].includes(target.model) ||
      step.promptHash !== target.promptHash,
  )
  for (const { turn, isStripped, isUnbound } of replies.slice(0, foreign + 1))
    left.push({
      turnId: turn.id,
      what: 'thinking',
      why: isStripped
        ? 'the API did not take its signature any more'
        : isUnbound
          ? 'it came after a use of a server tool that can not be sent back'
          : 'it was thought by another model, or under another system prompt or other tools, than the request is for',
    })
  return new Set(replies.slice(foreign + 1).map(({ step }) => step))
}

/** A reply before it in its turn is not sent back as it was when this one was made. */
const followsALoss = (turn: Turn, index: number): boolean =>
  turn.steps.slice(0, index).some((step) => step.role === 'assistant' && losesServerTool(turn, step))
