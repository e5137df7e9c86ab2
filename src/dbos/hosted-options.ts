// The options of a conversation, as its home opens it.
import { TurnstateError } from '../errors.ts'
import type { ConversationOptions } from '../index.ts'
import type { ServedOptions } from '../server/served-options.ts'
import { stepped } from './effects.ts'
import type { Home } from './home.ts'

type Logger = NonNullable<ConversationOptions['logger']>

/** How a conversation is taken up. */
export interface TakingUp {
  /** Whose lease is taken; `null`: nobody's. */
  readonly writer: number | null
  /** Its turn was taken up too often: it is settled. */
  readonly isGivenUp: boolean
}

/** Its requests and tools are steps, what was under way goes on, and the lease of the process before is not waited for. */
export function hostedOptions(
  options: ServedOptions,
  { id, stepping }: Pick<Home, 'id' | 'stepping'>,
  { writer, isGivenUp }: TakingUp,
): ServedOptions {
  return {
    ...stepped(options, stepping),
    logger: calmWhenLost(options.logger ?? console, id),
    onInterrupted: isGivenUp ? 'settle' : 'resume',
    ...(writer === null ? {} : { takeOver: writer }),
  }
}

/** In a cluster it is no fault that a conversation goes on in another process. */
const calmWhenLost = (logger: Logger, id: string): Logger => ({
  warn: (...words) => logger.warn(...words),
  error: (message, details) => {
    if (TurnstateError.is(details) && details.code === 'conversation-lost')
      logger.warn(`The conversation ${id} goes on in another process of the cluster.`)
    else logger.error(message, details)
  },
})
