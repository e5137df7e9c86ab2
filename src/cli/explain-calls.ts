// Describes tool calls in one line each.
import type { PendingCall } from '../conversation/pending-calls.ts'
import type { Notice } from '../conversation/turns/events.ts'
import { type Block, plainText } from '../journal/index.ts'
import { inputAsShown, longestToAllow, withBothEnds } from '../shown-input.ts'
import { shortened } from './explain.ts'
import { roundaboutPath } from './tools/index.ts'

type CallNotice = Notice<
  'toolCall.started' | 'toolCall.approvalRequested' | 'toolCall.answerRequested' | 'toolCall.settled'
>

const longestToShow = 80

export function explainCall(notice: CallNotice): string {
  const { name, callId } = notice
  switch (notice.type) {
    case 'toolCall.started':
      return `tool> ${name} ${shownInput(notice.input, longestToShow)} runs`
    case 'toolCall.approvalRequested':
      return `tool> ${name} ${shownInput(notice.input, longestToAllow)} is waiting for approval (${callId})${whatItReaches(name, notice.input)}`
    case 'toolCall.answerRequested':
      return `tool> ${name} ${shownInput(notice.input, longestToAllow)} is waiting for your answer (${callId})`
    case 'toolCall.settled':
      return `tool> ${name} ${endings[notice.status]}: ${shownResult(notice.result)}`
  }
}

/** Names a call with its input, because two waiting calls may be of the same tool. */
export const nameCall = ({ name, input }: PendingCall): string => `${name} ${shownInput(input, longestToShow)}`

const endings: Readonly<Record<Notice<'toolCall.settled'>['status'], string>> = {
  settled: 'returned',
  denied: 'was denied',
  failed: 'failed',
  timedOut: 'timed out',
  cancelled: 'was cancelled',
}

const shownInput = (input: unknown, most: number): string => withBothEnds(inputAsShown(input), most)

/** The file behind a path with links or detours, which the path itself does not show. */
function whatItReaches(name: string, input: unknown): string {
  const path = roundaboutPath(name, input)
  return path === null ? '' : `\n  it reads ${inputAsShown(path)}`
}

function shownResult(result: Block): string {
  const { content } = result
  if (typeof content === 'string') return shortened(content, longestToShow) || 'nothing'
  if (!Array.isArray(content) || content.length === 0) return 'nothing'
  const blocks: readonly Block[] = content
  return blocks
    .map((block) => (block.type === 'text' ? shortened(plainText([block]), longestToShow) : `[${block.type}]`))
    .join(' ')
}
