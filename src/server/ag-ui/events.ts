// The part of the AG-UI protocol (1.0) that this server speaks, as types. `test/server/ag-ui` checks them against those of @ag-ui/core.
import type { ConversationStatus, ContextReset, Decision } from '../../index.ts'

/** Data of the app's own on a message or an event. */
type Metadata = Readonly<Record<string, unknown>>

/** Where the bytes of a media part come from. */
type AguiSource =
  | { readonly type: 'data'; readonly value: string; readonly mimeType: string }
  | { readonly type: 'url'; readonly value: string; readonly mimeType?: string }

/** A piece of a user's message, or of a tool's result. */
export type AguiPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' | 'document'; readonly source: AguiSource }

/** A tool call in an assistant's message. `arguments` is JSON. */
export interface AguiToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** A message, as AG-UI clients keep it. */
export type AguiMessage =
  | {
      readonly id: string
      readonly role: 'user'
      readonly content: string | AguiPart[]
      readonly metadata?: Metadata
    }
  | {
      readonly id: string
      readonly role: 'assistant'
      readonly content?: string
      readonly toolCalls?: AguiToolCall[]
      readonly metadata?: Metadata
    }
  | {
      readonly id: string
      readonly role: 'tool'
      readonly toolCallId: string
      readonly content: string | AguiPart[]
      readonly error?: string
    }
  | { readonly id: string; readonly role: 'reasoning'; readonly content: string }
  | { readonly id: string; readonly role: 'system' | 'developer'; readonly content: string; readonly name?: string }

/**
 * A refusal, as the `value` of the event `CUSTOM` with the name {@link refusalEvent}. It follows the `MESSAGES_SNAPSHOT` that takes the
 * refused reply off the screen. The classifier's own explanation is not in it: it is not for end users.
 */
export interface AguiRefusal {
  /** The turn that was refused. */
  readonly turnId: string
  /** The API's category, or `null`. New ones may appear at any time. */
  readonly category: string | null
  /** A sentence that may be shown. */
  readonly messageForUser: string
  /** Some of the reply had been shown. */
  readonly textShown: boolean
  /** The model that refused. */
  readonly model: string | null
  /** What follows it. `manual`: a person decides, and the run ends with an interrupt for it. */
  readonly policy: Decision | null
  /** What left the context; `null` while the same message is asked again, or a person decides. */
  readonly reset: ContextReset | null
  /** Nothing was left to put aside: the cause is in the input, the system prompt or the tools. */
  readonly nothingLeft: boolean
  /** Whether the run ends with it. `false`: another turn answers the same message in this run, or a person decides. */
  readonly isFinal: boolean
}

/** The name of the `CUSTOM` event whose value is an {@link AguiRefusal}. */
export const refusalEvent = 'turnstate.refusal'

/** The `code` of the `RUN_ERROR` that ends a run whose message was refused. */
export const refusedCode = 'refused'

/** The value of `turnstate` in the agent's state. */
export interface AguiState {
  readonly status: ConversationStatus
  /** Whether a message that is sent now is accepted. */
  readonly canSend: boolean
  /** The model of the next request. */
  readonly model: string
  /** Messages that wait for their turn. */
  readonly queued: number
  /** Whether they wait until somebody releases the queue. */
  readonly held: boolean
}

/** Something that the run needs from a person. */
export interface AguiInterrupt {
  readonly id: string
  /** `tool_call`: approval of a call. `turnstate:refusal`, `turnstate:rejection`: what to do about it. */
  readonly reason: 'tool_call' | 'turnstate:refusal' | 'turnstate:rejection'
  readonly message: string
  readonly toolCallId?: string
  /** JSON Schema of the `payload` that resumes it. */
  readonly responseSchema: Record<string, unknown>
}

/** How a run ended that did not fail. `cancelled`: it was stopped. */
export type AguiOutcome =
  | { readonly type: 'success'; readonly pendingToolCallIds?: string[] }
  | { readonly type: 'interrupt'; readonly interrupts: AguiInterrupt[] }
  | { readonly type: 'cancelled' }

/** The tokens of one model. `inputTokens` includes those that were cached. */
export interface AguiUsage {
  readonly provider: string
  readonly model?: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
  readonly cachedInputTokens: number
  readonly cacheWriteInputTokens: number
  readonly reasoningTokens?: number
}

/** The result of a run that completed. */
export interface AguiResult {
  readonly turnId: string
  /** Why the reply ended, in the terms of other toolkits: `stop`, `length` … */
  readonly finishReason: string
  /** Why it ended, as the API says it. */
  readonly stopReason: string | null
  /** The reply was cut by `maxTokens` or by the context window. */
  readonly truncated: boolean
  /** The structured output, if one was asked for. */
  readonly parsed?: unknown
}

interface Named {
  readonly messageId: string
}

/** An event of a run. */
export type AguiEvent =
  | {
      readonly type: 'RUN_STARTED'
      readonly threadId: string
      readonly runId: string
      readonly protocolVersion: string
    }
  | {
      readonly type: 'RUN_FINISHED'
      readonly threadId: string
      readonly runId: string
      readonly outcome: AguiOutcome
      readonly result?: AguiResult
      readonly usage?: AguiUsage[]
    }
  | { readonly type: 'RUN_ERROR'; readonly message: string; readonly code: string; readonly usage?: AguiUsage[] }
  | ({ readonly type: 'TEXT_MESSAGE_START'; readonly role: 'assistant' } & Named)
  | ({ readonly type: 'TEXT_MESSAGE_CONTENT'; readonly delta: string } & Named)
  | ({ readonly type: 'TEXT_MESSAGE_END' } & Named)
  | ({ readonly type: 'REASONING_START' } & Named)
  | ({ readonly type: 'REASONING_MESSAGE_START'; readonly role: 'reasoning' } & Named)
  | ({ readonly type: 'REASONING_MESSAGE_CONTENT'; readonly delta: string } & Named)
  | ({ readonly type: 'REASONING_MESSAGE_END' } & Named)
  | ({ readonly type: 'REASONING_END' } & Named)
  | {
      readonly type: 'TOOL_CALL_START'
      readonly toolCallId: string
      readonly toolCallName: string
      readonly parentMessageId: string
    }
  | { readonly type: 'TOOL_CALL_ARGS'; readonly toolCallId: string; readonly delta: string }
  | { readonly type: 'TOOL_CALL_END'; readonly toolCallId: string }
  | ({
      readonly type: 'TOOL_CALL_RESULT'
      readonly toolCallId: string
      readonly content: string | AguiPart[]
      readonly role: 'tool'
    } & Named)
  | { readonly type: 'STATE_SNAPSHOT'; readonly snapshot: Readonly<Record<string, unknown>> }
  | {
      readonly type: 'STATE_DELTA'
      readonly delta: { readonly op: 'add'; readonly path: '/turnstate'; readonly value: AguiState }[]
    }
  | { readonly type: 'MESSAGES_SNAPSHOT'; readonly messages: AguiMessage[] }
  | { readonly type: 'CUSTOM'; readonly name: typeof refusalEvent; readonly value: AguiRefusal }
