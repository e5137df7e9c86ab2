// What follows a request that the API did not take.
import type { Failure } from '../../../src/errors.ts'
import type { Announcement, ConversationContext, PartialReply, RejectedReply } from '../conversation.types.ts'
import { nextLeft, type RejectionPolicy, resetAfterRejection } from '../../../src/journal/index.ts'
import { historyRejected } from '../failures.ts'
import { cutShort } from '../cut-turn.ts'
import { announced, recorded } from '../record-facts.ts'
import { rejectionFacts, rejectionEvents, repairFor } from '../rejections.ts'
import { retraction } from '../retractions.ts'
import { resetByPolicy } from '../resets.ts'
import { change } from './action-kinds.ts'

type Rejected = Omit<RejectedReply, 'shown'>

const asRejected = ({ view }: ConversationContext): Failure => view.failure ?? { code: 'request-invalid', message: '' }

/** Without tries left the failure is `history-rejected`, if a shorter request could still be made. */
const gaveUp = (context: ConversationContext): Failure =>
  nextLeft(context.view, 1) === null
    ? asRejected(context)
    : { ...historyRejected, status: asRejected(context).status ?? 400 }

const noted = (
  context: ConversationContext,
  rejected: Rejected,
  lossless: boolean,
  retracted: readonly Announcement[],
): ConversationContext => {
  const after = recorded(context, rejectionFacts(context, rejected, lossless), retracted)
  return announced(after, rejectionEvents(after, context.view.attempt, rejected.failure))
}

/** A server error that may be about something that the request named. */
export interface ServerError {
  readonly failure: Failure
  readonly request?: Omit<Rejected, 'failure'> | undefined
  readonly partial?: PartialReply | undefined
}

export const rejectionActions = {
  recordRejection: change<RejectedReply>((context, { shown, ...rejected }) =>
    noted(context, rejected, false, retraction(context, { shown, cause: 'rejection' })),
  ),
  /** For a server error that persisted and may be about something that the request named. */
  recordServerError: change<ServerError>((context, { failure, request, partial }) =>
    request
      ? noted(
          context,
          { ...request, failure },
          true,
          retraction(context, { shown: partial?.shown ?? false, cause: 'retry' }),
        )
      : {},
  ),
  repair: change<undefined>((context) => {
    const { facts, notices } = repairFor(context) ?? { facts: [], notices: [] }
    return recorded(context, facts, notices)
  }),
  settleRejected: change<{ policy: RejectionPolicy }>((context, { policy }) =>
    cutShort(context, { status: 'failed', failure: policy === 'repair' ? gaveUp(context) : asRejected(context) }),
  ),
  resetAfterRejection: change<{ policy: RejectionPolicy }>((context, { policy }) => {
    const reset = resetAfterRejection(policy)
    return reset === null ? {} : resetByPolicy(context, reset, 'rejection')
  }),
}
