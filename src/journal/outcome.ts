// What a message came to, from facts alone: anyone who has the view computes the same, whenever and wherever.
import type { ResetCause } from './facts.ts'
import type { Failure } from '../errors.ts'
import type { Attempt } from './attempts.ts'
import { plainText } from './content.ts'
import type { ApiObject, Evidence } from './request-evidence.ts'
import { optionalField } from './optional-field.ts'
import { refusalOf } from './refusal-lookup.ts'
import type { Rejection } from './rejections/rejection.ts'
import type { Decision, ResetPolicy } from './reset-policies.ts'
import { type FinishReason, finishReasonOf, isPause, isTruncated, isWhole } from './stop-reasons.ts'
import type { Suspect } from './suspect.ts'
import { suspects } from './suspects.ts'
import { addUsage, noUsage, type Usage } from './usage.ts'
import { earlierTurn, findTurn, madeRoomFor, type ReplyStep, type Turn, type View } from './view.ts'

/** A refusal of a message. */
export interface MessageRefusal extends Pick<Evidence, 'messageId' | 'requestId'> {
  readonly turnId: string
  /** The API's category, or `null`. New ones may appear at any time. */
  readonly category: string | null
  /** The classifier's own words. NOT for end users: for logs only. Show `messageForUser`. */
  readonly explanation: string | null
  /** Some of the reply had been shown before it was refused; it is void now. */
  readonly textShown: boolean
  /** The model that refused. */
  readonly model: string | null
  /** The model that the API would have gone on with, had it been free (`stop_details.recommended_model`). */
  readonly recommendedModel?: string
  /**
   * The API itself went on with another model, in the same request (`serverFallbacks`): no policy was asked, and what was
   * shown of the reply stands.
   */
  readonly servedByApi?: true
  readonly usage: Usage
  /** The policy taken; `manual` waits for `resolveRefusal`. `null`: the conversation closed before it was decided. */
  readonly policy: Decision | null
  /** Nothing was left to put aside: the cause is in the input, the system prompt or the tools. */
  readonly nothingLeft: boolean
  /** What the request carried for the first time: the cause is most likely among it. Nothing was asked to find out. */
  readonly suspects: readonly Suspect[]
  /** A summary was refused, not a turn of the user's: the conversation is as it was. */
  readonly compaction: boolean
}

/** A change of the context. */
export interface ContextReset {
  readonly cause: ResetCause
  readonly policy: ResetPolicy
  /** The refused turn, when a refusal is the cause. */
  readonly turnId: string | null
  /** The turns that left the context, and why: `refused` for ever, `withdrawn` with it. */
  readonly left: readonly { readonly turnId: string; readonly why: 'refused' | 'withdrawn' }[]
  /** The last turn that the model still builds on. */
  readonly head: string | null
  readonly nothingLeft: boolean
}

/** How a message ended, as plain data. */
export interface MessageOutcome extends Pick<Evidence, 'messageId' | 'requestId' | 'stopSequence'> {
  readonly status: 'completed' | 'refused' | 'stopped' | 'failed'
  /** The turn that the outcome is of: the last one, if the input was asked again in other words. */
  readonly turnId: string
  /** The text of the last reply, whole where it was continued. Empty when it was refused. */
  readonly text: string
  /** The model that gave it, or `null` when none did. */
  readonly model: string | null
  /** The reply was cut by `maxTokens` or by the context window. */
  readonly truncated: boolean
  /** As the API gave it; `null` when none came. */
  readonly stopReason: string | null
  readonly finishReason: FinishReason
  /** All turns that the input led to, refused ones included. */
  readonly usage: Usage
  /** The requests that it took, and what each cost. */
  readonly attempts: readonly Attempt[]
  /** The API's own fallback served the reply, after the model that was asked had refused. */
  readonly servedAfterRefusal: boolean
  /** What the API left out of the context by itself while it answered, as it says it. */
  readonly appliedEdits?: readonly ApiObject[]
  /** What the API changed about the input, as it says it: thinking that it dropped, say. */
  readonly inputTransformations?: readonly ApiObject[]
  /** The container that the reply left behind, and when it expires, as the API writes it. */
  readonly container?: { readonly id: string; readonly expiresAt?: string }
  /** What became of a fallback credit, as the API tells it: `{ status: { type: 'redeemed' } }`, or `not_applied` with a reason. */
  readonly fallbackCredit?: Readonly<Record<string, unknown>>
  /** Refusals on the way, the last one included. */
  readonly refusals: readonly MessageRefusal[]
  /** The refusal, when the outcome is one. */
  readonly refusal?: MessageRefusal
  /**
   * The last request of it that the API did not take: what it said, and what was new in it. A completed message may have one:
   * the same was asked again without what was to blame.
   */
  readonly rejection?: Rejection
  /** What left the context for it. Missing while a person decides. */
  readonly reset?: ContextReset
  /** Why it failed, or was stopped by a signal. */
  readonly failure?: Failure
  /** The text is what `output_config.format` asked for, whole. */
  readonly isStructured?: true
}

/**
 * The outcome of the message that a turn belongs to; `null` while its last turn is open, and for an id of no turn. A turn that
 * replaces or continues another one without anybody having asked for it belongs to the same message.
 */
export function outcomeOf(view: View, turnId: string): MessageOutcome | null {
  const first = findTurn(view, originOf(view, turnId))
  if (!first) return null
  const chain = [first]
  for (let next = followingTurn(view, first); next; next = followingTurn(view, next)) chain.push(next)
  const turn = chain.at(-1) ?? first
  if (turn.status === 'open') return null
  const reply = turn.steps.findLast(isReply)
  const status = statusOf(view, turn, turn.status)
  const refused = status === 'refused'
  const stopReason = refused ? 'refusal' : (reply?.stopReason ?? null)
  const refusals = chain.flatMap((each) => [...hopRefusals(each), ...refusedIn(view, each)])
  const refusal = refused ? refusals.at(-1) : undefined
  const rejection = chain.findLast((each) => each.rejection !== undefined)?.rejection
  const credit = turn.steps.findLast(hasCredit)?.fallbackCredit
  const { container } = reply ?? {}
  return {
    status,
    turnId: turn.id,
    text: refused ? '' : wordsOf(view, turn),
    model: refused ? (turn.refusal?.model ?? null) : (reply?.model ?? null),
    stopReason,
    finishReason: finishReason(status, stopReason),
    truncated: isTruncated(stopReason),
    usage: chain.reduce((sum, { usage }) => addUsage(sum, usage), noUsage),
    attempts: chain.flatMap(({ attempts }) => attempts),
    servedAfterRefusal: reply?.servedAfterRefusal ?? false,
    ...optionalField('fallbackCredit', credit),
    ...evidenceOf(turn, reply),
    ...(container === undefined || refused
      ? {}
      : { container: { id: container, ...optionalField('expiresAt', reply?.containerExpiresAt) } }),
    refusals,
    ...optionalField('refusal', refusal),
    ...optionalField('rejection', rejection),
    ...optionalField('reset', refused ? resetAfter(view, turn.id) : undefined),
    ...optionalField('failure', turn.failure),
    ...(status === 'completed' && reply?.structured && isWhole(stopReason) ? { isStructured: true } : {}),
  }
}

/** A compaction that made room for a message which was not asked again: the message was stopped. */
function statusOf(view: View, turn: Turn, status: Exclude<Turn['status'], 'open'>): MessageOutcome['status'] {
  if (status === 'interrupted') return 'failed'
  return status === 'completed' && turn.kind === 'compaction' && madeRoomFor(view, turn) ? 'stopped' : status
}

/** The turn that a message began with: the id of the message. */
export function originOf(view: View, turnId: string): string {
  const turn = findTurn(view, turnId)
  const before = turn && turnBefore(view, turn)
  return before ? originOf(view, before.id) : turnId
}

/** The turn that the same message went on with, if it did. */
export function followingTurn(view: View, turn: Turn): Turn | undefined {
  const { open, turns } = view
  const follows = (other: Turn) => (other.replaces ?? other.continues) === turn.id && belongs(view, other, turn)
  if (open && follows(open)) return open
  // It settled later, and most turns that are asked about are among the last.
  return turns.slice(turns.findLastIndex(({ id }) => id === turn.id) + 1).find(follows)
}

function turnBefore(view: View, turn: Turn): Turn | undefined {
  const before = earlierTurn(view, turn, turn.replaces ?? turn.continues)
  return before && belongs(view, turn, before) ? before : undefined
}

/**
 * Whether a turn that replaces or continues another one is of the same message. The chart makes such turns, with ids of its own
 * (`derivedId`); somebody who asks again makes another message, and so does one who decides about a refusal.
 */
const belongs = (view: View, turn: Turn, before: Turn): boolean =>
  isDerived(turn.id, before.id) && refusalOf(view, before.id)?.reset?.decidedBy === undefined

function isDerived(id: string, from: string): boolean {
  const base = `${from.replace(/~\d+$/, '')}~`
  return id.startsWith(base) && /^\d+$/.test(id.slice(base.length))
}

const refusedIn = (view: View, turn: Turn): readonly MessageRefusal[] => {
  const refusal = refusalReport(view, turn)
  return refusal ? [refusal] : []
}

/** The refusal that a turn ended with; `null` for another ending. */
export function refusalReport(view: View, turn: Turn): MessageRefusal | null {
  const record = refusalOf(view, turn.id)
  if (!turn.refusal || !record) return null
  const { category, explanation, textShown, model = null, recommendedModel } = turn.refusal
  return {
    turnId: turn.id,
    category,
    explanation,
    textShown,
    model,
    ...optionalField('recommendedModel', recommendedModel),
    ...idsOf(turn.attempts.at(-1)),
    usage: turn.usage,
    policy: record.reset?.decidedBy === 'person' ? 'manual' : (record.policy ?? 'manual'),
    nothingLeft: record.nothingLeft,
    suspects: suspects(view, turn.id),
    compaction: turn.kind === 'compaction',
  }
}

/** Refusals within a turn that the API itself answered by going on with another model. Nothing is to be shown for them. */
const hopRefusals = (turn: Turn): readonly MessageRefusal[] =>
  turn.attempts.flatMap((attempt) => {
    const { hop, model, usage } = attempt
    return hop
      ? [
          {
            turnId: turn.id,
            category: hop.category,
            explanation: null,
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

/** The reset that followed from a refusal, unless a person decided about it: the message had its outcome before. */
function resetAfter(view: View, turnId: string): ContextReset | undefined {
  const { policy = null, reset = null, nothingLeft = false } = refusalOf(view, turnId) ?? {}
  if (policy === null || reset === null || reset.decidedBy === 'person') return undefined
  return {
    cause: 'refusal',
    policy,
    turnId,
    left: [
      ...reset.withdrawn.map((id) => ({ turnId: id, why: 'withdrawn' as const })),
      { turnId, why: 'refused' as const },
    ],
    head: reset.to,
    nothingLeft,
  }
}

function finishReason(status: MessageOutcome['status'], stopReason: string | null): FinishReason {
  if (status === 'failed') return 'error'
  if (status === 'stopped') return 'other'
  return finishReasonOf(stopReason)
}

/** What the API said of the turn's requests: ids of the last one, and everything that it did about the context. */
function evidenceOf(turn: Turn, reply: ReplyStep | undefined): Evidence {
  const all: readonly Evidence[] = [...turn.steps.filter(isReply), ...(turn.evidence ? [turn.evidence] : [])]
  const edits = all.flatMap(({ appliedEdits = [] }) => appliedEdits)
  const transformations = all.flatMap(({ inputTransformations = [] }) => inputTransformations)
  return {
    ...optionalField('requestId', turn.failure?.requestId),
    ...idsOf(turn.attempts.at(-1)),
    ...optionalField('stopSequence', turn.evidence ? turn.evidence.stopSequence : reply?.stopSequence),
    ...(edits.length > 0 ? { appliedEdits: edits } : {}),
    ...(transformations.length > 0 ? { inputTransformations: transformations } : {}),
  }
}

/** The ids by which the API finds a request and its message again. */
const idsOf = (attempt: Attempt | undefined): Pick<Evidence, 'messageId' | 'requestId'> => ({
  ...optionalField('messageId', attempt?.messageId),
  ...optionalField('requestId', attempt?.requestId),
})

/** The text that a turn came to, whole where it continues an earlier one that was cut. */
function wordsOf(view: View, turn: Turn): string {
  const before = turn.continues ?? (turn.kind === 'compaction' ? turn.replaces : undefined)
  const earlier = before === undefined ? undefined : findTurn(view, before)
  // While room is made for a turn, what it had said is what there is.
  if (turn.kind === 'compaction' && earlier) return earlier.kept ? wordsOf(view, earlier) : ''
  return (earlier ? wordsOf(view, earlier) : '') + lastWords(turn)
}

/** The text of the last reply. What the API paused in the middle of is one reply in several pieces. */
function lastWords(turn: Turn): string {
  const replies = turn.steps.filter(isReply)
  const from = replies.findLastIndex((reply, index) => index < replies.length - 1 && !isPause(reply.stopReason)) + 1
  return replies
    .slice(from)
    .map(({ content }) => plainText(content))
    .join('')
}

const isReply = (step: Turn['steps'][number]): step is ReplyStep => step.role === 'assistant'

const hasCredit = (step: Turn['steps'][number]): step is ReplyStep => isReply(step) && step.fallbackCredit !== undefined
