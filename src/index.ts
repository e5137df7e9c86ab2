// The public door: named exports, no logic.
export { createConversation } from './conversation.ts'
export type { Conversation, SendOptions } from './conversation.ts'
export { claude } from './claude/claude.ts'
export type { MessagesClient } from './claude/claude.ts'
export { conversationMachine } from '../machines/index.ts'

// Options
export type { ConversationOptions, Logger, RetryOptions } from './conversation/options.ts'
export type { MessageInput, MessageWithFiles } from './conversation/input.ts'
export type { RequestFields } from './claude/request-fields.ts'
export type { MessageParam } from './claude/sdk-types.ts'
export type {
  OnRefusal,
  RefusalLadder,
  RefusalPolicy,
  RefusalPolicyMap,
  RefusedInput,
  Rephrase,
} from './refusals/policy.ts'
export { messagesForUsers } from './refusals/messages-for-users.ts'
export type { MessagesForUsers } from './refusals/messages-for-users.ts'
export type { Clock } from './clock.ts'

// What a conversation tells
export type { Turn } from './conversation/turn.ts'
export type {
  ContextReset,
  ConversationNotice,
  FinishReason,
  Notice,
  NoticeFor,
  NoticeType,
  RefusalReport,
  StateChange,
  TurnEvent,
  TurnOutcome,
} from './conversation/events.ts'
export type { ConversationStatus } from './conversation/projections.ts'
export type { Delta, OnStop, WhenBusy } from '../machines/index.ts'

// Errors
export { errorConsequences, TurnstateError } from './errors.ts'
export type { Consequence, ErrorDetails, Failure, TurnstateErrorCode } from './errors.ts'

// Sources of your own
export type { MessageRequest, MessageSource, SourceEvent } from './actors/message-source.ts'
export { streamReply } from './actors/stream-reply.ts'
export type { ReplyTarget, StreamReplyOptions } from './actors/stream-reply.ts'
export { decide } from './actors/decide.ts'
export type { DecideOptions } from './actors/decide.ts'

// The journal
export { buildRequest, canMoveHead, fold, moveHead, plainText, transcript } from './journal/index.ts'
export type {
  Block,
  BuiltRequest,
  Content,
  Decision,
  Fact,
  LeftOut,
  Message,
  QueuedInput,
  Refusal,
  Repair,
  RequestTarget,
  ResetPolicy,
  TranscriptItem,
  TranscriptPart,
  Turn as JournalTurn,
  TurnStatus,
  Usage,
  View,
} from './journal/index.ts'
