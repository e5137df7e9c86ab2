// A conversation as people see it: read off the conversation that is open here, or off the facts that another process stores.
import type { ConversationState } from '../../client/wire.ts'
import { pendingCalls } from '../../conversation/pending-calls.ts'
import { type Readers, toRefusalReport } from '../../conversation/turns/outcome.ts'
import type { Conversation, ConversationStatus } from '../../index.ts'
import {
  currentRefusal,
  currentRejection,
  type JournalState,
  stateOf,
  titleOf,
  transcript,
  type View,
} from '../../journal/index.ts'
import { TurnstateError } from '../../errors.ts'
import { problemOf } from '../problems.ts'

export function stateOfChat(chat: Conversation): ConversationState {
  const { error } = chat
  return {
    id: chat.id,
    title: chat.title,
    status: chat.status,
    revision: chat.revision,
    canSend: chat.canSend,
    model: chat.model,
    messages: chat.messages,
    queue: chat.queue,
    held: chat.held,
    pendingCalls: chat.pendingCalls,
    usage: chat.usage,
    cost: chat.cost,
    error: error && problemOf(error),
    refusal: chat.refusal,
    rejection: chat.rejection,
  }
}

const statuses: Readonly<Record<JournalState, ConversationStatus>> = {
  idle: 'ready',
  completed: 'ready',
  stopped: 'ready',
  failed: 'error',
  refused: 'refused',
  deferred: 'refused',
  rejected: 'rejected',
  tools: 'awaiting-approval',
  interrupted: 'streaming',
}

/** The same, for a conversation that another process writes, or nobody. What was spent can't be priced here. */
export function stateOfView(view: View, id: string, title: string | null, readers: Readers): ConversationState {
  const refusal = currentRefusal(view)
  const { failure } = view
  const status = view.open && view.awaitingApproval.length === 0 ? 'streaming' : statuses[stateOf(view)]
  return {
    id,
    title: title ?? titleOf(view),
    status,
    revision: view.revision,
    canSend: status === 'ready' || status === 'error',
    model: view.goesBackTo ?? view.model,
    messages: transcript(view),
    queue: view.queue,
    held: view.held && view.queue.length > 0,
    pendingCalls: pendingCalls(view),
    usage: view.usage,
    cost: null,
    error: failure && status === 'error' ? problemOf(new TurnstateError(failure.code, failure.message, failure)) : null,
    refusal: refusal && toRefusalReport(refusal, readers),
    rejection: currentRejection(view),
  }
}
