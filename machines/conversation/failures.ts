// What a turn fails with when the chart itself gives it up, and what can be done about it.
import type { Failure } from '../../src/errors.ts'

export const historyRejected = {
  code: 'history-rejected',
  message:
    'The API does not take the history any more, and what is to blame for it was not found with as many requests as one message may cost. Send the message again: the search goes on. clear() begins anew.',
} as const satisfies Failure

export const noAnswer = {
  code: 'connection-failed',
  message: 'The API has not begun to answer in time. It may be overloaded, or out of reach: try again later.',
} as const satisfies Failure

export const tooLong = {
  code: 'stream-stalled',
  message:
    'The reply went on for longer than a reply may take, and was given up. Ask for less at once, or raise the replyTimeout delay.',
} as const satisfies Failure

export const toolsTooLong = {
  code: 'tools-failed',
  message:
    'The tools have not finished in time. What they did stands. Raise the toolTimeout delay, or make them faster.',
} as const satisfies Failure

export const windowFull = {
  code: 'context-window-exceeded',
  message:
    'The context window is full, and the reply was cut there. What was said of it stays. compact() or clear() the conversation to go on, or set onOverflow to "compact".',
} as const satisfies Failure

const asItWas = 'The conversation is as it was: try again, clear() it, or start a new one.'

export const noCompaction = {
  code: 'compaction-failed',
  message: `The summary that was asked for did not come, or not whole. ${asItWas}`,
} as const satisfies Failure

export const compactionRefused = {
  code: 'compaction-failed',
  message: `The API refused to summarise the conversation. ${asItWas}`,
} as const satisfies Failure

/** Why there is no compaction. Where nothing was asked for it, or it says so already, the failure speaks for itself. */
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
    'The model kept calling tools until the limit of replies in one turn (maxSteps). Send a message to go on from here, or raise the limit.',
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
  message: 'The journal has not answered in time. What happened is kept and will be stored when it does.',
} as const satisfies Failure

export const interrupted = {
  code: 'interrupted',
  message:
    'The process that ran this turn ended before the turn did. Nothing was asked again by itself: retry() asks again, or send another message.',
} as const satisfies Failure
