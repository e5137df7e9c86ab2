// The messages of the AI SDK, as its clients hold them, and what turnstate adds: metadata, and typed data parts. Written down here
// because a server that serves these clients does not need the package `ai`; a test compares the two.
import type { FinishReason, ResetPolicy, TranscriptItem, TurnstateErrorCode, Usage } from '../../index.ts'

/** `data` of a part of type `data-refusal`: Claude's classifiers refused the message. */
export interface RefusalData {
  /** The turn that was refused. */
  readonly turnId: string
  /** The API's category, or `null`. New ones may appear at any time. */
  readonly category: string | null
  /** A sentence that may be shown to end users. */
  readonly message: string
  /** The model that refused; `null` when it is not known. */
  readonly model: string | null
  /** Some of the reply had been shown before it was refused. It is void. */
  readonly textShown: boolean
  /** What left the context with it; `manual`: a person has to decide before the next message. */
  readonly policy: ResetPolicy | 'manual'
  /** The cause is in the message itself, the system prompt or the tools: nothing else was left to put aside. */
  readonly nothingLeft: boolean
  /** Other words or another model were asked instead: the reply follows in the same message. */
  readonly askedInstead: boolean
}

/**
 * `data` of a part of type `data-retracted`: the last `steps` steps before this part, each from its `step-start`, are void: the reply
 * was refused, or is made again. With `all`, everything before it is: a resumed stream begins at the start. `shownParts()` leaves them
 * out.
 */
export interface RetractedData {
  readonly turnId: string
  readonly steps: number | 'all'
}

/** The data parts of a conversation, for `UIMessage<TurnstateMetadata, TurnstateData>`. */
// A type, not an interface: only a type has the index signature that the AI SDK asks for.
// oxlint-disable-next-line typescript/consistent-type-definitions -- see above
export type TurnstateData = {
  refusal: RefusalData
  retracted: RetractedData
}

/** The metadata of an assistant's message. A user's message has the metadata that the client gave it. */
export interface TurnstateMetadata {
  /** The last turn of the message. */
  readonly turnId?: string
  /** Milliseconds since 1970. */
  readonly createdAt?: number
  /** As in the transcript: `retracted` when it was refused, `partial` when it was cut. */
  readonly status?: TranscriptItem['status']
  /** A reset took it out of the context, with a refused one. */
  readonly withdrawn?: boolean
  readonly model?: string
  /** All turns of the message, refused ones included. */
  readonly usage?: Usage
  readonly stopReason?: string
  readonly finishReason?: FinishReason
  /** Why it failed: our code, and a sentence without any content of the conversation. */
  readonly error?: { readonly code: TurnstateErrorCode; readonly message: string }
  readonly [custom: string]: unknown
}

type ToolState =
  | { state: 'input-streaming'; input: unknown; rawInput: string }
  | { state: 'input-available'; input: unknown }
  | { state: 'approval-requested'; input: unknown; approval: { id: string } }
  | { state: 'approval-responded'; input: unknown; approval: { id: string; approved: boolean; reason?: string } }
  | { state: 'output-available'; input: unknown; output: unknown }
  | { state: 'output-error'; input: unknown; errorText: string }
  | { state: 'output-denied'; input: unknown; approval: { id: string; approved: false; reason?: string } }

/** A call of a tool. Calls that the API runs itself have `providerExecuted`. */
export type ToolPart = { type: `tool-${string}`; toolCallId: string; providerExecuted?: boolean } & ToolState

/** A part of a message, as `UIMessagePart` of `ai`. */
export type UiPart =
  | { type: 'text'; text: string; state?: 'streaming' | 'done' }
  | { type: 'reasoning'; text: string; state?: 'streaming' | 'done' }
  | ToolPart
  | { type: 'source-url'; sourceId: string; url: string; title?: string }
  | { type: 'source-document'; sourceId: string; mediaType: string; title: string }
  | { type: 'file'; mediaType: string; url: string; filename?: string }
  | { type: 'step-start' }
  | { type: 'data-refusal'; id: string; data: RefusalData }
  | { type: 'data-retracted'; id: string; data: RetractedData }

/** A message, as `UIMessage<TurnstateMetadata, TurnstateData>` of `ai`. */
export interface UiMessage {
  id: string
  role: 'user' | 'assistant'
  metadata?: TurnstateMetadata
  parts: UiPart[]
}

export const isToolPart = (part: UiPart): part is ToolPart => part.type.startsWith('tool-')

/** The name of the tool of a part. */
export const toolNameOf = ({ type }: ToolPart): string => type.slice('tool-'.length)
