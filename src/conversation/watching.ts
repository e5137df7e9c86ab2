import { TurnstateError } from '../errors.ts'
import { checkNoticeType } from './check-names.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Running } from './running.ts'

/** The methods that watch a conversation. */
export function createWatching({ delivery }: Running): Pick<Conversation, 'subscribe' | 'on'> {
  return {
    subscribe(listener) {
      checkListener(listener)
      return delivery.subscribe(listener)
    },
    on(type, listener) {
      checkNoticeType(type)
      checkListener(listener)
      return delivery.on(type, listener)
    },
  }
}

function checkListener(listener: unknown): void {
  if (typeof listener !== 'function') throw new TurnstateError('invalid-option', 'A listener must be a function.')
}
