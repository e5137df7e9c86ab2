import { messageOf, TurnstateError } from '../errors.ts'
import { reportRejection } from '../report-rejection.ts'
import type { ConversationInternals, ObservedConversation } from './internals.ts'
import { observeInternals } from './observe.ts'
import type { RecordListener } from './records.ts'

/** Shows conversations to people. `startInspector()` and `connectInspector()` return one; write your own for other displays. */
export interface Inspector {
  /**
   * Starts to inspect a conversation. Returns a function that stops it.
   *
   * @throws TurnstateError `invalid-option` for anything but a conversation
   */
  attach(conversation: ObservedConversation): () => void
}

/** One entry of the option `inspect`. */
export type InspectorOrListener = Inspector | RecordListener

/** The option `inspect` as a list. */
export const inspectorsOf = (
  given: InspectorOrListener | readonly InspectorOrListener[] | undefined,
): readonly InspectorOrListener[] => (given === undefined ? [] : isList(given) ? given : [given])

const isList = (given: InspectorOrListener | readonly InspectorOrListener[]): given is readonly InspectorOrListener[] =>
  Array.isArray(given)

/** Attaches an inspector or a listener. Reports what it throws, because the conversation must not depend on it. */
export function attach(
  inspector: InspectorOrListener,
  conversation: ObservedConversation,
  internals: ConversationInternals,
  report: (error: TurnstateError) => void,
): void {
  const fail = (cause: unknown) => report(failed(cause))
  try {
    if (typeof inspector !== 'function') return reportRejection(inspector.attach(conversation), fail)
    observeInternals(internals, { limit: 1 }, inspector, fail)
  } catch (cause) {
    fail(cause)
  }
}

const failed = (cause: unknown) =>
  new TurnstateError('listener-failed', `An inspector threw, and was detached: ${messageOf(cause)}`, { cause })
