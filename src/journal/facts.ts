import type { Failure } from '../errors.ts'
import type { Block, Content } from './content.ts'
import type { ResetPolicy } from './policy.ts'
import type { Usage } from './usage.ts'

/** The journal format that this release writes, and the newest that it reads. */
export const journalVersion = 1

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
}

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
  readonly at: number
  /** `seed`: came with the conversation. `compaction`: stands for everything before it. Default `user`. */
  readonly kind?: 'user' | 'seed' | 'compaction'
  /** The turn whose place this one takes: a retried or rephrased one. */
  readonly replaces?: string
  /** The app's own notes. Stored, never sent. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface ReplyRecorded {
  readonly type: 'reply.recorded'
  readonly turnId: string
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

export interface TurnSettled {
  readonly type: 'turn.settled'
  readonly turnId: string
  readonly status: TurnStatus
  /** The turn may be built upon: head moves onto it. Never true of a refused one. */
  readonly kept: boolean
  readonly refusal?: Refusal
  readonly failure?: Failure
  /** What replies cost that are not recorded: refused ones, and cut ones of which nothing was kept. */
  readonly usage?: Usage
}

export interface HeadMoved {
  readonly type: 'head.moved'
  readonly from: string | null
  readonly to: string | null
  readonly cause: 'refusal' | 'clear' | 'switch'
  readonly policy?: ResetPolicy
  /** The refused turn that this reset answers. */
  readonly turnId?: string
  /** Turns that the move took off the path. */
  readonly withdrawn: readonly string[]
  /** The app insisted on a path with a withdrawn turn. */
  readonly force?: true
}

interface ModelSwitched {
  readonly type: 'model.switched'
  readonly from: string
  readonly to: string
  readonly cause: 'user'
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

interface InputQueued {
  readonly type: 'input.queued'
  readonly turnId: string
  readonly input: Content
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
  | InputQueued
  | InputWithdrawn
  | QueueReleased
