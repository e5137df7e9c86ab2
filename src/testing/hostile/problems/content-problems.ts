import { carriedBy } from './carried.ts'
import { withdrawnMessages } from './context-problems.ts'
import { tellingNotices } from './limits.ts'
import type { HostileReport } from '../play/report.ts'
import { wordsIn } from '../program/words.ts'

/** Nothing that was refused may be sent: no refused reply, and in later messages no input that stayed refused. */
export const refusedProblems = ({ messages }: HostileReport): readonly string[] => {
  const refused = new Set(messages.flatMap(({ status }, number) => (status === 'refused' ? [number] : [])))
  return messages.flatMap(({ requests }, number) =>
    requests.flatMap((request) => {
      const replies = wordsIn('refused', JSON.stringify(request.body))
      const inputs = carriedBy(request).filter((carried) => carried < number && refused.has(carried))
      return [
        ...replies.map((of) => `a request of message ${number} contains the refused reply to message ${of}`),
        ...inputs.map((of) => `a request of message ${number} contains message ${of}, which was refused`),
      ]
    }),
  )
}

/** Requests must follow the API's own rules. */
export const objectionProblems = ({ messages }: HostileReport): readonly string[] =>
  messages.flatMap(({ requests }, number) =>
    requests.flatMap(({ ended, said = '' }) =>
      ended === 'objected' ? [`the API rejects a request of message ${number}: ${said}`] : [],
    ),
  )

/** A completed turn that leaves the context must be announced before the first message without it ends. */
export const toldProblems = (report: HostileReport): readonly string[] => {
  const { messages } = report
  const withdrawn = withdrawnMessages(report)
  const requests = messages.flatMap((message) => message.requests)
  return requests.flatMap((request, index) => {
    const before = requests[index - 1]
    if (!before) return []
    const carried = new Set(carriedBy(request))
    const left = carriedBy(before).filter(
      (number) =>
        number < request.message &&
        messages[number]?.status === 'completed' &&
        !carried.has(number) &&
        !withdrawn.has(number),
    )
    const told = messages.slice(before.message, request.message + 1).flatMap((message) => message.told)
    return left.length === 0 || told.some((type) => tellingNotices.includes(type))
      ? []
      : [`message ${left.join(', ')} left the context at message ${request.message}, and no event announced it`]
  })
}
