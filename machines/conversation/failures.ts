// The failures that the chart itself gives a turn, each with what to do about it.
import type { Failure } from '../../src/errors.ts'

export const historyRejected = {
  code: 'history-rejected',
  message:
    'The API rejects the history, and the cause was not found within the requests that one message may cost. Send the message again to continue the search, or clear() the conversation.',
} as const satisfies Failure

export const noAnswer = {
  code: 'connection-failed',
  message: 'The API did not begin to answer in time. It may be overloaded or unreachable: try again later.',
} as const satisfies Failure

export const tooLong = {
  code: 'stream-stalled',
  message:
    'The reply took longer than the replyTimeout delay and was stopped. Ask for less at once, or raise the delay.',
} as const satisfies Failure

export const toolsTooLong = {
  code: 'tools-failed',
  message:
    'The tools did not finish in time. What they did is not undone. Raise the toolTimeout delay, or make them faster.',
} as const satisfies Failure

export const windowFull = {
  code: 'context-window-exceeded',
  message:
    'The context window is full, so the reply was cut. The text so far is kept. compact() or clear() the conversation to continue, or set onOverflow to "compact".',
} as const satisfies Failure

const asItWas = 'The conversation is unchanged: try again, clear() it, or start a new one.'

export const noCompaction = {
  code: 'compaction-failed',
  message: `The model returned no summary, or an incomplete one. ${asItWas}`,
} as const satisfies Failure

export const compactionRefused = {
  code: 'compaction-failed',
  message: `The API refused to summarise the conversation. ${asItWas}`,
} as const satisfies Failure

/** Wraps the failure of a compaction, unless it is already one, or no request was sent because of the budget. */
export const compactionFailed = (cause: Failure): Failure =>
  cause.code === 'compaction-failed' || cause.code === 'budget-exceeded'
    ? cause
    : {
        ...cause,
        code: 'compaction-failed',
        causedBy: cause.code,
        message: `The conversation could not be summarised. ${cause.message} ${asItWas}`,
      }

export const tooManySteps = {
  code: 'max-steps-reached',
  message:
    'The model called tools until the limit of replies in one turn (maxSteps). Send a message to continue from here, or raise the limit.',
} as const satisfies Failure

export const noRoom = {
  code: 'context-window-exceeded',
  message: 'The context window has no room for the turn. compact() or clear() the conversation to continue.',
} as const satisfies Failure

export const aborted = {
  code: 'aborted',
  message: 'The signal of the message was aborted, so its turn was stopped. The partial reply is kept.',
} as const satisfies Failure

export const journalSilent = {
  code: 'journal-write-failed',
  message: 'The journal did not answer in time. The facts are kept in memory and sent again.',
} as const satisfies Failure

export const takenOver = {
  code: 'conversation-lost',
  message: 'Another process writes this conversation, so this one stopped. Open it again to see what happened there.',
} as const satisfies Failure

export const interrupted = {
  code: 'interrupted',
  message:
    'The process that ran this turn ended before the turn did. Nothing was sent again automatically: call retry(), or send another message.',
} as const satisfies Failure
