import type { Failure } from '../errors.ts'
import type { Block, Content } from './content.ts'
import type { Evidence } from './request-evidence.ts'
import type { ResetPolicy } from './reset-policies.ts'
import type { Part, Pointed } from './rejections/rejections.ts'
import type { Iteration, Usage } from './usage.ts'

/**
 * The journal format that this release writes, and the newest that it reads. 1: facts have no numbers. 2: each fact carries
 * its number and the format that it was written in.
 */
export const journalVersion = 2

/** What a stored fact carries beside what happened. */
export interface Envelope {
  /** Its place in the journal, from 0: a fact that is missing, doubled or out of order shows by it. */
  readonly seq: number
  /** The journal format that it was written in. */
  readonly v: number
}

/** How a turn ended. `interrupted`: the process that ran it ended first. */
export type TurnStatus = 'completed' | 'refused' | 'stopped' | 'failed' | 'interrupted'

/** What the API said when its classifiers refused. */
export interface Refusal {
  /** Any string that the API may add, or `null`, which is a permanent valid value (`stop_details`). */
  readonly category: string | null
  /**
   * The classifier's own words, for logs. NOT for end users: it is unstable and speaks to integrators.
   * Show `messagesForUsers` instead.
   */
  readonly explanation: string | null
  /** Some of the reply had been shown before it was refused. */
  readonly textShown: boolean
  /** The model that refused. */
  readonly model?: string
  /** Hash of the system prompt and the tools that the refused request carried. */
  readonly promptHash?: string
  /** The model that the API would have gone on with, had it been free (`stop_details.recommended_model`). */
  readonly recommendedModel?: string
}

/**
 * `user`: somebody asked. `seed`: came with the conversation. `compaction`: stands for everything before it; its input
 * is the request for a summary, or empty where the API compacts. `continuation`: asks for the rest of a cut reply.
 */
export type TurnKind = 'user' | 'seed' | 'compaction' | 'continuation'

interface ConversationCreated {
  readonly type: 'conversation.created'
  readonly v: number
  readonly id: string
  readonly model: string
  /** Milliseconds since 1970, as every `at`. */
  readonly at: number
}

export interface TurnOpened {
  readonly type: 'turn.opened'
  readonly turnId: string
  readonly parent: string | null
  readonly input: Content
  /**
   * The app's words for this turn, as text: a `role: "system"` message behind the input. Only what somebody asks has them; where
   * the same input is asked again, they go along.
   */
  readonly system?: Content
  readonly at: number
  readonly kind?: TurnKind
  /** The model that this turn alone is asked of, where it is not the conversation's: a compaction that its own could not make. */
  readonly model?: string
  /** The turn whose place this one takes: one that was asked again. */
  readonly replaces?: string
  /** The turn whose cut reply this one goes on with. */
  readonly continues?: string
  /** The app insisted on a path with a withdrawn turn: head moves there when this one is kept. */
  readonly force?: true
  /** The app's own notes. Stored, never sent. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface ReplyRecorded extends Evidence {
  readonly type: 'reply.recorded'
  readonly turnId: string
  /** 0 where nothing was asked for it: it came with a history. */
  readonly attempt: number
  /** The model that served the reply. */
  readonly model: string
  /** The model that was asked, where it goes by another name: an alias, say. */
  readonly requestedModel?: string
  /** Hash of the system prompt and the tools that the reply was made under. */
  readonly promptHash: string
  readonly content: readonly Block[]
  /** As the API gave it; `null` when the reply was cut before it came. */
  readonly stopReason: string | null
  readonly usage: Usage
  /** What the API's own loop was made of (`usage.iterations`): the usage above leaves some of it out. */
  readonly iterations?: readonly Iteration[]
  /** Another model served it, within the API, after the one that was asked had refused. */
  readonly servedAfterRefusal?: true
  /** What became of a fallback credit (`usage.fallback_credit`), as the API gave it. */
  readonly fallbackCredit?: Readonly<Record<string, unknown>>
  /** The reply was to be of `output_config.format`: cut, it is not even JSON. */
  readonly structured?: true
  /** Id of the code execution container that the reply left behind. */
  readonly container?: string
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
  /** The turn may be built upon: head moves onto it. Never true of a refused one. */
  readonly kept: boolean
  readonly refusal?: Refusal
  readonly failure?: Failure
  /** Of a refused turn: turns that were cut, and had asked the same words. Requests carry them no more. */
  readonly sameWords?: readonly string[]
  /** Another turn takes its place at once, so that nothing has gone wrong yet for what waits behind it. */
  readonly isReplaced?: true
  /** What replies cost that are not recorded: refused ones, and cut ones of which nothing was kept. */
  readonly usage?: Usage
  /** The model that served what is not recorded. Missing: the model of the conversation, or that of the refusal. */
  readonly model?: string
  /** As of a reply: the refused rounds of the API's own fallbacks. */
  readonly iterations?: readonly Iteration[]
}

export interface HeadMoved {
  readonly type: 'head.moved'
  readonly from: string | null
  readonly to: string | null
  readonly cause: 'refusal' | 'rejection' | 'clear' | 'switch'
  readonly policy?: ResetPolicy
  /** The refused or rejected turn that this reset answers. */
  readonly turnId?: string
  /** Turns that the move took off the path. */
  readonly withdrawn: readonly string[]
  /** The app insisted on a path with a withdrawn turn. */
  readonly force?: true
  /** The refusal had waited for a person (`manual`): the message had its outcome before. What is asked instead is another message. */
  readonly decidedBy?: 'person'
}

/** `refusal`: a fallback. `outage`: the model could not be reached. `return`: back from either, or because it takes no request. */
export type SwitchCause = 'user' | 'refusal' | 'outage' | 'return'

export interface ModelSwitched {
  readonly type: 'model.switched'
  readonly from: string
  readonly to: string
  readonly cause: SwitchCause
}

/** An attempt that was made again: nothing of it is kept but what it cost. */
export interface AttemptFailed extends Evidence {
  readonly type: 'attempt.failed'
  readonly turnId: string
  readonly attempt: number
  readonly model: string
  readonly failure: Failure
  /** A lower bound; missing when nothing had come. Whether it is billed is not known. */
  readonly usage?: Usage
}

/** The API no longer takes the thinking so far, in spite of everything: it is left out from here on. */
interface ThinkingStripped {
  readonly type: 'thinking.stripped'
  readonly turnId: string
}

/** The API did not take a request of the turn. Nothing of a reply has come. */
export interface RequestRejected {
  readonly type: 'request.rejected'
  readonly turnId: string
  readonly attempt: number
  readonly model: string
  readonly failure: Failure
  /** Hashes of the fields that the request carried, by their names. */
  readonly fields: Readonly<Record<string, string>>
  /** Id of the container that it named. */
  readonly container?: string
  /** It carried thinking of earlier replies. */
  readonly thinking: boolean
  /** What the API's own pointer, or its words, name. */
  readonly pointed?: Pointed
  /** It was an outage, as far as anybody knows: only what loses nothing is left out for it. */
  readonly lossless?: true
}

/** A model took a request with fields that it did not take before, as far as the journal knows. */
interface FieldsAccepted {
  readonly type: 'fields.accepted'
  readonly turnId: string
  readonly model: string
  /** Hashes by name: all fields of the request, so that a later one can be told from it. */
  readonly fields: Readonly<Record<string, string>>
}

/** Requests leave these parts out from now on: the API did not take them. The turns that they are of stay where they are. */
export interface ContextSetAside {
  readonly type: 'context.setAside'
  /** The turn whose request asked for it. */
  readonly turnId: string
  readonly parts: readonly Part[]
}

/** Requests carry these parts again: they were not to blame, or that is to be found out. */
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

/** A call has begun to run: what it does stands, whatever becomes of its turn. */
interface CallStarted {
  readonly type: 'call.started'
  readonly turnId: string
  readonly callId: string
}

/** A call that the app answers, not a tool that turnstate runs. */
interface AnswerRequested {
  readonly type: 'answer.requested'
  readonly turnId: string
  readonly callId: string
}

/** The turns that follow come from another conversation, and with them what was refused there. */
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
  /** As of the turn that it becomes. */
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

/** Everything that can have happened in a conversation: append-only, plain JSON. */
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

/** A fact as the journal has it. */
export type StoredFact = Fact & Envelope

/** A fact from a journal of either format, or one that is not stored yet. */
export type AnyFact = Fact & Partial<Envelope>
