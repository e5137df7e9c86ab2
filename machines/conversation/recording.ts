// How the chart writes: an action names facts, they are folded into the view at once and wait in `unsaved` until
// the journal has them. What people are to be told about them waits in `unannounced`.
import type { Failure } from '../../src/errors.ts'
import {
  type Block,
  timesAsked,
  type Fact,
  findTurn,
  hasText,
  lastTurn,
  rewindDepth,
  type ResetPolicy,
  rewound,
  step,
  toolCallId,
  type Turn,
  type TurnStatus,
  type View,
} from '../../src/journal/index.ts'
import type {
  ConversationContext,
  ConversationEmitted,
  DecideInput,
  FinishedReply,
  PartialReply,
  UserSend,
} from './conversation.types.ts'

/** The context with these facts recorded. */
export function recorded(
  context: ConversationContext,
  facts: readonly Fact[],
  ...announcements: readonly ConversationEmitted[]
): ConversationContext {
  return {
    ...context,
    view: facts.reduce(step, context.view),
    unsaved: [...context.unsaved, ...facts],
    unannounced: announcements.length > 0 ? [...context.unannounced, ...announcements] : context.unannounced,
  }
}

/** What is recorded of a reply, whole or cut. */
export const replyFact = (
  turnId: string,
  attempt: number,
  { model, requestedModel, promptHash, content, stopReason, usage, structured, container }: RecordedReply,
): Fact => ({
  type: 'reply.recorded',
  turnId,
  attempt,
  model,
  ...(requestedModel === undefined ? {} : { requestedModel }),
  promptHash,
  content,
  stopReason,
  usage,
  ...(structured ? { structured } : {}),
  ...(container === undefined ? {} : { container }),
})

type RecordedReply = Omit<FinishedReply, 'stopReason'> & { readonly stopReason: string | null }

/** A turn for this input, after head. */
export const turnFor = (view: View, event: Omit<UserSend, 'type' | 'partial'>): Fact => ({
  type: 'turn.opened',
  turnId: event.turnId,
  parent: view.head,
  input: event.input,
  at: event.at,
  ...(event.metadata ? { metadata: event.metadata } : {}),
})

/** The last turn, if its input may be asked again as it is. */
export function retryableTurn(view: View): Turn | undefined {
  const turn = lastTurn(view)
  return turn && turn.status !== 'completed' && turn.status !== 'refused' ? turn : undefined
}

export interface Ending {
  readonly status: Exclude<TurnStatus, 'completed' | 'refused'>
  readonly failure?: Failure
  readonly partial?: PartialReply | undefined
}

/** Settles the open turn short of its goal, with what there is of its last reply. */
export function cutShort(context: ConversationContext, ending: Ending): ConversationContext {
  const { open } = context.view
  if (!open) return context
  const { partial } = ending
  const replies: readonly Fact[] =
    partial && partial.content.length > 0 ? [replyFact(open.id, context.attempt, { ...partial, stopReason: null })] : []
  const settled: Fact = {
    type: 'turn.settled',
    turnId: open.id,
    status: ending.status,
    kept: context.settings.onStop === 'keep' && saysSomething(replies.reduce(step, context.view).open),
    ...(ending.failure ? { failure: ending.failure } : {}),
    ...(partial && replies.length === 0 ? { usage: partial.usage } : {}),
  }
  const announcement: ConversationEmitted =
    ending.status === 'stopped'
      ? { type: 'turn.stopped', turnId: open.id }
      : { type: 'turn.failed', turnId: open.id, failure: ending.failure ?? interrupted }
  return { ...recorded(context, [...replies, settled], announcement), failure: ending.failure ?? null }
}

/** A turn that ran tools or said something is worth building on; the tools' effects stand either way. */
const saysSomething = (turn: Turn | null): boolean =>
  turn?.steps.some((reply) => reply.role === 'user' || hasText(reply.content)) ?? false

export const interrupted: Failure = {
  code: 'interrupted',
  message:
    'The process that ran this turn ended before the turn did. Nothing was asked again by itself: retry() asks again, or send another message.',
}

/** Calls that the open turn's last reply asks for. */
export const openCalls = (view: View): readonly Block[] => {
  const last = view.open?.steps.at(-1)
  return last?.role === 'assistant' ? last.content.filter((block) => toolCallId(block) !== undefined) : []
}

/** Replies of the open turn so far. */
export const replyCount = (view: View): number =>
  view.open?.steps.filter((reply) => reply.role === 'assistant').length ?? 0

/** What the `decide` slot is told of the refusal that waits for a decision. */
export function refusalToDecide(view: View): DecideInput {
  const turn = view.undecided === null ? undefined : findTurn(view, view.undecided)
  return {
    turnId: turn?.id ?? '',
    input: turn?.input ?? '',
    refusal: turn?.refusal ?? { category: null, explanation: null, textShown: false },
    refusalsInARow: view.refusalsInARow,
    timesAsked: turn ? timesAsked(view, turn.id) : 0,
  }
}

/** Moves head back by policy, and opens the turn that the policy asks for instead. */
export function resetByPolicy(
  context: ConversationContext,
  policy: ResetPolicy,
  cause: 'refusal' | 'clear',
): ConversationContext {
  const { view } = context
  const refused = cause === 'refusal' ? view.turns.find((turn) => turn.id === view.undecided) : undefined
  const { to, withdrawn } = rewound(view, rewindDepth(policy), refused ? refused.parent : view.head)
  const facts: Fact[] = [
    {
      type: 'head.moved',
      from: view.head,
      to,
      cause,
      policy,
      ...(refused ? { turnId: refused.id } : {}),
      withdrawn,
    },
  ]
  if (refused && typeof policy === 'object' && 'rephrase' in policy)
    facts.push({
      type: 'turn.opened',
      turnId: `${refused.id}~${view.refusalsInARow}`,
      parent: to,
      input: policy.rephrase,
      at: refused.openedAt,
      replaces: refused.id,
    })
  return {
    ...recorded(context, facts, {
      type: 'context.reset',
      cause,
      policy,
      turnId: refused?.id ?? null,
      left: refused ? [...withdrawn, refused.id] : withdrawn,
      head: to,
      nothingLeft: cause === 'refusal' && view.head === null,
    }),
    attempt: 1,
  }
}
