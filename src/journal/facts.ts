import type { Failure } from '../errors.ts'
import type { Block, Content } from './content.ts'
import type { Budget } from './budget.ts'
import type { Evidence } from './request-evidence.ts'
import type { ResetPolicy } from './reset-policies.ts'
import type { Part, Pointed } from './rejections/rejections.ts'
import type { Iteration, Usage } from './usage.ts'

/**
 * The journal format that this release writes, and the newest that it reads. 1: facts have no numbers. 2: each fact carries
 * its number and the format that it was written in. 3: there are `refusal.deferred`, `queue.held` and `budget.set`, and calls that
 * started again.
 */
export const journalVersion = 3

/** The fields that a stored fact has in addition to its own. */
export interface Envelope {
  /** The position of the fact in the journal, from 0. It reveals a fact that is missing, doubled or out of order. */
  readonly seq: number
  /** The journal format that the fact was written in. */
  readonly v: number
}

/** How a turn ended. `interrupted`: the process that ran it ended first. */
export type TurnStatus = 'completed' | 'refused' | 'stopped' | 'failed' | 'interrupted'

/** What the API reported about a refusal by its classifiers. */
export interface Refusal {
  /** Any string that the API may add, or `null`, which is a permanent valid value (`stop_details`). */
  readonly category: string | null
  /**
   * The classifier's explanation, for logs. NOT for end users: its wording is unstable and meant for integrators.
   * Show `messagesForUsers` instead.
   */
  readonly explanation: string | null
  /** Whether some of the reply had been shown before it was refused. */
  readonly textShown: boolean
  /** The model that refused. */
  readonly model?: string
  /** Hash of the system prompt and the tools that the refused request carried. */
  readonly promptHash?: string
  /** The model that the API recommends instead (`stop_details.recommended_model`). */
  readonly recommendedModel?: string
}

/**
 * `user`: a user's message. `seed`: part of the option `messages`. `compaction`: replaces everything before it; its input is the
 * request for a summary, or empty if the API compacts. `continuation`: asks for the rest of a cut reply.
 */
export type TurnKind = 'user' | 'seed' | 'compaction' | 'continuation'

interface ConversationCreated {
  readonly type: 'conversation.created'
  readonly v: number
  readonly id: string
  readonly model: string
  /** Milliseconds since 1970, like every `at`. */
  readonly at: number
  /** Hashes of the idempotency key and of the body of the request to a server that created it, if it had a key. */
  readonly request?: { readonly key: string; readonly body: string }
}

export interface TurnOpened {
  readonly type: 'turn.opened'
  readonly turnId: string
  readonly parent: string | null
  readonly input: Content
  /**
   * The app's instructions for this turn, as text: a `role: "system"` message after the input. Only turns of users have them. When
   * the same input is asked again, they are sent again.
   */
  readonly system?: Content
  readonly at: number
  readonly kind?: TurnKind
  /** The model for this turn only, if it is not the conversation's: for a compaction that the conversation's model could not make. */
  readonly model?: string
  /** The turn that this one replaces, because its input was asked again. */
  readonly replaces?: string
  /** The turn whose cut reply this one continues. */
  readonly continues?: string
  /** The app used `force` for a path with a withdrawn turn: head moves there when this turn is kept. */
  readonly force?: true
  /** The app's own data. Stored, never sent. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface ReplyRecorded extends Evidence {
  readonly type: 'reply.recorded'
  readonly turnId: string
  /** 0 for a reply that came with a seeded history, without a request. */
  readonly attempt: number
  /** The model that served the reply. */
  readonly model: string
  /** The requested model name, if it differs: an alias, for example. */
  readonly requestedModel?: string
  /** Hash of the system prompt and the tools of the request. */
  readonly promptHash: string
  readonly content: readonly Block[]
  /** As the API sent it; `null` if the reply was cut before. */
  readonly stopReason: string | null
  readonly usage: Usage
  /** The rounds of the API's own loop (`usage.iterations`): `usage` leaves some of them out. */
  readonly iterations?: readonly Iteration[]
  /** The API itself served the reply with another model, after the requested one had refused. */
  readonly servedAfterRefusal?: true
  /** The result of a fallback credit (`usage.fallback_credit`), as the API sent it. */
  readonly fallbackCredit?: Readonly<Record<string, unknown>>
  /** The reply was requested with `output_config.format`. A cut one is not valid JSON. */
  readonly structured?: true
  /** Id of the code execution container that the reply left behind. */
  readonly container?: string
  /** Milliseconds that each `thinking` block of `content` took to arrive, in their order. Missing: nothing was measured. */
  readonly thinkingTimes?: readonly number[]
}

interface ToolResultsRecorded {
  readonly type: 'toolResults.recorded'
  readonly turnId: string
  readonly results: readonly Block[]
}

export interface TurnSettled extends Evidence {
  readonly type: 'turn.settled'
  readonly turnId: string
  readonly status: TurnStatus
  /** Whether later turns may build on it: head moves onto it. Never true for a refused turn. */
  readonly kept: boolean
  readonly refusal?: Refusal
  readonly failure?: Failure
  /** For a refused turn: cut turns that had asked the same input. Requests no longer carry them. */
  readonly sameWords?: readonly string[]
  /** Another turn takes its place at once, so the queue behind it is not held. */
  readonly isReplaced?: true
  /** The usage of a reply that is not recorded: a refused one, or a cut one of which nothing was kept. */
  readonly usage?: Usage
  /** The model of the reply that is not recorded. Missing: the conversation's model, or the one of the refusal. */
  readonly model?: string
  /** Like in `reply.recorded`: the refused rounds of the API's own fallbacks. */
  readonly iterations?: readonly Iteration[]
}

/** What a reset is for. */
export type ResetCause = 'refusal' | 'rejection' | 'clear'

export interface HeadMoved {
  readonly type: 'head.moved'
  readonly from: string | null
  readonly to: string | null
  readonly cause: ResetCause | 'switch'
  readonly policy?: ResetPolicy
  /** The refused or rejected turn that caused the reset. */
  readonly turnId?: string
  /** Turns that the move took off the path. */
  readonly withdrawn: readonly string[]
  /** The app used `force` for a path with a withdrawn turn. */
  readonly force?: true
  /** The refusal had waited for a person (`manual`): the message had its outcome before. What is asked instead is another message. */
  readonly decidedBy?: 'person'
}

/** `refusal`: a fallback. `outage`: the model could not be reached. `return`: back from either, also because the other model accepts no request. */
export type SwitchCause = 'user' | 'refusal' | 'outage' | 'return'

export interface ModelSwitched {
  readonly type: 'model.switched'
  readonly from: string
  readonly to: string
  readonly cause: SwitchCause
}

/** An attempt that was repeated: only its cost is kept. */
export interface AttemptFailed extends Evidence {
  readonly type: 'attempt.failed'
  readonly turnId: string
  readonly attempt: number
  readonly model: string
  readonly failure: Failure
  /** A lower bound; missing if nothing had arrived. Whether it is billed is unknown. */
  readonly usage?: Usage
}

/** The API no longer accepts the thinking so far: it is left out from here on. */
interface ThinkingStripped {
  readonly type: 'thinking.stripped'
  readonly turnId: string
}

/** The API rejected a request of the turn. No part of a reply has arrived. */
export interface RequestRejected {
  readonly type: 'request.rejected'
  readonly turnId: string
  readonly attempt: number
  readonly model: string
  readonly failure: Failure
  /** Hashes of the fields of the request, by name. */
  readonly fields: Readonly<Record<string, string>>
  /** The id of the container that the request named. */
  readonly container?: string
  /** Whether the request carried thinking of earlier replies. */
  readonly thinking: boolean
  /** The part that the API's pointer or message names. */
  readonly pointed?: Pointed
  /** It was probably an outage: only parts that cost no context are left out for it. */
  readonly lossless?: true
}

/** A model accepted a request with fields that the journal did not know it to accept. */
interface FieldsAccepted {
  readonly type: 'fields.accepted'
  readonly turnId: string
  readonly model: string
  /** Hashes by name of all fields of the request, to detect later changes. */
  readonly fields: Readonly<Record<string, string>>
}

/** Later requests leave these parts out, because the API rejected them. Their turns stay on the path. */
export interface ContextSetAside {
  readonly type: 'context.setAside'
  /** The turn whose request was rejected. */
  readonly turnId: string
  readonly parts: readonly Part[]
}

/** Later requests carry these parts again: they were not the cause, or that is being tested. */
export interface ContextTakenBack {
  readonly type: 'context.takenBack'
  readonly turnId: string
  readonly parts: readonly Part[]
}

interface ApprovalRequested {
  readonly type: 'approval.requested'
  readonly turnId: string
  readonly callId: string
}

interface ApprovalDecided {
  readonly type: 'approval.decided'
  readonly turnId: string
  readonly callId: string
  readonly approved: boolean
  readonly reason?: string
}

/** A call has begun to run: its effects remain, however its turn ends. */
interface CallStarted {
  readonly type: 'call.started'
  readonly turnId: string
  readonly callId: string
  /** It had begun before, in a process that has ended, and its tool is declared idempotent. */
  readonly again?: true
}

/** A call that the app answers, not a tool that turnstate runs. */
interface AnswerRequested {
  readonly type: 'answer.requested'
  readonly turnId: string
  readonly callId: string
}

/** The following turns come from another conversation, together with its quarantine list. */
interface ConversationForked {
  readonly type: 'conversation.forked'
  readonly from: string
  readonly turnId: string | null
  readonly quarantine: readonly { readonly turnId: string; readonly inputHash: string }[]
}

interface InputQueued {
  readonly type: 'input.queued'
  readonly turnId: string
  readonly input: Content
  /** The data of its future turn. */
  readonly system?: Content
  readonly at: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

interface InputWithdrawn {
  readonly type: 'input.withdrawn'
  readonly turnId: string
}

interface QueueReleased {
  readonly type: 'queue.released'
}

/** The conversation was loaded while messages waited: they wait for `queue.released` now, because nothing is asked by itself. */
interface QueueHeld {
  readonly type: 'queue.held'
}

/** A person decides about the refusal. Any other decision is in the `head.moved` that it leads to. */
interface RefusalDeferred {
  readonly type: 'refusal.deferred'
  readonly turnId: string
}

/** The limits of the conversation were changed. They apply in place of the option `budget`. */
interface BudgetSet {
  readonly type: 'budget.set'
  readonly budget: Budget
}

/** Everything that can happen in a conversation, as plain JSON. The journal is append-only. */
export type Fact =
  | ConversationCreated
  | TurnOpened
  | ReplyRecorded
  | ToolResultsRecorded
  | TurnSettled
  | HeadMoved
  | ModelSwitched
  | ApprovalRequested
  | ApprovalDecided
  | AnswerRequested
  | CallStarted
  | AttemptFailed
  | ThinkingStripped
  | RequestRejected
  | FieldsAccepted
  | ContextSetAside
  | ContextTakenBack
  | ConversationForked
  | InputQueued
  | InputWithdrawn
  | QueueReleased
  | QueueHeld
  | RefusalDeferred
  | BudgetSet

/** A stored fact. */
export type StoredFact = Fact & Envelope

/** A fact of either journal format, or one that is not stored yet. */
export type AnyFact = Fact & Partial<Envelope>
