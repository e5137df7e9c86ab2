import type { Connection } from '../client/index.ts'
import type {
  Block,
  Conversation,
  FileInput,
  ForceOptions,
  MessageInput,
  MessageOptions,
  MessageWithFiles,
  PendingCall,
  SendOptions,
  TranscriptItem,
  Turn,
} from '../index.ts'
import type { ReactConversation } from './react-conversation.ts'

/** A message with files and metadata, as components send it. */
export interface SentWithFiles extends Omit<MessageWithFiles, 'files'> {
  /** Files and content blocks; also the `FileList` of an `<input type="file">`. */
  readonly files?: Iterable<Block | FileInput>
  /** The message takes the place of this one, as with `editMessage`. */
  readonly messageId?: string
}

/** What `sendMessage` of a component accepts: text, content blocks, or text with files and metadata. */
export type SentMessage = Exclude<MessageInput, MessageWithFiles> | SentWithFiles

/** A tool call that waits for a person. The same object for as long as it waits. */
export interface Approval extends PendingCall {
  /** Lets the call run. @throws TurnstateError `call-unknown`, `call-settled`, `approval-decided` */
  readonly approve: () => void
  /** Rejects the call; the model is given the reason. @throws TurnstateError `call-unknown`, `call-settled`, `approval-decided` */
  readonly deny: (reason?: string) => void
}

/** What a component can do. Each function is the same one for as long as the conversation is, and needs no `this`. */
export interface ConversationActions {
  /** Sends a message. @throws TurnstateError as `chat.sendMessage()`; what goes wrong later is the outcome, and `error` */
  readonly sendMessage: (message: SentMessage, options?: MessageOptions) => Turn
  /** Stops the turn in progress. The part of its reply that has arrived stays. */
  readonly stop: () => PromiseLike<void>
  /** Asks the last message again, after it failed or was stopped. @throws TurnstateError as `chat.retry()` */
  readonly retry: (options?: SendOptions) => Turn
  /**
   * Asks a message again, beside its first answer. The message is named by its own id, by that of its answer, or by that of its turn.
   * Default: the last one.
   *
   * @throws TurnstateError as `chat.regenerate()`
   */
  readonly regenerate: (
    message?: string | { readonly messageId?: string },
    options?: ForceOptions & SendOptions,
  ) => Turn
  /** Asks something else in place of a message, which is named as in `regenerate`. @throws TurnstateError as `chat.editMessage()` */
  readonly editMessage: (messageId: string, message: SentMessage, options?: MessageOptions) => Turn
  /** Decides about a refusal while the status is `refused`. @throws TurnstateError as `chat.resolveRefusal()` */
  readonly resolveRefusal: Conversation['resolveRefusal']
  /** Decides about a rejection while the status is `rejected`. @throws TurnstateError as `chat.resolveRejection()` */
  readonly resolveRejection: Conversation['resolveRejection']
  /** Lets a tool call run. @throws TurnstateError as `chat.approveTool()` */
  readonly approveTool: Conversation['approveTool']
  /** Rejects a tool call. @throws TurnstateError as `chat.denyTool()` */
  readonly denyTool: Conversation['denyTool']
  /** Answers a call of a tool that has no `run`. @throws TurnstateError as `chat.answerTool()` */
  readonly answerTool: Conversation['answerTool']
  /** Lets the model forget everything that was said so far. @throws TurnstateError `conversation-busy` */
  readonly clear: Conversation['clear']
  /** Takes a message out of the queue. @throws TurnstateError `item-unknown` */
  readonly withdraw: Conversation['withdraw']
  /** Lets a held queue continue. */
  readonly releaseQueue: Conversation['releaseQueue']
}

/** A conversation as it is shown at one moment: what `useConversation` returns. The same object while nothing changes. */
export interface ShownConversation
  extends
    ConversationActions,
    Pick<
      ReactConversation,
      | 'id'
      | 'title'
      | 'status'
      | 'canSend'
      | 'messages'
      | 'queue'
      | 'held'
      | 'pendingCalls'
      | 'refusal'
      | 'rejection'
      | 'usage'
      | 'error'
      | 'model'
    > {
  /** The tool calls that wait for approval. `pendingCalls` has those that wait for an answer, too. */
  readonly approvals: readonly Approval[]
  /** Whether the server can be reached; `null` for a conversation of this process. */
  readonly connection: Connection | null
}

/** One message as people see it: an item of `messages`. */
export type ShownMessage = TranscriptItem
