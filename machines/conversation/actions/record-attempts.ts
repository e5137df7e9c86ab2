// Attempts at a reply.
import type { Failure } from '../../../src/errors.ts'
import { evidenceIn, type Fact } from '../../../src/journal/index.ts'
import type { Budget, ConversationContext, FinishedReply, PartialReply } from '../conversation.types.ts'
import { interrupted } from '../failures.ts'
import { fieldsFacts, recorded, replyFact } from '../record-facts.ts'
import { retraction } from '../retractions.ts'
import { change, record } from './action-kinds.ts'

export const attemptActions = {
  setBudget: record<{ budget: Budget }>((_, { budget }) => [{ type: 'budget.set', budget }]),
  recordReply: record<FinishedReply>(({ view }, reply) =>
    view.open ? [...fieldsFacts(view, reply), replyFact(view.open.id, view.attempt, reply)] : [],
  ),
  recordFailedAttempt: change<{ failure: Failure; partial?: PartialReply | undefined }>(
    (context, { failure, partial }) =>
      recorded(
        context,
        attemptFailed(context, failure, partial),
        retraction(context, { shown: partial?.shown ?? false, cause: 'retry' }),
      ),
  ),
  /** The attempt that was under way when the process ended. What was shown of it is void. */
  recordLostAttempt: change<undefined>((context) =>
    recorded(
      context,
      attemptFailed(context, interrupted, undefined),
      retraction(context, { shown: true, cause: 'retry' }),
    ),
  ),
}

const attemptFailed = (
  { view }: ConversationContext,
  failure: Failure,
  partial: PartialReply | undefined,
): readonly Fact[] =>
  view.open
    ? [
        {
          type: 'attempt.failed',
          turnId: view.open.id,
          attempt: view.attempt,
          model: partial?.model ?? view.model,
          failure,
          ...(partial ? evidenceIn(partial) : {}),
          ...(partial && partial.usage.inputTokens + partial.usage.outputTokens > 0 ? { usage: partial.usage } : {}),
        },
      ]
    : []
