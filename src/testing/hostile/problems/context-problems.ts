import { carriedBy } from './carried.ts'
import { firstFailure } from './first-failure.ts'
import type { HostileLimits } from './limits.ts'
import { isToBlame, sizeOf } from '../program/own-content.ts'
import type { HostileReport } from '../play/report.ts'
import type { HostileRequest } from '../play/report.ts'

/** The messages whose turns the policy of a refusal withdrew, independently of the rule. */
export const withdrawnMessages = ({ messages }: HostileReport): ReadonlySet<number> => {
  const turns = new Set(messages.flatMap(({ withdrawn }) => withdrawn))
  return new Set(messages.flatMap(({ turnId }, number) => (turnId !== null && turns.has(turnId) ? [number] : [])))
}

/** The earlier completed messages that a request does not contain, and that no refusal withdrew. */
const missingFrom = (report: HostileReport, request: HostileRequest): readonly number[] => {
  const carried = new Set(carriedBy(request))
  const withdrawn = withdrawnMessages(report)
  return report.messages.flatMap(({ status }, number) =>
    number < request.message && status === 'completed' && !carried.has(number) && !withdrawn.has(number)
      ? [number]
      : [],
  )
}

/** Whether more of the missing messages would fit below a limit of bytes. With a limit no single message is to blame. */
const tooManyForLimit = (
  { program }: HostileReport,
  { bytes }: HostileRequest,
  missing: readonly number[],
  { most, aside }: { readonly most: number; readonly aside: number },
): boolean => {
  if (missing.length <= aside) return false
  const sizes = missing.map((number) => sizeOf(number, program.messages[number] ?? {})).toSorted((a, b) => a - b)
  return bytes + sizes.slice(0, aside + 1).reduce((sum, size) => sum + size, 0) <= most
}

/**
 * The message to count from. Another message that is to blame restarts the count, and so does one that exceeds a limit of
 * bytes again.
 */
const countedFrom = ({ program, messages }: HostileReport, first: number, settled: number): number => {
  const isLimit = program.rejection?.rule.on === 'bytes'
  let from = first
  for (let number = first + 1; number <= from + settled && number < messages.length; number++)
    if (isLimit ? messages[number]?.requests.some(({ ended }) => ended === 'rejected') : isToBlame(program, number))
      from = number
  return from
}

/** What is missing after the conversation had time to find out what is to blame. */
const asideAtTheEnd = (
  report: HostileReport,
  { settled }: HostileLimits,
):
  | { readonly request: HostileRequest; readonly missing: readonly number[]; readonly beside: readonly number[] }
  | undefined => {
  const first = firstFailure(report)
  const from = first === undefined ? undefined : countedFrom(report, first, settled)
  const request = from === undefined ? undefined : report.messages[from + settled]?.requests[0]
  if (!request) return undefined
  const missing = missingFrom(report, request)
  return { request, missing, beside: missing.filter((number) => !isToBlame(report.program, number)) }
}

export const asideProblems = (report: HostileReport, limits: HostileLimits): readonly string[] => {
  const found = asideAtTheEnd(report, limits)
  if (!found) return []
  const { request, missing, beside } = found
  const after = `after ${limits.settled} messages, message ${request.message}`
  const rule = report.program.rejection?.rule
  if (rule?.on === 'bytes')
    return tooManyForLimit(report, request, missing, { most: rule.most, aside: limits.aside })
      ? [
          `${after} leaves out ${missing.join(', ')} and has ${request.bytes} of ${rule.most} bytes: ${limits.aside + 1} of them would fit`,
        ]
      : []
  return beside.length > limits.aside
    ? [
        `${after} leaves out ${beside.join(', ')}, which are not to blame: at most ${limits.aside} of those may be missing`,
      ]
    : []
}
