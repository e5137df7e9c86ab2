import { totalCost, unpriced } from '../journal/index.ts'
import type { Conversation } from './conversation-interface.ts'
import { canSend, createMessages, createNextRequest, createReaders, statusOf } from './projections.ts'
import type { Running } from './running.ts'
import type { Sender } from './sending.ts'

type Reading = Pick<
  Conversation,
  | 'status'
  | 'revision'
  | 'canSend'
  | 'messages'
  | 'history'
  | 'leftOut'
  | 'usage'
  | 'ledger'
  | 'cost'
  | 'unpriced'
  | 'refusals'
  | 'refusal'
  | 'rejection'
  | 'error'
  | 'model'
  | 'queue'
  | 'held'
  | 'pendingCalls'
>

/** The properties of a conversation, each read off the snapshot. */
export function createReading(running: Running, sender: Sender): Reading {
  const messages = createMessages()
  const read = createReaders(running.tracker.readers)
  const nextRequest = createNextRequest((model) => running.requestTo(model).target)
  return {
    get status() {
      return statusOf(running.snapshot)
    },
    get revision() {
      return running.shown.revision
    },
    get canSend() {
      return canSend(running.snapshot)
    },
    get messages() {
      return messages(running.snapshot.context, running.delivery.draft)
    },
    get history() {
      return nextRequest(running.snapshot.context).history
    },
    get leftOut() {
      return nextRequest(running.snapshot.context).left
    },
    get usage() {
      return read.usage(running.shown)
    },
    get ledger() {
      return read.ledger(running.shown)
    },
    get cost() {
      return totalCost(running.shown.ledger, running.snapshot.context.settings.prices)
    },
    get unpriced() {
      return unpriced(running.shown.ledger, running.snapshot.context.settings.prices)
    },
    get refusals() {
      return read.refusals(running.shown)
    },
    get refusal() {
      return read.refusal(running.shown)
    },
    get rejection() {
      return read.rejection(running.shown)
    },
    get error() {
      return sender.unsentError ?? read.error(running.snapshot)
    },
    get model() {
      return running.shown.goesBackTo ?? running.shown.model
    },
    get queue() {
      return read.queue(running.shown)
    },
    get held() {
      return !running.isClosed && running.shown.held && running.shown.queue.length > 0
    },
    get pendingCalls() {
      return read.pendingCalls(running.shown)
    },
  }
}
