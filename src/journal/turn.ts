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
  /** The app's words for this turn, as text: sent behind the input, as a `role: "system"` message where that can be. */
  readonly system?: Content
  /** Milliseconds since 1970. */
  readonly openedAt: number
  readonly steps: readonly Step[]
  readonly status: 'open' | TurnStatus
  readonly kept: boolean
  /** Everything that it cost, attempts that came to nothing included. */
  readonly usage: Usage
  /** What it cost, request by request. */
  readonly attempts: readonly Attempt[]
  readonly refusal?: Refusal
  readonly failure?: Failure
  /** What the API said of a request whose reply is not recorded. */
  readonly evidence?: Evidence
  /** Ids of the calls that have begun to run, in the order in which they did. */
  readonly ran: readonly string[]
  /** Requests of it that the API did not take. */
  readonly rejected: number
  /** The last of them. */
  readonly rejection?: Rejection
  /** It failed for now: another turn took its place at once. */
  readonly isReplaced?: true
  readonly replaces?: string
  readonly continues?: string
  readonly force?: true
  readonly metadata?: Readonly<Record<string, unknown>>
}
