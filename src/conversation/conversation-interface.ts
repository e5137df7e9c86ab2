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
  Rejection,
  RejectionPolicy,
  ResetPolicy,
  TranscriptItem,
  Unpriced,
  Usage,
} from '../journal/index.ts'
import type { NoticeFor, NoticeType, RefusalReport } from './turns/events.ts'
import type { MessageInput } from '../input/input.ts'
import type { ToolInput } from './options.ts'
import type { PendingCall } from './pending-calls.ts'
import type { ConversationStatus } from './projections.ts'
import type { SystemPrompt } from './prompt.ts'
import type { Turn } from './turns/turn.ts'

/** Options of every method that asks the model. */
export interface SendOptions {
  /**
   * Stops the turn, or takes the message out of the queue, when it aborts. The outcome is `stopped`
   * with the error `aborted`; after stop() it is `stopped` without an error. Like stop(), it can come too late.
   */
  readonly signal?: AbortSignal
  /**
   * The id of the turn that is opened. A call that is repeated with the same id opens no second turn: it throws `turn-exists`, also
   * after a crash where a store keeps the conversation. A text of 1 to 256 characters. Default: a new id.
   */
  readonly turnId?: string
}

/** Options of `sendMessage` and `editMessage`. */
export interface MessageOptions extends SendOptions {
  /**
   * A `role: "system"` message for this turn, which the model reads after the user's. It stays in the history
   * with the turn, is in no transcript, and is sent along when the same message is asked again. Where the API takes no such
   * message the words are sent as the user's, and `leftOut` lists them. A text that is not empty.
   */
  readonly system?: string
}

/** Options of `setRequest`. */
export interface RequestOptions {
  /** The most tokens of one reply from now on, 0 or more. Default: as it was. */
  readonly maxTokens?: number
}

/** Options of `close`. */
export interface CloseOptions {
  /** The most milliseconds to wait for the store. Default: the option `closeTimeout`, 30,000. */
  readonly timeout?: number
}

/** Whether a turn that a reset withdrew may be used again. */
export interface ForceOptions {
  /** Uses turns that a reset withdrew. Refused turns stay out all the same. Default false. */
  readonly force?: boolean
}

/** A conversation with Claude. Its properties are read off the chart's snapshot; its methods send events to the chart. */
export interface Conversation {
  readonly id: string
  /** The title that setTitle() set, else the first words of the user; `null` while nothing was said. */
  readonly title: string | null
  readonly status: ConversationStatus
  /** The number of facts that are stored: everything that can be read here, and was emitted, is among them. */
  readonly revision: number
  /** Whether a message that is sent now is accepted: opens a turn, or is queued. */
  readonly canSend: boolean
  /** The transcript: what people saw, in order, with refused and stopped turns marked as such. The same array while nothing changes. */
  readonly messages: readonly TranscriptItem[]
  /** The history: the messages that the next request carries before its own. */
  readonly history: readonly MessageParam[]
  /**
   * Parts of the history that the next request leaves out, and why: thinking, mostly. System messages that are sent as the user's
   * words are among them.
   */
  readonly leftOut: readonly LeftOut[]
  readonly usage: Usage
  /** What was spent, by model; refused attempts and those that may not be billed are counted apart. */
  readonly ledger: Ledger
  /**
   * The cost of the ledger by the option `prices`; `null` while a model on it has no price under any of its names.
   * What `unpriced` lists beside models is in it at the price of usual tokens; requests of tools are left out.
   */
  readonly cost: number | null
  /** What was used and has no price of its own: models, cache writes for an hour, searches, tiers, speeds, regions. */
  readonly unpriced: readonly Unpriced[]
  /** Refusals so far, counted by category, model, policy and result. */
  readonly refusals: readonly RefusalCount[]
  /**
   * The refusal that the last message ended with, decided or not; `null` while a turn is open, after another message, and after
   * clear(). Its `policy` is `manual` while it waits for resolveRefusal(), and `null` while the policy is being asked. A loaded
   * conversation has it too.
   */
  readonly refusal: RefusalReport | null
  /**
   * The rejection that waits for resolveRejection(), that the policy is being asked about, or that the last message failed with;
   * `null` after another message and after clear().
   */
  readonly rejection: Rejection | null
  /** Why the last message could not be sent, why the last turn did not complete, or why the journal can't store. */
  readonly error: TurnstateError | null
  readonly model: string
  /** Messages that wait for their turn. After a refusal or a failure they wait for `releaseQueue`. */
  readonly queue: readonly QueuedInput[]
  /** Whether the queue waits for releaseQueue(), because a turn before it was refused or failed. `false` once the conversation is closed. */
  readonly held: boolean
  /** Tool calls that wait for approveTool(), denyTool() or answerTool(). */
  readonly pendingCalls: readonly PendingCall[]
  /** Changes that were needed to make the seeded history sendable. */
  readonly repairs: readonly Repair[]
  /** The XState actor. */
  readonly actor: Actor<typeof conversationMachine>

  /**
   * Sends a message.
   *
   * Files are read first, and the message is sent once they are; messages with files keep their order.
   *
   * @throws TurnstateError `message-empty`, `message-invalid`, `block-unknown`, `metadata-invalid`, `file-too-large`,
   * `file-type-unsupported`, `file-empty`, `input-refused-before`, `turn-exists`, `conversation-busy`, `conversation-closed`
   */
  sendMessage(input: MessageInput, options?: MessageOptions): Turn
  /**
   * Stops the turn in progress, in whatever state it is. The part of its reply that has arrived stays. Without a turn in progress
   * it does nothing.
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
   * Asks the input of a turn (default: the last on the path) again, as a branch beside it. The conversation stays on its branch
   * until the new turn is kept.
   *
   * @throws TurnstateError `turn-unknown`, `turn-quarantined`, `turn-withdrawn` (unless forced), `conversation-busy`
   */
  regenerate(turnId?: string, options?: ForceOptions & SendOptions): Turn
  /**
   * Asks something else in place of a turn, as a branch beside it. In place of a refused or withdrawn turn it asks on the current
   * head. The new turn does not inherit the metadata or the system message of the old one.
   *
   * @throws TurnstateError `turn-unknown`, `conversation-busy`, and as sendMessage()
   */
  editMessage(turnId: string, input: MessageInput, options?: MessageOptions): Turn
  /** A turn and its siblings. @throws TurnstateError `turn-unknown` */
  branches(turnId: string): readonly Branch[]
  /**
   * Switches to another branch: the model builds on that turn from now on, or on nothing (`null`). The `tip` of a branch is its
   * last turn. Resolves once it is stored, and never rejects; a message that is sent before that waits for it.
   *
   * @throws TurnstateError `turn-unknown`, `turn-quarantined`, `turn-withdrawn` (unless forced), `turn-not-kept`,
   * `conversation-busy`
   */
  switchTo(turnId: string | null, options?: ForceOptions): PromiseLike<void>
  /**
   * Creates another conversation that begins with the path to a turn (default: to the head). What was refused here stays refused
   * there.
   *
   * @throws TurnstateError `turn-unknown`, `turn-quarantined`, `turn-withdrawn` (unless forced), `turn-not-kept`
   */
  fork(turnId?: string, options?: ForceOptions & { readonly id?: string }): Conversation

  /** Approves a tool call, which then runs. @throws TurnstateError `call-unknown`, `call-settled`, `approval-decided` */
  approveTool(callId: string): void
  /** Rejects a tool call; the model is given the reason. @throws TurnstateError `call-unknown`, `call-settled`, `approval-decided` */
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
  /** Clears the context: the model builds on nothing that was said so far. Resolves once it is stored. @throws TurnstateError `conversation-busy` */
  clear(): PromiseLike<void>
  /** Replaces the history by a summary, which the model writes. @throws TurnstateError `nothing-to-compact`, `conversation-busy` */
  compact(options?: SendOptions): Turn
  /** Sets the model of the next request. @throws TurnstateError `model-invalid` */
  setModel(model: string): void
  /**
   * Sets the system prompt of the next request. Thinking that was made under another one can't be sent any more, and is left out.
   *
   * @throws TurnstateError `conversation-busy`
   */
  setSystem(system: SystemPrompt): void
  /**
   * Sets the tools of the next request. Thinking that was made under other ones can't be sent any more, and is left out.
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
  setRequest(fields: RequestFields, options?: RequestOptions): void
  /** @throws TurnstateError `budget-invalid` */
  setBudget(budget: Budget): void
  /** Takes a message out of the queue. @throws TurnstateError `item-unknown` */
  withdraw(turnId: string): void
  /**
   * Sets the title, or with `null` goes back to the first words. Resolves once it is stored.
   *
   * @throws TurnstateError `invalid-option`; rejects as the store does
   */
  setTitle(title: string | null): Promise<void>
  /** Lets a held queue go on. */
  releaseQueue(): void
  /**
   * Ends the conversation: settles the open turn as stopped, stores that, and delivers it. Resolves when that is done. Messages whose
   * outcome could not be stored in time fail with `journal-write-failed`.
   */
  close(options?: CloseOptions): Promise<void>

  /**
   * Calls the listener when anything that can be read here has changed; at most once in 33 ms while a reply grows. Returns a
   * function that ends it. It needs no `this`, so it can be passed on: `useSyncExternalStore(chat.subscribe, …)`.
   */
  readonly subscribe: (listener: () => void) => () => void
  /** Adds a listener to one type of event, or with `*` to all. Returns a function that removes it. */
  on<Type extends NoticeType | '*'>(type: Type, listener: (notice: NoticeFor<Type>) => void): () => void
}
