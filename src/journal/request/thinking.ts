import { type Block, isThinking, toolCallId } from '../content.ts'
import type { Turn } from '../view.ts'
import type { LeftOut } from './left-out.ts'
import type { RequestTarget } from './request-target.ts'
import { losesServerTool, readServerTools } from './server-tools.ts'

/** Whether the block is complete thinking. The API rejects a block that was cut before its signature arrived. */
export const isSigned = ({ type, thinking, signature, data }: Block): boolean =>
  type === 'thinking'
    ? typeof thinking === 'string' && typeof signature === 'string' && signature !== ''
    : typeof data === 'string'

/** A reply that has thinking. */
export interface Thought {
  /** Index of the reply among the steps of its turn. */
  readonly step: number
  readonly model: string
  readonly requestedModel: string | undefined
  readonly promptHash: string
  /** Whether an earlier reply of the turn is not sent back as it was when this one was made. */
  readonly isUnbound: boolean
}

/** Most turns have none: they share one list. */
const none: readonly Thought[] = []

/** The replies of a turn that have thinking. */
export function thoughtsOf(turn: Turn): readonly Thought[] {
  if (!turn.steps.some(({ role, content }) => role === 'assistant' && content.some(isThinking))) return none
  const replies = turn.steps.flatMap((step) => (step.role === 'assistant' ? [step] : []))
  const server = readServerTools(turn, replies)
  const firstLoss = turn.steps.findIndex((step) => step.role === 'assistant' && losesServerTool(step, server))
  return turn.steps.flatMap((step, index): Thought[] => {
    if (step.role !== 'assistant' || !step.content.some(isThinking)) return []
    const { model, requestedModel, promptHash } = step
    return [{ step: index, model, requestedModel, promptHash, isUnbound: firstLoss >= 0 && firstLoss < index }]
  })
}

/** A turn with its thoughts. */
interface Thinker {
  readonly turn: Turn
  readonly thoughts: readonly Thought[]
}

/** The first turn and step whose thinking the target accepts. */
export interface ThinkingStart {
  readonly turn: number
  readonly step: number
}

/**
 * Determines from where on the target accepts thinking.
 *
 * Signatures are bound to everything before them, so thinking can only be dropped from the beginning: all of it up to the last
 * reply that was made by another model, or under another system prompt or other tools. The replies after that one were made from
 * a history without that thinking, so theirs stays valid.
 */
export function thinkingStart(
  thinkers: readonly Thinker[],
  target: RequestTarget,
  stripped: Readonly<Record<string, number>>,
): ThinkingStart {
  const lastOf = ({ turn, thoughts }: Thinker): number =>
    thoughts.findLast((thought) => objectionTo(thought, turn, target, stripped) !== null)?.step ?? -1
  const turn = thinkers.findLastIndex((thinker) => lastOf(thinker) >= 0)
  const last = thinkers[turn]
  return { turn, step: last ? lastOf(last) + 1 : 0 }
}

/** The thinking that is left out before the start, and why. */
export const thinkingLeftOut = (
  thinkers: readonly Thinker[],
  target: RequestTarget,
  stripped: Readonly<Record<string, number>>,
  start: ThinkingStart,
): LeftOut[] =>
  thinkers.slice(0, start.turn + 1).flatMap(({ turn, thoughts }, index) =>
    thoughts
      .filter(({ step }) => index < start.turn || step < start.step)
      .map((thought) => ({
        turnId: turn.id,
        what: 'thinking' as const,
        why: objectionTo(thought, turn, target, stripped) ?? foreign,
      })),
  )

/** The model and the prompt that a request is made with. */
export type AskedFor = Pick<RequestTarget, 'model' | 'promptHash'>

/** The model and the prompt that the first reply of a turn was asked with; `null` for a turn without a reply. */
export function askedFor({ steps }: Turn): AskedFor | null {
  const first = steps.find((step) => step.role === 'assistant')
  return first ? { model: first.requestedModel ?? first.model, promptHash: first.promptHash } : null
}

/**
 * How many first steps of a turn lose their calls, because the thinking that came with the last calls is left out. A turn that was
 * cut with calls in its last reply looks like a tool loop in progress. There the API requires the thinking of the requested model,
 * but rejects it if the system prompt or the tools have changed.
 *
 * @param next What the next turn asked with, so that the result is the same in every later request: later thinking is bound to it.
 */
export function looseCallsOf({ turn, thoughts }: Thinker, next: AskedFor, stripped: number): number {
  const last = turn.steps.findLastIndex(({ role }) => role === 'assistant')
  const thought = thoughts.find(({ step }) => step === last)
  // If the API rejected the thinking, the parts set aside determine what is left out with it.
  if (!thought || last < stripped || thought.model !== next.model || thought.promptHash === next.promptHash) return 0
  return turn.steps[last]?.content.some((block) => toolCallId(block) !== undefined) ? last + 1 : 0
}

const foreign = 'it was made by another model, or under another system prompt or other tools, than those of the request'

function objectionTo(
  { step, model, requestedModel, promptHash, isUnbound }: Thought,
  turn: Turn,
  target: RequestTarget,
  stripped: Readonly<Record<string, number>>,
): string | null {
  if (step < (stripped[turn.id] ?? 0)) return 'the API rejected its signature'
  if (isUnbound) return 'it follows a use of a server tool that can not be sent back'
  const isForeign = (model !== target.model && requestedModel !== target.model) || promptHash !== target.promptHash
  return isForeign ? foreign : null
}
