import { carriedBy, tellsOfTool } from './carried.ts'
import { withdrawnMessages } from './context-problems.ts'
import type { HostileReport } from '../play/report.ts'
import { wordsIn } from '../program/words.ts'

/** No call may run twice. */
export const repeatProblems = ({ runs }: HostileReport): readonly string[] =>
  [...runs].flatMap(([argument, times]) => (times > 1 ? [`note ran ${times} times for ${argument}`] : []))

/** If a turn in which a tool ran is missing, requests must say that the tool ran. */
export const traceProblems = (report: HostileReport): readonly string[] => {
  const ran = [...new Set([...report.runs.keys()].flatMap((argument) => wordsIn('arg', argument)))]
  const withdrawn = withdrawnMessages(report)
  const requests = report.messages.flatMap((message) => message.requests)
  return ran.flatMap((number) => {
    if (withdrawn.has(number)) return []
    const bare = requests.find(
      (request) => request.message > number && !carriedBy(request).includes(number) && !tellsOfTool(request, number),
    )
    return bare ? [`a request of message ${bare.message} does not say that note ran in message ${number}`] : []
  })
}
