// Attempts at a reply.
import type { Failure } from '../../../src/errors.ts'
import { evidenceIn, type Fact } from '../../../src/journal/index.ts'
import { isOverBudget } from '../budget.ts'
import { conversationSetup } from '../conversation.setup.ts'
import type { Budget, ConversationContext, FinishedReply, PartialReply } from '../conversation.types.ts'
import { fieldsFacts, recorded, replyFact } from '../record-facts.ts'
import { change, record } from './action-kinds.ts'

export const attemptActions = {
  setBudget: change<{ budget: Budget }>(({ settings }, { budget }) => ({ settings: { ...settings, budget } })),
  checkBudget: conversationSetup.enqueueActions(({ context, enqueue }) => {
    if (isOverBudget(context)) enqueue.raise({ type: 'budget.exceeded' })
  }),
  recordReply: record<FinishedReply>(({ view, attempt }, reply) =>
    view.open ? [...fieldsFacts(view, reply), replyFact(view.open.id, attempt, reply)] : [],
  ),
  /** Another request of the same turn: after tools, or after the API paused. */
  nextReply: change<undefined>(({ attempt }) => ({
    attempt: attempt + 1,
    tries: 1,
    failure: null,
    retryAfter: null,
  })),
  /** Forgets the failure: only that of the last attempt is the turn's. */
  countAttempt: change<undefined>(({ attempt, tries }) => ({
    attempt: attempt + 1,
    tries: tries + 1,
    failure: null,
    retryAfter: null,
  })),
  recordFailedAttempt: change<{ failure: Failure; partial?: PartialReply | undefined }>(
    (context, { failure, partial }) => ({
      ...recorded(context, attemptFailed(context, failure, partial)),
      failure,
      retryAfter: failure.retryAfter ?? null,
    }),
  ),
}

const attemptFailed = (
  { view, attempt }: ConversationContext,
  failure: Failure,
  partial: PartialReply | undefined,
): readonly Fact[] =>
  view.open
    ? [
        {
          type: 'attempt.failed',
          turnId: view.open.id,
          attempt,
          model: partial?.model ?? view.model,
          failure,
          ...(partial ? evidenceIn(partial) : {}),
          ...(partial && partial.usage.inputTokens + partial.usage.outputTokens > 0 ? { usage: partial.usage } : {}),
        },
      ]
    : []
