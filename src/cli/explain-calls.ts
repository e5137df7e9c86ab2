// What tools do, in one line each.
import type { PendingCall } from '../conversation/conversation-interface.ts'
import type { Notice } from '../conversation/events.ts'
import { type Block, plainText } from '../journal/index.ts'
import { shortened } from './explain.ts'

type CallNotice = Notice<
  'toolCall.started' | 'toolCall.approvalRequested' | 'toolCall.answerRequested' | 'toolCall.settled'
>

/** Who allows something has to see what: only what is longer than a screen is cut. */
const longestToAllow = 1_000
const longestToShow = 80

export function explainCall(notice: CallNotice): string {
  const { name, callId } = notice
  switch (notice.type) {
    case 'toolCall.started':
      return `tool> ${name} ${shownInput(notice.input, longestToShow)} runs`
    case 'toolCall.approvalRequested':
      return `tool> ${name} ${shownInput(notice.input, longestToAllow)} waits for approval (${callId})`
    case 'toolCall.answerRequested':
      return `tool> ${name} ${shownInput(notice.input, longestToAllow)} waits for your answer (${callId})`
    case 'toolCall.settled':
      return `tool> ${name} ${endings[notice.status]}: ${shownResult(notice.result)}`
  }
}

/** Which call it is: two that wait may be of one tool. */
export const nameCall = ({ name, input }: PendingCall): string => `${name} ${shownInput(input, longestToShow)}`

const endings: Readonly<Record<Notice<'toolCall.settled'>['status'], string>> = {
  settled: 'gave',
  denied: 'was denied',
  failed: 'failed',
  timedOut: 'ran out of time',
  cancelled: 'was cancelled',
}

/** As JSON; letters that can't be seen, or that turn the direction of writing, are spelled out. */
function shownInput(input: unknown, most: number): string {
  return shortened(JSON.stringify(input) ?? '', most).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  )
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
