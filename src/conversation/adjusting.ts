import { TurnstateError } from '../errors.ts'
import { checkBudget } from './check-options.ts'
import type { Conversation } from './conversation-interface.ts'
import type { ConversationOptions } from './options.ts'
import type { Running } from './running.ts'
import type { PromptChanged } from './turns/events.ts'
import { busyBefore } from './turns/send-errors.ts'

type Adjusting = Pick<Conversation, 'setModel' | 'setSystem' | 'setTools' | 'setRequest' | 'setBudget'>

/** The methods that change what later requests carry, and what they may cost. */
export function createAdjusting(running: Running, { prices }: Pick<ConversationOptions, 'prices'>): Adjusting {
  const { actor, prompt, delivery, observation } = running
  const changed = (what: PromptChanged['what']) => {
    observation.promptChanged()
    delivery.deliverAtRest({ type: 'prompt.changed', what })
  }
  return {
    setModel(model) {
      running.ensureOpen()
      if (typeof model !== 'string' || model.trim() === '')
        throw new TurnstateError('model-invalid', 'setModel takes the name of a model. The model stays as it is.')
      actor.send({ type: 'model.switch', model: model.trim() })
    },
    setSystem(system) {
      running.ensureReady(busyBefore('setSystem()'))
      if (prompt.setSystem(system)) changed('system')
    },
    setTools(tools) {
      running.ensureReady(busyBefore('setTools()'))
      if (prompt.setTools(tools)) changed('tools')
    },
    setRequest(fields, options) {
      running.ensureReady(busyBefore('setRequest()'))
      if (prompt.setRequest(fields, options)) changed('request')
    },
    setBudget(budget) {
      running.ensureOpen()
      checkBudget(budget, prices)
      actor.send({ type: 'budget.set', budget: { ...budget } })
    },
  }
}
