// Wrappers for functions of the app that XState calls in the middle of a step, where an exception would end the actor.
import type { InspectionEvent } from 'xstate'
import { quoteOf, TurnstateError } from '../errors.ts'
import type { View } from '../journal/index.ts'
import { reportRejection } from '../report-rejection.ts'
import type { ConversationOptions } from './options.ts'
import { listenerError } from './delivery/listener-error.ts'

type Report = (error: TurnstateError) => void
type IsDueToReturn = Extract<ConversationOptions['returnToModel'], (...given: never[]) => unknown>

/** Asks the option `returnToModel`. If it throws or returns anything but true and false, the model stays. */
export function isDueBy(isDue: IsDueToReturn, view: View, report: Report): boolean {
  const failed = (cause: unknown) =>
    report(
      new TurnstateError('listener-failed', 'returnToModel failed. The model stays.', { cause, ...quoteOf(cause) }),
    )
  if (view.away === null) return false
  try {
    const answer: unknown = isDue({ ...view.away, model: view.model })
    if (typeof answer === 'boolean') return answer
    reportRejection(answer, failed)
    failed(new TypeError('it returned neither true nor false'))
  } catch (cause) {
    failed(cause)
  }
  return false
}

/** The option `inspectActors` as an observer that never throws. */
export function guardedObserver(observe: (event: InspectionEvent) => unknown, report: Report) {
  const failed = (cause: unknown) => report(listenerError('The observer inspectActors', cause))
  return (event: InspectionEvent): void => {
    try {
      reportRejection(observe(event), failed)
    } catch (cause) {
      failed(cause)
    }
  }
}
