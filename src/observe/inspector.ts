import { messageOf, TurnstateError } from '../errors.ts'
import { watchResult } from '../watch-result.ts'
import { observeWatched } from './observe.ts'
import type { InspectionRecord } from './records.ts'
import type { Observable, Watched } from './watched.ts'

/** Something that watches conversations, such as what `startInspector()` gives. */
export interface Inspector {
  /**
   * Begins to watch a conversation. Returns how to end it.
   *
   * @throws TurnstateError `invalid-option` for what is no conversation
   */
  attach(conversation: Observable): () => void
}

/** What the option `inspect` takes: a function that is told of every record, redacted, or an inspector. */
export type Inspect = ((record: InspectionRecord) => unknown) | Inspector

export const inspectorsOf = (given: Inspect | readonly Inspect[] | undefined): readonly Inspect[] =>
  given === undefined ? [] : isList(given) ? given : [given]

const isList = (given: Inspect | readonly Inspect[]): given is readonly Inspect[] => Array.isArray(given)

/** Lets one watch. What it throws is reported: a conversation does not depend on who looks at it. */
export function attach(
  inspector: Inspect,
  observable: Observable,
  watched: Watched,
  report: (error: TurnstateError) => void,
): void {
  const fail = (cause: unknown) => report(failed(cause))
  try {
    if (typeof inspector !== 'function') return watchResult(inspector.attach(observable), fail)
    observeWatched(watched, { limit: 1 }, inspector, fail)
  } catch (cause) {
    fail(cause)
  }
}

const failed = (cause: unknown) =>
  new TurnstateError('listener-failed', `An inspector threw: ${messageOf(cause)}. It is told no more.`, { cause })
