import { firstFailure, wasRefused } from './first-failure.ts'
import type { HostileLimits } from './limits.ts'
import { isPlain } from '../program/own-content.ts'
import type { HostileMessageReport, HostileReport } from '../play/report.ts'

const ending = ({ status, error }: HostileMessageReport): string => (error === null ? status : `${status} (${error})`)

/** The messages after a number that neither break the rule themselves nor are refused. */
const plainAfter = ({ program, messages }: HostileReport, number: number): readonly number[] =>
  messages.flatMap((message, at) => (at > number && !wasRefused(message) && isPlain(program, at) ? [at] : []))

/** A rejected conversation must recover soon, and not fail again. */
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
      ? [`the conversation did not recover: message ${first} was rejected, and ${tried.join(', ')} were not completed`]
      : []),
    ...late.map((number) => {
      const message = messages[number]
      return `message ${number} ended as ${message ? ending(message) : 'not sent'}, ${number - first} messages after the first failure`
    }),
  ]
}

/** Messages before the first rejection must be completed. */
export const untroubledProblems = (report: HostileReport): readonly string[] => {
  const first = firstFailure(report) ?? report.messages.length
  return report.messages
    .slice(0, first)
    .flatMap((message, number) =>
      message.status === 'completed' || wasRefused(message)
        ? []
        : [`message ${number} ended as ${ending(message)}, although nothing had been rejected`],
    )
}

export const costProblems = ({ messages }: HostileReport, limits: HostileLimits): readonly string[] =>
  messages.flatMap(({ requests }, number) =>
    requests.length > limits.requests
      ? [`message ${number} took ${requests.length} requests: ${requests.map(({ ended }) => ended).join(', ')}`]
      : [],
  )
