// What stands in the way now: the refusal or the rejection that is undecided, or that the last message ended with.
import { type MessageRefusal, refusalReport } from './outcome.ts'
import { refusalOf } from './refusal-lookup.ts'
import type { Rejection } from './rejections/rejection.ts'
import { lastTurn, type View } from './view.ts'

/**
 * The refusal that the last message ended with, decided or not; `null` while a turn is open, and after `clear()`. Its policy is
 * `null` while a policy is being asked, and `manual` while a person is.
 */
export function currentRefusal(view: View): MessageRefusal | null {
  const turn = lastTurn(view)
  if (view.open || turn?.status !== 'refused') return null
  const isUndecided = view.undecided === turn.id
  // Back at 0 after `clear()`. A refused summary does not count, and is of interest only until it is decided.
  if (!isUndecided && view.refusalsInARow === 0) return null
  const report = refusalReport(view, turn)
  return report && isUndecided && refusalOf(view, turn.id)?.isDeferred !== true ? { ...report, policy: null } : report
}

/** The rejection that is undecided, or that the last message failed with; `null` after another message or `clear()`. */
export function currentRejection(view: View): Rejection | null {
  if (view.isRejected) return view.open?.rejection ?? null
  const { failure } = view
  const rejection = view.open ? undefined : lastTurn(view)?.rejection
  return rejection !== undefined && rejection.code === failure?.code ? rejection : null
}
