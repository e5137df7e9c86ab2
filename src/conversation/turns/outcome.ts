import { type Failure, TurnstateError } from '../../errors.ts'
import {
  addUsage,
  type Attempt,
  type Evidence,
  findTurn,
  type FinishReason,
  finishReasonOf,
  isPause,
  isTruncated,
  isWhole,
  noUsage,
  plainText,
  optionalField,
  type Rejection,
  type ReplyStep,
  type Turn,
  type Usage,
  type View,
} from '../../journal/index.ts'
import type { ContextReset, RefusalReport, TurnOutcome } from './events.ts'

/** What came before the turn that an outcome is of: turns that it replaced, or goes on with. */
export interface ComeBefore {
  readonly usage: Usage
  readonly attempts: readonly Attempt[]
}

export const nothingBefore: ComeBefore = { usage: noUsage, attempts: [] }

export interface OutcomeParts {
  readonly turn: Turn
  readonly view: View
  readonly before: ComeBefore
  readonly refusals: readonly RefusalReport[]
  readonly rejection: Rejection | null
  readonly reset?: ContextReset | undefined
  /** Reads structured output. */
  readonly parse: (text: string) => unknown
}

/** The outcome of a settled turn. */
export function outcomeOf({ turn, view, before, refusals, rejection, reset, parse }: OutcomeParts): TurnOutcome {
  const reply = turn.steps.findLast((step): step is ReplyStep => step.role === 'assistant')
  const status = turn.status === 'interrupted' || turn.status === 'open' ? 'failed' : turn.status
  const refused = status === 'refused'
  const stopReason = refused ? 'refusal' : (reply?.stopReason ?? null)
  const refusal = refused ? refusals.at(-1) : undefined
  const credit = turn.steps.findLast(hasCredit)?.fallbackCredit
  const text = refused ? '' : wordsOf(view, turn)
  const { container } = reply ?? {}
  const read = status === 'completed' && reply?.structured && isWhole(stopReason) ? tryTo(parse, text) : {}
  return {
    status,
    turnId: turn.id,
    text,
    model: refused ? (turn.refusal?.model ?? null) : (reply?.model ?? null),
    stopReason,
    finishReason: finishReason(status, stopReason),
    truncated: isTruncated(stopReason),
    usage: addUsage(before.usage, turn.usage),
    attempts: [...before.attempts, ...turn.attempts],
    servedAfterRefusal: reply?.servedAfterRefusal ?? false,
    ...(credit ? { fallbackCredit: credit } : {}),
    ...evidenceOf(turn, reply),
    ...(container === undefined || refused
      ? {}
      : { container: { id: container, ...optionalField('expiresAt', reply?.containerExpiresAt) } }),
    refusals,
    ...(refusal ? { refusal } : {}),
    ...(rejection ? { rejection } : {}),
    ...(reset ? { reset } : {}),
    ...(turn.failure ? { error: toError(turn.failure) } : {}),
    ...read,
  }
}

/** What the API said of the turn's requests: ids of the last one, and everything that it did about the context. */
function evidenceOf(turn: Turn, reply: ReplyStep | undefined): Evidence {
  const last = turn.attempts.at(-1)
  const told: readonly Evidence[] = [
    ...turn.steps.filter((step): step is ReplyStep => step.role === 'assistant'),
    ...(turn.evidence ? [turn.evidence] : []),
  ]
  const edits = told.flatMap(({ appliedEdits = [] }) => appliedEdits)
  const transformations = told.flatMap(({ inputTransformations = [] }) => inputTransformations)
  return {
    ...optionalField('requestId', turn.failure?.requestId),
    ...idsOf(last),
    ...optionalField('stopSequence', turn.evidence ? turn.evidence.stopSequence : reply?.stopSequence),
    ...(edits.length > 0 ? { appliedEdits: edits } : {}),
    ...(transformations.length > 0 ? { inputTransformations: transformations } : {}),
  }
}

/** The ids by which the API finds a request and its message again. */
export const idsOf = (attempt: Attempt | undefined): Pick<Evidence, 'messageId' | 'requestId'> => ({
  ...optionalField('messageId', attempt?.messageId),
  ...optionalField('requestId', attempt?.requestId),
})

/** Refusals within the turn that the API itself answered by going on with another model. Nothing is to be shown for them. */
export function hopReports(turn: Turn): readonly RefusalReport[] {
  return turn.attempts.flatMap((attempt) => {
    const { hop, model, usage } = attempt
    return hop
      ? [
          {
            turnId: turn.id,
            category: hop.category,
            explanation: null,
            messageForUser: '',
            textShown: hop.textShown,
            model,
            ...idsOf(attempt),
            servedByApi: true as const,
            usage,
            policy: null,
            nothingLeft: false,
            suspects: [],
            compaction: turn.kind === 'compaction',
          },
        ]
      : []
  })
}

/** The text that a turn came to, whole where it goes on with an earlier one that was cut. */
function wordsOf(view: View, turn: Turn): string {
  const before = turn.continues ?? (turn.kind === 'compaction' ? turn.replaces : undefined)
  const earlier = before === undefined ? undefined : findTurn(view, before)
  // While room is made for a turn, what it had said is what there is.
  if (turn.kind === 'compaction' && earlier) return earlier.kept ? wordsOf(view, earlier) : ''
  return (earlier ? wordsOf(view, earlier) : '') + lastWords(turn)
}

/** The text of the last reply. What the API paused in the middle of is one reply in several pieces. */
function lastWords(turn: Turn): string {
  const replies = turn.steps.filter((step): step is ReplyStep => step.role === 'assistant')
  const from = replies.findLastIndex((reply, index) => index < replies.length - 1 && !isPiece(reply)) + 1
  return replies
    .slice(from)
    .map(({ content }) => plainText(content))
    .join('')
}

const isPiece = ({ stopReason }: ReplyStep): boolean => isPause(stopReason)

const hasCredit = (step: Turn['steps'][number]): step is ReplyStep =>
  step.role === 'assistant' && step.fallbackCredit !== undefined

function tryTo(parse: (text: string) => unknown, text: string): Pick<TurnOutcome, 'parsed' | 'error'> {
  try {
    return { parsed: parse(text) }
  } catch (error) {
    return TurnstateError.is(error) ? { error } : {}
  }
}

/** The outcome of an input that never became a turn. */
export function unsentOutcome(turnId: string, status: 'stopped' | 'failed', error: TurnstateError): TurnOutcome {
  return {
    status,
    turnId,
    text: '',
    model: null,
    stopReason: null,
    finishReason: finishReason(status, null),
    truncated: false,
    usage: noUsage,
    attempts: [],
    servedAfterRefusal: false,
    refusals: [],
    error,
  }
}

function finishReason(status: TurnOutcome['status'], stopReason: string | null): FinishReason {
  if (status === 'failed') return 'error'
  if (status === 'stopped') return 'other'
  return finishReasonOf(stopReason)
}

const errors = new WeakMap<Failure, TurnstateError>()

/** A failure as an error: the same error for the same failure, so that whoever shows it sees no change. */
export function toError(failure: Failure): TurnstateError {
  const { code, message, ...details } = failure
  const error = errors.get(failure) ?? new TurnstateError(code, message, details)
  errors.set(failure, error)
  return error
}
