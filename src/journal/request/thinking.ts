import { type Block, isThinking, toolCallId } from '../content.ts'
import type { Turn } from '../view.ts'
import type { LeftOut } from './left-out.ts'
import type { RequestTarget } from './request-target.ts'
import { losesServerTool, readServerTools } from './server-tools.ts'

/** A thinking block that was cut before its signature came is never accepted again. */
export const isSigned = ({ type, thinking, signature, data }: Block): boolean =>
  type === 'thinking'
    ? typeof thinking === 'string' && typeof signature === 'string' && signature !== ''
    : typeof data === 'string'

/** A reply with thinking in it. */
export interface Thought {
  /** The place of the reply among the steps of its turn. */
  readonly step: number
  readonly model: string
  readonly requestedModel: string | undefined
  readonly promptHash: string
  /** A reply before it in its turn is not sent back as it was when this one was made. */
  readonly isUnbound: boolean
}

/** The replies of a turn that have thinking in them. */
export function thoughtsOf(turn: Turn): readonly Thought[] {
  if (!turn.steps.some(({ role, content }) => role === 'assistant' && content.some(isThinking))) return []
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

/** From which turn, and which of its steps on, the target takes thinking. */
export interface ThinkingStart {
  readonly turn: number
  readonly step: number
}

/**
 * Where the thinking begins that the target accepts.
 *
 * Signatures are bound to everything before them, so thinking can only be dropped from the old end: all of it
 * up to the last reply that was made by another model or under another system prompt or other tools. What came
 * after that reply was made from a history without that thinking, so it is sent from the same one.
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

/** What is left out before the start, and why. */
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
        why: objectionTo(thought, turn, target, stripped) ?? otherwise,
      })),
  )

/** What a request is made for. */
export type AskedFor = Pick<RequestTarget, 'model' | 'promptHash'>

/** What the first reply of a turn was asked for; `null` for a turn without a reply. */
export function askedFor({ steps }: Turn): AskedFor | null {
  const first = steps.find((step) => step.role === 'assistant')
  return first ? { model: first.requestedModel ?? first.model, promptHash: first.promptHash } : null
}

/**
 * How many first steps of a turn lose their calls because the thinking that came with the last calls leaves. A turn that was
 * cut with calls in its last reply ends like a loop of tools that goes on. There the API insists on the thinking of the model
 * that it is asked for, and under another system prompt, or with other tools, it does not take it.
 *
 * @param next What was asked next upon the turn. So it is the same in every later request: thinking that came since is bound to it.
 */
export function looseCallsOf({ turn, thoughts }: Thinker, next: AskedFor, stripped: number): number {
  const last = turn.steps.findLastIndex(({ role }) => role === 'assistant')
  const thought = thoughts.find(({ step }) => step === last)
  // Where the API objected to the thinking, what is set aside says what leaves with it.
  if (!thought || last < stripped || thought.model !== next.model || thought.promptHash === next.promptHash) return 0
  return turn.steps[last]?.content.some((block) => toolCallId(block) !== undefined) ? last + 1 : 0
}

const otherwise =
  'it was thought by another model, or under another system prompt or other tools, than the request is for'

function objectionTo(
  { step, model, requestedModel, promptHash, isUnbound }: Thought,
  turn: Turn,
  target: RequestTarget,
  stripped: Readonly<Record<string, number>>,
): string | null {
  if (step < (stripped[turn.id] ?? 0)) return 'the API did not take its signature any more'
  if (isUnbound) return 'it came after a use of a server tool that can not be sent back'
  const isForeign = (model !== target.model && requestedModel !== target.model) || promptHash !== target.promptHash
  return isForeign ? otherwise : null
}
