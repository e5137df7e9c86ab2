// The public door: named exports, no logic.
export { createConversation, openConversation } from './conversation.ts'
export { memoryStore } from './stores/index.ts'
export type {
  Append,
  AppendResult,
  Checkpoint,
  ConversationListing,
  ConversationPage,
  ConversationSummary,
  FollowedFacts,
  ImportOptions,
  ListOptions,
  MemoryStore,
  MemoryStoreOptions,
  OpenConversation,
  OpenOptions,
  RenewResult,
  Store,
} from './stores/index.ts'
export type {
  CloseOptions,
  Conversation,
  ForceOptions,
  MessageOptions,
  RequestOptions,
  SendOptions,
} from './conversation/conversation-interface.ts'
export type { PendingCall } from './conversation/pending-calls.ts'
export { claude } from './claude/claude.ts'
export type { MessagesClient } from './claude/claude.ts'
export { tool } from './tools/tool.ts'
export type { AnyTool, CallInfo, RunInfo, Tool, ToolParams } from './tools/tool.ts'
export type { OutputOf, SchemaIssue, StandardSchema } from './tools/standard-schema.ts'
export { conversationMachine } from '../machines/index.ts'

// Options
export type {
  AwayFromModel,
  CompactionOptions,
  ConversationOptions,
  StoreOptions,
  Logger,
  RetryOptions,
  ReturnToModel,
  ToolInput,
} from './conversation/options.ts'
export type { SystemPrompt } from './conversation/prompt.ts'
export type { FileInput } from './files/index.ts'
export type { ApiTool } from './claude/sdk-types.ts'
export type { OnOverflow } from './rejections/decide-overflow.ts'
export type { BetaNames, ReplyTarget } from './reply/reply-request.ts'
export type { ServerFallback } from './source/message-source.ts'
export type { MessageInput, MessageWithFiles } from './input/input.ts'
export type { RequestFields } from './claude/request-fields.ts'
export type { MessageParam } from './claude/sdk-types.ts'
export type {
  Fallback,
  ModelEntry,
  OnRefusal,
  RefusalLadder,
  RefusalPolicy,
  RefusalPolicyMap,
  RefusedInput,
  Rephrase,
} from './refusals/policy.ts'
export type { OnRejection, RejectedTurn, RejectionDecision } from './rejections/policy.ts'
export { messagesForUsers } from './refusals/messages-for-users.ts'
export type { MessagesForUsers } from './refusals/messages-for-users.ts'
export type { Clock } from './clock.ts'

// What a conversation tells
export type { Turn } from './conversation/turns/turn.ts'
export type {
  ConversationNotice,
  Notice,
  NoticeFor,
  NoticeType,
  PromptChanged,
  RefusalReport,
  RefusedBefore,
  RequestAdapted,
  StateChange,
  TurnEvent,
  TurnOutcome,
} from './conversation/turns/events.ts'
export type { ConversationStatus } from './conversation/projections.ts'
export type { Budget, Citation, CompactBy, Delta, OnStop, ToolCallStatus, WhenBusy } from '../machines/index.ts'

// Inspecting
export { observe } from './observe/observe.ts'
export type { Observation, ObserveOptions } from './observe/observe.ts'
export type { Inspector } from './observe/inspector.ts'
export type { ObservedConversation } from './observe/internals.ts'
export { recordVersion } from './observe/records.ts'
export type { InspectionRecord, RecordListener } from './observe/records.ts'

// Errors
export { errorConsequences, TurnstateError } from './errors.ts'
export type { ChangeFate, Consequence, ErrorDetails, Failure, TurnstateErrorCode } from './errors.ts'

// Sources of your own
export type { MessageRequest, MessageSource, SourceEvent } from './source/message-source.ts'
export { streamReply } from './reply/stream-reply.ts'
export type { StreamReplyOptions } from './reply/stream-reply.ts'
export { decide } from './refusals/decide-refusal.ts'
export type { DecideOptions } from './refusals/decide-refusal.ts'
export { decideRejection } from './rejections/decide-rejection.ts'
export type { DecideRejectionOptions } from './rejections/decide-rejection.ts'

// The journal
export {
  billingRules,
  buildRequest,
  canMoveHead,
  fold,
  moveHead,
  outcomeOf,
  plainText,
  transcript,
} from './journal/index.ts'
export type {
  ApiObject,
  Attempt,
  Billing,
  Block,
  Branch,
  BuiltRequest,
  Charge,
  Content,
  ContextReset,
  Counts,
  Decision,
  Evidence,
  Fact,
  StoredFact,
  FinishReason,
  Iteration,
  Ledger,
  LeftOut,
  Message,
  OverflowPolicy,
  Part,
  Price,
  Prices,
  QueuedInput,
  Refusal,
  RefusalCount,
  RefusedHop,
  Rejection,
  RejectionPolicy,
  Repair,
  RequestTarget,
  ResetCause,
  ResetPolicy,
  Spending,
  Suspect,
  SwitchCause,
  Terms,
  ToolDecision,
  TranscriptItem,
  TranscriptPart,
  Turn as JournalTurn,
  TurnKind,
  TurnStanding,
  TurnStatus,
  Unpriced,
  Usage,
  View,
} from './journal/index.ts'
