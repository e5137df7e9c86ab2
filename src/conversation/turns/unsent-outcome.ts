import type { TurnstateError } from '../../errors.ts'
import { noUsage } from '../../journal/usage.ts'
import type { TurnOutcome } from './events.ts'

/** The outcome of an input that never became a turn, or whose outcome is not known. */
export const unsentOutcome = (turnId: string, status: 'stopped' | 'failed', error: TurnstateError): TurnOutcome => ({
  status,
  turnId,
  text: '',
  model: null,
  stopReason: null,
  finishReason: status === 'failed' ? 'error' : 'other',
  truncated: false,
  usage: noUsage,
  attempts: [],
  servedAfterRefusal: false,
  refusals: [],
  error,
})
