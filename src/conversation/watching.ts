import { TurnstateError } from '../errors.ts'
import { checkNoticeType } from './check-names.ts'
import type { Conversation } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import type { NoticeFor, NoticeType } from './turns/events.ts'

/** The methods that watch a conversation. */
export class Watching implements Pick<Conversation, 'subscribe' | 'on'> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  subscribe(listener: () => void): () => void {
    checkListener(listener)
    return this.#core.running.delivery.subscribe(listener)
  }

  on<Type extends NoticeType | '*'>(type: Type, listener: (notice: NoticeFor<Type>) => void): () => void {
    checkNoticeType(type)
    checkListener(listener)
    return this.#core.running.delivery.on(type, listener)
  }
}

function checkListener(listener: unknown): void {
  if (typeof listener !== 'function') throw new TurnstateError('invalid-option', 'A listener must be a function.')
}
