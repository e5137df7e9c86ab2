// How long a turn waits between two attempts.
import type { ConversationContext } from './conversation.types.ts'

type Waiting = Pick<ConversationContext, 'view' | 'settings'>

const asked = ({ view: { failure } }: Waiting): number => failure?.retryAfter ?? 0

/** The chart's own backoff, in milliseconds: `baseDelay`, doubled with each try up to `maxDelay`. */
const backoff = ({ view: { tries }, settings: { baseDelay, maxDelay } }: Waiting): number =>
  // The failed attempt is counted already.
  Math.min(baseDelay * 2 ** Math.max(tries - 2, 0), maxDelay)

/**
 * Milliseconds before the next attempt: what the API asks for. Where it asks for nothing, or for no wait, the chart's own backoff, less up
 * to a quarter of it at random, so that clients that failed together do not come back together.
 */
export const untilRetry = (context: Waiting): number =>
  asked(context) > 0 ? asked(context) : backoff(context) * (1 - Math.random() / 4)

/** The most milliseconds that {@link untilRetry} may say. */
export const mostUntilRetry = (context: Waiting): number => (asked(context) > 0 ? asked(context) : backoff(context))
