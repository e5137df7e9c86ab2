import { canCompact, retryableTurn } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Running } from './running.ts'
import type { Sender } from './sending.ts'
import { readSignal } from './signals.ts'
import { busyBefore } from './turns/send-errors.ts'

type Asking = Pick<Conversation, 'sendMessage' | 'retry' | 'compact'>

/** The methods that ask the model something on the current branch. */
export function createAsking(running: Running, sender: Sender): Asking {
  return {
    sendMessage: (input, options) => sender.send(input, (message) => ({ type: 'user.send', ...message }), options),
    retry(options) {
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
    },
    compact(options) {
      const signal = readSignal(options)
      running.ensureReady(busyBefore('compact()'))
      if (!canCompact(running.view))
        throw new TurnstateError(
          'nothing-to-compact',
          'There is nothing to summarise: no message since the beginning or the last summary.',
        )
      return sender.ask({ type: 'context.compact', turnId: running.idFor(options), at: running.now() }, signal)
    },
  }
}
