import { TurnstateError } from '../errors.ts'
import { fallbackModel } from '../journal/index.ts'
import { readResetPolicy } from '../refusals/policy.ts'
import { readRejectionPolicy } from '../rejections/policy.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Running } from './running.ts'
import type { Sender } from './sending.ts'
import { busyBefore } from './turns/send-errors.ts'

type Deciding = Pick<Conversation, 'resolveRefusal' | 'resolveRejection' | 'clear'>

/** The methods that decide what leaves the context. */
export function createDeciding(running: Running, sender: Sender): Deciding {
  const { actor } = running
  return {
    resolveRefusal(policy) {
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
      actor.send({ type: 'refusal.resolve', policy: checked })
      return sender.afterStoring()
    },
    resolveRejection(policy) {
      const checked = readRejectionPolicy(policy)
      running.ensureOpen()
      const { snapshot } = running
      if (!snapshot.matches({ rejected: 'awaitingDecision' }) && !snapshot.matches({ rejected: 'deciding' }))
        throw new TurnstateError('no-rejection', 'No rejection is waiting for a decision.')
      actor.send({ type: 'rejection.resolve', policy: checked })
      return sender.afterStoring()
    },
    clear() {
      running.ensureOpen()
      const { snapshot } = running
      if (snapshot.matches({ refused: 'awaitingDecision' }))
        return sender.change({ type: 'refusal.resolve', policy: 'clear' })
      if (snapshot.matches({ rejected: 'awaitingDecision' }))
        return sender.change({ type: 'rejection.resolve', policy: 'clear' })
      running.ensureReady(busyBefore('clear()'))
      sender.forgetUnsent()
      return sender.change({ type: 'context.clear' })
    },
  }
}
