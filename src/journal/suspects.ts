import { type Block, hasText, toBlocks, toolCallId } from './content.ts'
import { noPromptHash } from './hash.ts'
import { findTurn, path, type ReplyStep, type Turn, type View } from './view.ts'

/** Something that a refused request carried for the first time. */
export type Suspect =
  | { readonly kind: 'user-text'; readonly turnId: string }
  | {
      readonly kind: 'file'
      readonly turnId: string
      /** Its place among the blocks of the message. */
      readonly block: number
      /** `image`, `document` … */
      readonly type: string
      readonly title?: string
    }
  /** The `role: "system"` message of a turn. */
  | { readonly kind: 'system-message'; readonly turnId: string }
  | { readonly kind: 'tool-result'; readonly turnId: string; readonly callId: string; readonly name: string }
  /** It is new, or it changed. Of a refusal, the tools count as part of it. */
  | { readonly kind: 'system-prompt' }
  | { readonly kind: 'tools' }
  /** The last answer, which was not sent back before. */
  | { readonly kind: 'reply'; readonly turnId: string }
  | { readonly kind: 'container' }
  /** Of earlier replies. */
  | { readonly kind: 'thinking' }
  /** A further field of the request. */
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'model'; readonly model: string }

/**
 * What was new in a refused request since the last reply that was not refused: the cause is most likely there. Nothing is
 * asked to find out.
 */
export function suspects(view: View, refusedTurnId: string): readonly Suspect[] {
  const refused = findTurn(view, refusedTurnId)
  if (!refused) return []
  const { promptHash } = refused.refusal ?? {}
  // Of a seeded reply it is not known.
  const isNewPrompt =
    promptHash !== undefined && promptHash !== (lastReplyBefore(view, refused)?.reply.promptHash || noPromptHash)
  const found = suspectsOf(view, refused)
  return isNewPrompt ? [...found, { kind: 'system-prompt' }] : found
}

/** What the request of a turn carries for the first time since the last reply on its path. */
export function suspectsOf(view: View, turn: Turn): readonly Suspect[] {
  const turns = [...path(view, turn.parent), turn]
  const last = lastReplyBefore(view, turn)
  return turns
    .slice(Math.max(0, last?.index ?? 0))
    .flatMap((each, index) => (index === 0 && last ? sinceReply(each, last.reply) : newIn(each)))
}

function lastReplyBefore(view: View, turn: Turn): { readonly index: number; readonly reply: ReplyStep } | undefined {
  const turns = [...path(view, turn.parent), turn]
  const index = turns.findLastIndex(({ steps }) => steps.some(isReply))
  const reply = turns[index]?.steps.findLast(isReply)
  return reply && { index, reply }
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
