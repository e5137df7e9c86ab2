// What follows a request that the API did not take.
import type { Failure } from '../../../src/errors.ts'
import type { ConversationContext, RejectedReply } from '../conversation.types.ts'
import { nextLeft, type RejectionPolicy, resetAfterRejection } from '../../../src/journal/index.ts'
import { historyRejected } from '../failures.ts'
import { cutShort } from '../cut-turn.ts'
import { recorded } from '../record-facts.ts'
import { rejectionFacts, rejectionEvents, repairFor } from '../rejections.ts'
import { resetByPolicy } from '../resets.ts'
import { change } from './action-kinds.ts'

type Rejected = Omit<RejectedReply, 'shown'>

const asRejected = ({ failure }: ConversationContext): Failure => failure ?? { code: 'request-invalid', message: '' }

/** Without tries left the failure is `history-rejected`, if a shorter request could still be made. */
const gaveUp = (context: ConversationContext): Failure =>
  nextLeft(context.view, 1) === null
    ? asRejected(context)
    : { ...historyRejected, status: asRejected(context).status ?? 400 }

const noted = (context: ConversationContext, rejected: Rejected, lossless: boolean): ConversationContext => {
  const { failure } = rejected
  const after = recorded(context, rejectionFacts(context, rejected, lossless))
  return { ...after, emitWhenStored: [...after.emitWhenStored, ...rejectionEvents(after, failure)], failure }
}

export const rejectionActions = {
  recordRejection: change<Rejected>((context, rejected) => noted(context, rejected, false)),
  /** For a server error that persisted and may be about something that the request named. */
  recordServerError: change<{ failure: Failure; request?: Omit<Rejected, 'failure'> | undefined }>(
    (context, { failure, request }) => (request ? noted(context, { ...request, failure }, true) : {}),
  ),
  repair: change<undefined>((context) => {
    const { facts, notices } = repairFor(context) ?? { facts: [], notices: [] }
    return {
      ...recorded(context, facts, ...notices),
      attempt: context.attempt + 1,
      failure: null,
      retryAfter: null,
    }
  }),
  settleRejected: change<{ policy: RejectionPolicy }>((context, { policy }) =>
    cutShort(context, { status: 'failed', failure: policy === 'repair' ? gaveUp(context) : asRejected(context) }),
  ),
  resetAfterRejection: change<{ policy: RejectionPolicy }>((context, { policy }) => {
    const reset = resetAfterRejection(policy)
    return reset === null ? {} : resetByPolicy(context, reset, 'rejection')
  }),
}
