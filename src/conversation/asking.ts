import { canCompact, retryableTurn } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import type { Conversation, MessageOptions, SendOptions } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import type { MessageInput } from '../input/input.ts'
import { readSignal } from './signals.ts'
import { busyBefore } from './turns/send-errors.ts'
import type { Turn } from './turns/turn.ts'

/** The methods that ask the model something on the current branch. */
export class Asking implements Pick<Conversation, 'sendMessage' | 'retry' | 'compact'> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  sendMessage(input: MessageInput, options?: MessageOptions): Turn {
    return this.#core.sender.send(input, (message) => ({ type: 'user.send', ...message }), options)
  }

  retry(options?: SendOptions): Turn {
    const { running, sender } = this.#core
    const signal = readSignal(options)
    running.ensureReady()
    const again = sender.sendAgain(signal, options)
    if (again) return again
    if (retryableTurn(running.view))
      return sender.ask({ type: 'turn.retry', turnId: running.idFor(options), at: running.now() }, signal)
    throw new TurnstateError(
      'nothing-to-retry',
      'The last turn was neither stopped nor failed, so there is nothing to ask again. regenerate() asks for another answer; a refused message has to be sent again on purpose.',
    )
  }

  compact(options?: SendOptions): Turn {
    const { running, sender } = this.#core
    const signal = readSignal(options)
    running.ensureReady(busyBefore('compact()'))
    if (!canCompact(running.view))
      throw new TurnstateError(
        'nothing-to-compact',
        'There is nothing to summarise: no message since the beginning or the last summary.',
      )
    return sender.ask({ type: 'context.compact', turnId: running.idFor(options), at: running.now() }, signal)
  }
}
