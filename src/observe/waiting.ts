// What a conversation waits for while nothing is under way: a delay of its chart. XState keeps what is scheduled in the snapshot of
// its system; tests pin it.
import type { AnyActor } from 'xstate'
import { triggerName, triggerOf } from './transition-names.ts'

/** A wait that ends by itself. */
export interface Waiting {
  /** What ends it, such as `after retryBackoff`. */
  readonly next: string
  /** Milliseconds that are left. */
  readonly wait: number
}

/** What a conversation waits for on purpose. Other delays are limits of a wait for something else. */
const waits: ReadonlySet<string> = new Set(['after retryBackoff', 'after saveRetry'])

/** The shortest wait of an actor; `null` if it does not wait. */
export function waitingOf(actor: AnyActor): Waiting | null {
  const scheduled = Object.values(actor.system.getSnapshot()._scheduledEvents)
  const found = scheduled.flatMap(({ target, event, delay, startedAt }) => {
    const next = triggerName(triggerOf(event.type))
    return target === actor && waits.has(next) ? [{ next, wait: Math.max(0, delay - (Date.now() - startedAt)) }] : []
  })
  return found.toSorted((a, b) => a.wait - b.wait)[0] ?? null
}
