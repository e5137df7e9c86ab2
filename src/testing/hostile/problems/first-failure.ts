import type { HostileMessageReport, HostileReport } from '../play/report.ts'

const wasRejected = ({ requests }: HostileMessageReport): boolean => requests.some(({ ended }) => ended === 'rejected')

export const wasRefused = ({ requests }: HostileMessageReport): boolean =>
  requests.some(({ ended }) => ended === 'refused')

/** The number of the first message that the rule affected; undefined if it never rejected anything. */
export const firstFailure = ({ program: { rejection }, messages }: HostileReport): number | undefined => {
  if (!rejection) return undefined
  const found = messages.findIndex(
    (message, number) => number >= rejection.from && (wasRejected(message) || message.status === 'failed'),
  )
  return found < 0 ? undefined : found
}

/**
 * How many messages after the first failure one was completed: 0 if that message itself was completed, `never` if none was,
 * and undefined if nothing failed.
 */
export const cameBackAfter = (report: HostileReport): number | 'never' | undefined => {
  const first = firstFailure(report)
  if (first === undefined) return undefined
  const found = report.messages.slice(first).findIndex(({ status }) => status === 'completed')
  return found < 0 ? 'never' : found
}
