import { TurnstateError } from '../errors.ts'
import { fallbackModel, type RejectionPolicy, type ResetPolicy } from '../journal/index.ts'
import { readResetPolicy } from '../refusals/policy.ts'
import { readRejectionPolicy } from '../rejections/policy.ts'
import type { Conversation } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import { busyBefore } from './turns/send-errors.ts'

/** The methods that decide what leaves the context. */
export class Deciding implements Pick<Conversation, 'resolveRefusal' | 'resolveRejection' | 'clear'> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  resolveRefusal(policy: ResetPolicy): PromiseLike<void> {
    const { running, sender } = this.#core
    const checked = readResetPolicy(policy)
    running.ensureOpen()
    const { snapshot } = running
    if (!snapshot.matches({ refused: 'awaitingDecision' }) && !snapshot.matches({ refused: 'deciding' }))
      throw new TurnstateError('no-refusal', 'No refusal is waiting for a decision.')
    const { model } = running.view
    if (fallbackModel(checked) === model)
      throw new TurnstateError(
        'fallback-same-model',
        `The conversation uses ${model} already, and that refused. Fall back to another model. The conversation still waits for a decision.`,
      )
    running.actor.send({ type: 'refusal.resolve', policy: checked })
    return sender.afterStoring()
  }

  resolveRejection(policy: RejectionPolicy): PromiseLike<void> {
    const { running, sender } = this.#core
    const checked = readRejectionPolicy(policy)
    running.ensureOpen()
    const { snapshot } = running
    if (!snapshot.matches({ rejected: 'awaitingDecision' }) && !snapshot.matches({ rejected: 'deciding' }))
      throw new TurnstateError('no-rejection', 'No rejection is waiting for a decision.')
    running.actor.send({ type: 'rejection.resolve', policy: checked })
    return sender.afterStoring()
  }

  clear(): PromiseLike<void> {
    const { running, sender } = this.#core
    running.ensureOpen()
    const { snapshot } = running
    if (snapshot.matches({ refused: 'awaitingDecision' }))
      return sender.change({ type: 'refusal.resolve', policy: 'clear' })
    if (snapshot.matches({ rejected: 'awaitingDecision' }))
      return sender.change({ type: 'rejection.resolve', policy: 'clear' })
    running.ensureReady(busyBefore('clear()'))
    sender.forgetUnsent()
    return sender.change({ type: 'context.clear' })
  }
}
