import type { Actor } from 'xstate'
import type { Budget, conversationMachine } from '../../machines/index.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import type { MessageParam } from '../claude/sdk-types.ts'
import type { TurnstateError } from '../errors.ts'
import type {
  Branch,
  Ledger,
  LeftOut,
  QueuedInput,
  RefusalCount,
  Repair,
  RejectionPolicy,
  ResetPolicy,
  TranscriptItem,
  Unpriced,
  Usage,
} from '../journal/index.ts'
import type { NoticeFor, NoticeType } from './turns/events.ts'
import type { MessageInput } from '../input/input.ts'
import type { ToolInput } from './options.ts'
import type { PendingCall } from './pending-calls.ts'
import type { ConversationStatus } from './projections.ts'
import type { SystemPrompt } from './prompt.ts'
import type { Turn } from './turns/turn.ts'

/** What every method that asks the model takes. */
export interface SendOptions {
  /**
   * Stops the turn, or takes the message out of the queue, when it aborts: whoever asked is gone. The outcome is `stopped`
   * with the error `aborted`; after stop() it is `stopped` without an error. Like stop(), it can come too late.
   */
  readonly signal?: AbortSignal
}

/** What `sendMessage` takes beside the message. */
export interface MessageOptions extends SendOptions {
  /**
   * Your own words for this turn: a `role: "system"` message, which the model reads behind the user's. It stays in the history
   * with the turn, stands in no transcript, and goes along when the same message is asked again. Where the API takes no such
   * message the words are sent as the user's, and `leftOut` lists them. A text that is not empty.
   */
  readonly system?: string
}

/** Whether a turn that a reset withdrew may be used again. */
export interface ForceOptions {
  /** Goes back into what a reset withdrew. What was refused stays out all the same. */
  readonly force?: boolean
}

/** A conversation with Claude. What it shows is read off the chart's snapshot; what it does are events to the chart. */
export interface Conversation {
  readonly id: string
  readonly status: ConversationStatus
  /** A message that is sent now is taken: opened, or queued. */
  readonly canSend: boolean
  /** What people saw, in order, refused and stopped turns marked as such. The same array while nothing changes. */
  readonly messages: readonly TranscriptItem[]
  /** What the model builds on: the messages that the next request carries before its own. */
  readonly history: readonly MessageParam[]
  /**
   * What of the turns that the model builds on the next request has to leave out, and why: thinking, mostly. System messages
   * that are sent as the user's words are among it.
   */
  readonly leftOut: readonly LeftOut[]
  readonly usage: Usage
  /** What was spent, by model; refused attempts and those that may not be billed stand apart. */
  readonly ledger: Ledger
  /**
   * What the ledger comes to by the option `prices`; `null` while a model on it has no price by any of its names.
   * What `unpriced` lists beside models is in it at the price of usual tokens; requests of tools are left out.
   */
  readonly cost: number | null
  /** What was used and has no price of its own: models, cache writes for an hour, searches, tiers, speeds, regions. */
  readonly unpriced: readonly Unpriced[]
  /** Refusals so far, counted by category, model, policy and what came of them. */
  readonly refusals: readonly RefusalCount[]
  /** Why the last message could not be sent, why the last turn did not complete, or why the journal can't store. */
  readonly error: TurnstateError | null
  readonly model: string
  /** Messages that wait for their turn. After a refusal or a failure they wait for `releaseQueue`. */
  readonly queue: readonly QueuedInput[]
  /** The queue waits for releaseQueue(): what it was to follow went wrong. Turns that wait there settle only after. Never once it is closed. */
  readonly held: boolean
  /** Tool calls that wait for approveTool(), denyTool() or answerTool(). */
  readonly pendingCalls: readonly PendingCall[]
  /** What had to be changed about the seeded history. */
  readonly repairs: readonly Repair[]
  /** The XState actor. */
  readonly actor: Actor<typeof conversationMachine>

  /**
   * Sends a message.
   *
   * Files are read first, and the message is sent once they are; messages with files keep their order.
   *
   * @throws TurnstateError `message-empty`, `message-invalid`, `block-unknown`, `metadata-invalid`, `file-too-large`,
   * `file-type-unsupported`, `file-empty`, `input-refused-before`, `conversation-busy`, `conversation-closed`
   */
  sendMessage(input: MessageInput, options?: MessageOptions): Turn
  /**
   * Stops the turn in progress, in whatever state it is. The part of its reply that has arrived stays. Does nothing if no turn
   * is in progress.
   *
   * A stop comes too late for a reply that has arrived whole, for instance when a listener stops at a delta and the end of the
   * reply is in the same chunk: the rest is delivered, and the turn completes. A message that is sent meanwhile is queued.
   *
   * Resolves once it is stored, and never rejects. A message that is sent before that waits for it.
   */
  stop(): PromiseLike<void>
  /**
   * Asks the last input again, after a stopped or failed turn. A message that failed before it was sent, such as one with a
   * file that was missing, is sent again: its files are read anew.
   *
   * @throws TurnstateError `nothing-to-retry`, `conversation-busy`, `conversation-closed`
   */
  retry(options?: SendOptions): Turn
  /**
   * Asks the input of a turn (default: the last on the path) again, as a branch beside it. The conversation stands where it
   * stood until the new turn is kept.
   *
   * @throws TurnstateError `turn-unknown`, `turn-quarantined`, `turn-withdrawn` (unless forced), `conversation-busy`
   */
  regenerate(turnId?: string, options?: ForceOptions & SendOptions): Turn
  /**
   * Asks something else in the place of a turn, as a branch beside it; in the place of a refused or withdrawn one, upon the
   * turn that the conversation stands on. Neither the metadata nor the system message of that turn goes along: give new ones.
   *
   * @throws TurnstateError `turn-unknown`, `conversation-busy`, and as sendMessage()
   */
  editMessage(turnId: string, input: MessageInput, options?: MessageOptions): Turn
  /** A turn and those beside it. @throws TurnstateError `turn-unknown` */
  branches(turnId: string): readonly Branch[]
  /**
   * Goes to another branch: the model builds on that turn from now on, or on nothing (`null`). The `tip` of a branch is
   * where it got to. Resolves once it is stored, and never rejects; a message that is sent before that waits for it.
   *
   * @throws TurnstateError `turn-unknown`, `turn-quarantined`, `turn-withdrawn` (unless forced), `turn-not-kept`,
   * `conversation-busy`
   */
  switchTo(turnId: string | null, options?: ForceOptions): PromiseLike<void>
  /**
   * Another conversation that begins with the path to a turn (default: to where this one stands). It knows what was
   * refused here.
   *
   * @throws TurnstateError `turn-unknown`, `turn-quarantined`, `turn-withdrawn` (unless forced), `turn-not-kept`
   */
  fork(turnId?: string, options?: ForceOptions & { readonly id?: string }): Conversation

  /** Lets a tool call run. @throws TurnstateError `call-unknown`, `call-settled`, `approval-decided` */
  approveTool(callId: string): void
  /** Does not. The reason is told to the model. @throws TurnstateError `call-unknown`, `call-settled`, `approval-decided` */
  denyTool(callId: string, reason?: string): void
  /**
   * Answers a call of a tool that has no `run`: with a text, content blocks, or anything that JSON can hold.
   *
   * @throws TurnstateError `call-unknown`, `call-settled`, `tool-result-invalid`
   */
  answerTool(callId: string, result: unknown, options?: { readonly isError?: boolean }): void

  /** Decides about a refusal that waits for a person. Resolves once it is stored. @throws TurnstateError `no-refusal`, `policy-invalid`, `fallback-same-model` */
  resolveRefusal(policy: ResetPolicy): PromiseLike<void>
  /** Decides about a rejection that waits for a person. Resolves once it is stored. @throws TurnstateError `no-rejection`, `policy-invalid` */
  resolveRejection(policy: RejectionPolicy): PromiseLike<void>
  /** Puts the whole context aside. Resolves once it is stored. @throws TurnstateError `conversation-busy` */
  clear(): PromiseLike<void>
  /** Has everything so far replaced by a summary. @throws TurnstateError `nothing-to-compact`, `conversation-busy` */
  compact(options?: SendOptions): Turn
  /** The model of the next request. @throws TurnstateError `model-invalid` */
  setModel(model: string): void
  /**
   * The system prompt of the next request. Thinking under another one can't be sent any more, and is left out.
   *
   * @throws TurnstateError `conversation-busy`
   */
  setSystem(system: SystemPrompt): void
  /**
   * The tools of the next request. Thinking under other ones can't be sent any more, and is left out.
   *
   * @throws TurnstateError `conversation-busy`, `tool-invalid`, `tool-name-invalid`, `tool-duplicate`, `tool-schema-invalid`
   */
  setTools(tools: readonly ToolInput[]): void
  /**
   * The further fields of the next request (`thinking`, `output_config`, `metadata` …), in the place of those given by the
   * option `request` or by an earlier call. The system prompt and the tools stay, unless they are among the fields; then they
   * change as setSystem() and setTools() change them.
   *
   * @throws TurnstateError `conversation-busy`, `reserved-field`, `invalid-option`, and as setTools()
   */
  setRequest(fields: RequestFields): void
  /** @throws TurnstateError `budget-invalid` */
  setBudget(budget: Budget): void
  /** Takes a message out of the queue. @throws TurnstateError `item-unknown` */
  withdraw(turnId: string): void
  /** Lets a held queue go on. */
  releaseQueue(): void
  /** Ends the conversation: settles the open turn as stopped, stores, tells. Resolves when that is done. */
  close(): Promise<void>

  /**
   * Calls the listener when anything that can be read here has changed; at most once in 33 ms while a reply grows. Returns a
   * function that ends it. It needs no `this`, so it can be passed on: `useSyncExternalStore(chat.subscribe, …)`.
   */
  readonly subscribe: (listener: () => void) => () => void
  /** Told of one kind of event, or with `*` of all. Returns how to end it. */
  on<Type extends NoticeType | '*'>(type: Type, listener: (notice: NoticeFor<Type>) => void): () => void
}
