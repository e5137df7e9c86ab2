import { type Failure, TurnstateError } from '../errors.ts'
import { addUsage, plainText, type ReplyStep, type Turn, type Usage, noUsage } from '../journal/index.ts'
import type { ContextReset, FinishReason, RefusalReport, TurnOutcome } from './events.ts'

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
}

export interface OutcomeParts {
  readonly turn: Turn
  /** Usage of the turns that this one replaced. */
  readonly spentBefore?: Usage
  readonly refusals: readonly RefusalReport[]
  readonly reset?: ContextReset | undefined
}

/** The outcome of a settled turn. */
export function outcomeOf({ turn, spentBefore = noUsage, refusals, reset }: OutcomeParts): TurnOutcome {
  const reply = turn.steps.findLast((step): step is ReplyStep => step.role === 'assistant')
  const status = turn.status === 'interrupted' || turn.status === 'open' ? 'failed' : turn.status
  const refused = status === 'refused'
  const stopReason = refused ? 'refusal' : (reply?.stopReason ?? null)
  const refusal = refused ? refusals.at(-1) : undefined
  return {
    status,
    turnId: turn.id,
    text: refused ? '' : plainText(reply?.content ?? []),
    stopReason,
    finishReason: finishReasonOf(status, stopReason),
    usage: addUsage(spentBefore, turn.usage),
    refusals,
    ...(refusal ? { refusal } : {}),
    ...(reset ? { reset } : {}),
    ...(turn.failure ? { error: toError(turn.failure) } : {}),
  }
}

/** The outcome of an input that never became a turn. */
export function unsentOutcome(turnId: string, status: 'stopped' | 'failed', error: TurnstateError): TurnOutcome {
  return {
    status,
    turnId,
    text: '',
    stopReason: null,
    finishReason: finishReasonOf(status, null),
    usage: noUsage,
    refusals: [],
    error,
  }
}

function finishReasonOf(status: TurnOutcome['status'], stopReason: string | null): FinishReason {
  if (status === 'failed') return 'error'
  if (status === 'stopped') return 'other'
  return (stopReason === null ? undefined : finishReasons[stopReason]) ?? 'other'
}

const errors = new WeakMap<Failure, TurnstateError>()

/** A failure as an error: the same error for the same failure, so that whoever shows it sees no change. */
export function toError(failure: Failure): TurnstateError {
  const { code, message, ...details } = failure
  const error = errors.get(failure) ?? new TurnstateError(code, message, details)
  errors.set(failure, error)
  return error
}
