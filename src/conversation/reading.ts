import { totalCost, unpriced } from '../journal/index.ts'
import type { Conversation } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import { canSend, createMessages, createNextRequest, createReaders, statusOf } from './projections.ts'

type Readings = Pick<
  Conversation,
  | 'id'
  | 'actor'
  | 'repairs'
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
export class Reading implements Readings {
  readonly #core: ConversationCore
  #readers: ReturnType<typeof createReaders> | null = null
  #readMessages: ReturnType<typeof createMessages> | null = null
  #readNextRequest: ReturnType<typeof createNextRequest> | null = null

  constructor(core: ConversationCore) {
    this.#core = core
  }

  get id() {
    return this.#running.id
  }

  get actor() {
    return this.#running.actor
  }

  get repairs() {
    return this.#core.repairs
  }

  get status() {
    return statusOf(this.#running.snapshot)
  }

  get revision() {
    return this.#running.shown.revision
  }

  get canSend() {
    return canSend(this.#running.snapshot)
  }

  get messages() {
    return this.#messages(this.#running.snapshot.context, this.#running.delivery.draft)
  }

  get history() {
    return this.#nextRequest(this.#running.snapshot.context).history
  }

  get leftOut() {
    return this.#nextRequest(this.#running.snapshot.context).left
  }

  get usage() {
    return this.#read.usage(this.#running.shown)
  }

  get ledger() {
    return this.#read.ledger(this.#running.shown)
  }

  get cost() {
    return totalCost(this.#running.shown.ledger, this.#running.snapshot.context.settings.prices)
  }

  get unpriced() {
    return unpriced(this.#running.shown.ledger, this.#running.snapshot.context.settings.prices)
  }

  get refusals() {
    return this.#read.refusals(this.#running.shown)
  }

  get refusal() {
    return this.#read.refusal(this.#running.shown)
  }

  get rejection() {
    return this.#read.rejection(this.#running.shown)
  }

  get error() {
    return this.#core.sender.unsentError ?? this.#read.error(this.#running.snapshot)
  }

  get model() {
    return this.#running.shown.goesBackTo ?? this.#running.shown.model
  }

  get queue() {
    return this.#read.queue(this.#running.shown)
  }

  get held() {
    return !this.#running.isClosed && this.#running.shown.held && this.#running.shown.queue.length > 0
  }

  get pendingCalls() {
    return this.#read.pendingCalls(this.#running.shown)
  }

  get #running() {
    return this.#core.running
  }

  get #read() {
    return (this.#readers ??= createReaders(this.#running))
  }

  get #messages() {
    return (this.#readMessages ??= createMessages())
  }

  get #nextRequest() {
    return (this.#readNextRequest ??= createNextRequest((model) => this.#running.requestTo(model).target))
  }
}
