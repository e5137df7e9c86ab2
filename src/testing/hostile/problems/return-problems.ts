import { firstFailure, wasRefused } from './first-failure.ts'
import type { HostileLimits } from './limits.ts'
import { isPlain } from '../program/own-content.ts'
import type { HostileMessageReport, HostileReport } from '../play/report.ts'

const ending = ({ status, error }: HostileMessageReport): string => (error === null ? status : `${status} (${error})`)

/** The messages after a number that nothing stands in the way of but what came before them. */
const plainAfter = ({ program, messages }: HostileReport, number: number): readonly number[] =>
  messages.flatMap((message, at) => (at > number && !wasRefused(message) && isPlain(program, at) ? [at] : []))

/** A conversation that was rejected comes back soon, and stays. */
export const returnProblems = (report: HostileReport, limits: HostileLimits): readonly string[] => {
  const first = firstFailure(report)
  if (first === undefined) return []
  const { messages } = report
  const isCompleted = (number: number): boolean => messages[number]?.status === 'completed'
  const plain = plainAfter(report, first)
  const tried = plain.slice(0, limits.messages)
  const isLost = !isCompleted(first) && tried.length === limits.messages && !tried.some(isCompleted)
  const late = plain.filter((number) => number > first + limits.messages && !isCompleted(number))
  return [
    ...(isLost
      ? [`it did not come back: message ${first} was rejected, and ${tried.join(', ')} were not completed`]
      : []),
    ...late.map((number) => {
      const message = messages[number]
      return `message ${number} was ${message ? ending(message) : 'not sent'}, ${number - first} messages after the first failure`
    }),
  ]
}

/** What nothing was in the way of is completed. */
export const untroubledProblems = (report: HostileReport): readonly string[] => {
  const first = firstFailure(report) ?? report.messages.length
  return report.messages
    .slice(0, first)
    .flatMap((message, number) =>
      message.status === 'completed' || wasRefused(message)
        ? []
        : [`message ${number} was ${ending(message)}, and nothing had been rejected`],
    )
}

export const costProblems = ({ messages }: HostileReport, limits: HostileLimits): readonly string[] =>
  messages.flatMap(({ requests }, number) =>
    requests.length > limits.requests
      ? [`message ${number} cost ${requests.length} requests: ${requests.map(({ ended }) => ended).join(', ')}`]
      : [],
  )
