import { TurnstateError } from '../errors.ts'
import { checkBudget } from './check-options.ts'
import type { Budget } from '../../machines/index.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import type { Conversation, RequestOptions } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import type { ToolInput } from './options.ts'
import type { SystemPrompt } from './prompt.ts'
import type { PromptChanged } from './turns/events.ts'
import { busyBefore } from './turns/send-errors.ts'

/** The name of a model, without spaces around it. @throws TurnstateError `model-invalid` */
export function readModel(model: string): string {
  const name = typeof model === 'string' ? model.trim() : ''
  if (name === '')
    throw new TurnstateError('model-invalid', 'setModel takes the name of a model. The model stays as it is.')
  return name
}

/** The methods that change what later requests carry, and what they may cost. */
export class Adjusting implements Pick<
  Conversation,
  'setModel' | 'setSystem' | 'setTools' | 'setRequest' | 'setBudget'
> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  setModel(model: string): void {
    const { running } = this.#core
    running.ensureOpen()
    running.actor.send({ type: 'model.switch', model: readModel(model) })
  }

  setSystem(system: SystemPrompt): void {
    const { running } = this.#core
    running.ensureReady(busyBefore('setSystem()'))
    if (running.prompt.setSystem(system)) this.#changed('system')
  }

  setTools(tools: readonly ToolInput[]): void {
    const { running } = this.#core
    running.ensureReady(busyBefore('setTools()'))
    if (running.prompt.setTools(tools)) this.#changed('tools')
  }

  setRequest(fields: RequestFields, options?: RequestOptions): void {
    const { running } = this.#core
    running.ensureReady(busyBefore('setRequest()'))
    if (running.prompt.setRequest(fields, options)) this.#changed('request')
  }

  setBudget(budget: Budget): void {
    const { running } = this.#core
    running.ensureOpen()
    checkBudget(budget, running.options.prices)
    running.actor.send({ type: 'budget.set', budget: { ...budget } })
  }

  #changed(what: PromptChanged['what']): void {
    const { observation, delivery } = this.#core.running
    observation.promptChanged()
    delivery.deliverAtRest({ type: 'prompt.changed', what })
  }
}
