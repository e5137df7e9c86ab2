// Describes a conversation that was opened: what was said last, and what waits for the user.
import type { Conversation } from '../conversation/conversation-interface.ts'
import { inFull } from '../errors.ts'
import { findTurn, plainText, type TranscriptItem, type TranscriptPart } from '../journal/index.ts'
import type { ConversationListing } from '../stores/index.ts'
import { waysOn } from './commands/ways-on.ts'
import { decisions, isUndecided } from './decide.ts'
import type { Line } from './explain-notice.ts'
import { nameCall } from './explain-calls.ts'
import { count, list, shortened } from './explain.ts'
import { localTime } from '../transcripts/local-time.ts'
import { shortId, titleOf } from './stores/describe.ts'

/** How many messages are shown again. */
const mostShown = 4

/** Characters that are shown of the last message, and of those before it. */
const lastShown = 2_000
const othersShown = 300

/** A message that was said before. */
export interface Recalled {
  readonly role: 'user' | 'assistant'
  readonly text: string
  /** What became of it; `null` for a complete one. */
  readonly mark: string | null
}

/** The last messages of a conversation, the refused ones without their text. */
export const recalled = (conversation: Conversation): readonly Recalled[] =>
  conversation.messages.slice(-mostShown).map((item, index, { length }) => ({
    role: item.role,
    text: textOf(item, index === length - 1 ? lastShown : othersShown),
    mark: markOf(item, conversation),
  }))

function textOf({ status, parts }: TranscriptItem, most: number): string {
  if (status === 'retracted') return ''
  const text = parts
    .map(partText)
    .filter((part) => part !== '')
    .join('\n')
    .trim()
  return text.length <= most ? text : `${text.slice(0, most).trimEnd()} …`
}

function partText(part: TranscriptPart): string {
  switch (part.type) {
    case 'text':
      return part.text
    case 'thinking':
      return ''
    case 'tool-call':
      return `[${part.name}]`
    case 'block':
      return `[${part.block.type}]`
  }
}

function markOf({ status, turnId }: TranscriptItem, { actor }: Conversation): string | null {
  const turn = findTurn(actor.getSnapshot().context.stored, turnId)
  switch (status) {
    case 'retracted':
      return 'refused'
    case 'failed':
      return turn?.status === 'interrupted' ? 'no reply: the chat ended before it' : 'no reply: it failed'
    case 'partial':
      return turn?.status === 'stopped' ? 'stopped' : turn?.status === 'interrupted' ? 'interrupted' : 'cut off'
    default:
      return null
  }
}

/** Which conversation this is. */
export function explainOpened(conversation: Conversation, listing: ConversationListing): Line {
  const { length } = conversation.messages
  const earlier = length - mostShown
  return {
    text: `Opened "${shortened(titleOf(listing), 60)}" (${shortId(listing.id)}), ${count(length, 'message')}, last changed ${localTime(listing.changedAt)}.${earlier > 0 ? ` The last ${mostShown}:` : ''}`,
    style: 'bold',
  }
}

/** What the user can do now: after an interruption, a failure, a refusal, for calls and for messages in the queue. */
export function explainWaiting(conversation: Conversation): readonly Line[] {
  const { error, pendingCalls, queue, held } = conversation
  const lines: Line[] = []
  const yellow = (text: string) => lines.push({ text, style: 'yellow' })
  if (isUndecided(conversation)) yellow(`The last message was refused, and waits for your decision: ${decisions}.`)
  else if (error?.code === 'interrupted')
    yellow(
      'Interrupted: the chat ended before the last reply did. /retry asks again; a new message goes on without it.',
    )
  else if (error) yellow(`The last message failed (${error.code}): ${inFull(error)} ${waysOn(error.code)}`)
  const approvals = pendingCalls.filter(({ needs }) => needs === 'approval')
  if (approvals.length > 0) yellow(`Waiting for your approval: ${list(approvals.map(nameCall))}.`)
  const answers = pendingCalls.filter(({ needs }) => needs === 'answer')
  if (answers.length > 0) yellow(`Waiting for your answer: ${list(answers.map(nameCall))}.`)
  if (held)
    yellow(
      `${count(queue.length, 'message')} in the queue: ${list(queue.map(({ input }) => `"${shortened(plainText(input), 40)}"`))}. /release sends ${queue.length === 1 ? 'it' : 'them'}.`,
    )
  return lines
}
