// The results of calls that gave none of their own.
import type { Block } from '../../src/journal/index.ts'

/** A tool result that reports an error to the model. */
export const errorResult = (callId: string, text: string): Block => ({
  type: 'tool_result',
  tool_use_id: callId,
  is_error: true,
  content: text,
})

export const notRun = 'No tools were given, so this call was not run.'

export const interrupted =
  'The process ended while this call may have been running. What it did until then is not undone. It was not run again.'

export const repeated = 'Another call of this reply has the same id, so this one was not run. Call the tool again.'

export const outOfSequence = (toolset: string): string =>
  `This call was not run: an earlier call of the toolset "${toolset}" in this reply did not succeed. Check the current state before you continue.`

export const outOfTime =
  'The tool did not finish in time, so it was stopped. What it did until then is not undone, and may be incomplete.'

export const denial = (reason = ''): string =>
  reason.trim() === '' ? 'The user did not allow this call.' : `The user did not allow this call: ${reason}`

export const crashed = (message: string): string => `The tool failed: ${message}`
