// The chunks of the UI message stream protocol that this server writes, and the bytes of its streams.
import type { FinishReason } from '../../index.ts'
import type { RefusalData, RetractedData, TurnstateMetadata } from './ui-message.ts'

/** A chunk, as `UIMessageChunk` of `ai`. */
export type Chunk =
  | { type: 'start'; messageId: string; messageMetadata?: TurnstateMetadata }
  | { type: 'start-step' | 'finish-step' | 'reset-step' }
  | { type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end'; id: string }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | { type: 'tool-input-start'; toolCallId: string; toolName: string; providerExecuted?: boolean }
  | { type: 'tool-input-delta'; toolCallId: string; inputTextDelta: string }
  | { type: 'tool-input-available'; toolCallId: string; toolName: string; input: unknown; providerExecuted?: boolean }
  | { type: 'tool-approval-request'; approvalId: string; toolCallId: string }
  | { type: 'tool-output-available'; toolCallId: string; output: unknown; providerExecuted?: boolean }
  | { type: 'tool-output-error'; toolCallId: string; errorText: string; providerExecuted?: boolean }
  | { type: 'tool-output-denied'; toolCallId: string }
  | { type: 'source-url'; sourceId: string; url: string; title?: string }
  | { type: 'source-document'; sourceId: string; mediaType: string; title: string }
  | { type: 'file'; url: string; mediaType: string }
  | { type: 'data-refusal'; id: string; data: RefusalData }
  | { type: 'data-retracted'; id: string; data: RetractedData }
  | { type: 'message-metadata'; messageMetadata: TurnstateMetadata }
  | { type: 'finish'; finishReason: FinishReason; messageMetadata?: TurnstateMetadata }
  | { type: 'abort'; reason: string }
  | { type: 'error'; errorText: string }

/** The headers of a stream. `x-accel-buffering` keeps proxies from holding it back. */
export const streamHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no',
}

const encoder = new TextEncoder()

/** Chunks as server-sent events. */
export const encoded = (chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> =>
  encoder.encode(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''))

/** The last event of a stream. */
export const done: Uint8Array<ArrayBuffer> = encoder.encode('data: [DONE]\n\n')

/** A comment that keeps a silent connection open. */
export const heartbeat: Uint8Array<ArrayBuffer> = encoder.encode(': keep-alive\n\n')
