// A turn as the view has it.
import type { Failure } from '../errors.ts'
import type { Attempt } from './attempts.ts'
import type { Block, Content } from './content.ts'
import type { Evidence } from './request-evidence.ts'
import type { Refusal, ReplyRecorded, TurnKind, TurnStatus } from './facts.ts'
import type { Rejection } from './rejections/rejection.ts'
import type { Usage } from './usage.ts'

/** One reply of the model within a turn. */
export interface ReplyStep extends Omit<ReplyRecorded, 'type' | 'turnId'> {
  readonly role: 'assistant'
}

/** The results of a reply's tool calls. */
interface ResultsStep {
  readonly role: 'user'
  readonly content: readonly Block[]
}

type Step = ReplyStep | ResultsStep

/** One user input and everything up to its outcome. A settled turn is frozen and shared, never copied. */
export interface Turn {
  readonly id: string
  readonly parent: string | null
  readonly kind: TurnKind
  readonly input: Content
  /** The app's system message for this turn, as text: sent after the input, as `role: "system"` if the model accepts that. */
  readonly system?: Content
  /** Milliseconds since 1970. */
  readonly openedAt: number
  readonly steps: readonly Step[]
  readonly status: 'open' | TurnStatus
  readonly kept: boolean
  /** The usage of the turn, including attempts without a result. */
  readonly usage: Usage
  /** The attempts of the turn, one for each request. */
  readonly attempts: readonly Attempt[]
  readonly refusal?: Refusal
  readonly failure?: Failure
  /** What the API reported about a request whose reply is not recorded. */
  readonly evidence?: Evidence
  /** Ids of the calls that have begun to run, in that order. */
  readonly ran: readonly string[]
  /** The number of its requests that the API rejected. */
  readonly rejected: number
  /** The last of them. */
  readonly rejection?: Rejection
  /** Whether another turn took its place at once after it failed. */
  readonly isReplaced?: true
  readonly replaces?: string
  readonly continues?: string
  readonly force?: true
  readonly metadata?: Readonly<Record<string, unknown>>
}
