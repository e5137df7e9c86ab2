import { carriedBy } from './carried.ts'
import { firstFailure } from './first-failure.ts'
import type { HostileLimits } from './limits.ts'
import { isToBlame, sizeOf } from '../program/own-content.ts'
import type { HostileReport } from '../play/report.ts'
import type { HostileRequest } from '../play/report.ts'

/** Messages whose turns a refusal's policy took out of the context, whatever the rule did. */
export const withdrawnMessages = ({ messages }: HostileReport): ReadonlySet<number> => {
  const turns = new Set(messages.flatMap(({ withdrawn }) => withdrawn))
  return new Set(messages.flatMap(({ turnId }, number) => (turnId !== null && turns.has(turnId) ? [number] : [])))
}

/** The completed messages before a request's own that it does not carry, and that no refusal took along. */
const missingFrom = (report: HostileReport, request: HostileRequest): readonly number[] => {
  const carried = new Set(carriedBy(request))
  const withdrawn = withdrawnMessages(report)
  return report.messages.flatMap(({ status }, number) =>
    number < request.message && status === 'completed' && !carried.has(number) && !withdrawn.has(number)
      ? [number]
      : [],
  )
}

/** With a limit of bytes nothing is to blame by itself: only that so few of the missing would still fit counts. */
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
 * Where the messages are counted from: one that is to blame itself begins the count anew, and so does one that exceeds a limit
 * of bytes again.
 */
const countedFrom = ({ program, messages }: HostileReport, first: number, settled: number): number => {
  const isLimit = program.rejection?.rule.on === 'bytes'
  let from = first
  for (let number = first + 1; number <= from + settled && number < messages.length; number++)
    if (isLimit ? messages[number]?.requests.some(({ ended }) => ended === 'rejected') : isToBlame(program, number))
      from = number
  return from
}

/** What is set aside once the conversation had time to find out what is to blame: that, and hardly anything beside it. */
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
          `${after} does without ${missing.join(', ')} in ${request.bytes} of ${rule.most} bytes: ${limits.aside + 1} more would fit`,
        ]
      : []
  return beside.length > limits.aside
    ? [
        `${after} does without ${beside.join(', ')}, which are not to blame: at most ${limits.aside} may be missing beside what is`,
      ]
    : []
}
