import type { JsonObject } from '../api/json.ts'
import { assembleBlock } from './deltas.ts'
import { type PlannedReply } from './planned-reply.ts'
import { finalUsage, type RequestedService, startUsage } from './usage.ts'

/** A reply with the fields that depend on its request. */
export interface AddressedReply extends PlannedReply {
  readonly id: string
  readonly inputTokens: number
  readonly service: RequestedService
  /** Whether the request's credit token was redeemed, if it had one. */
  readonly fallbackCredit?: JsonObject | undefined
}

/** One event of the stream; its `type` is also its SSE name. */
export interface WireEvent extends JsonObject {
  readonly type: string
}

const creditOf = ({ fallbackCredit }: AddressedReply): JsonObject =>
  fallbackCredit ? { fallback_credit: fallbackCredit } : {}

const messageShell = (reply: AddressedReply): JsonObject => ({
  id: reply.id,
  type: 'message',
  role: 'assistant',
  model: reply.startModel ?? reply.model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  container: null,
  usage: { ...startUsage(reply.inputTokens, reply.usage, reply.service), ...creditOf(reply) },
  ...reply.startFields,
})

const ending = (reply: AddressedReply): JsonObject => ({
  stop_reason: reply.stopReason,
  stop_sequence: reply.stopSequence,
  stop_details: reply.stopDetails,
  container: reply.container,
})

const totals = (reply: AddressedReply): JsonObject => ({
  ...creditOf(reply),
  ...finalUsage(reply.inputTokens, reply.counted ?? reply.blocks, reply.usage),
})

/**
 * The events of a reply in the API's order: `message_start`; per block start, deltas, stop; `message_delta` with the
 * stop reason and the totals; `message_stop`. Pings and faults are added later.
 */
export function* replyEvents(reply: AddressedReply): Generator<WireEvent> {
  if (reply.wholeInStart === true) {
    yield { type: 'message_start', message: wholeMessage(reply) }
    yield { type: 'message_stop' }
    return
  }
  yield { type: 'message_start', message: messageShell(reply) }
  const last = reply.blocks.length - 1
  for (const [position, block] of reply.blocks.entries()) {
    const index = reply.indexes?.[position] ?? position
    yield { type: 'content_block_start', index, content_block: block.start }
    for (const delta of block.deltas) yield { type: 'content_block_delta', index, delta }
    if (position < last || !reply.openBlock) yield { type: 'content_block_stop', index }
  }
  yield { type: 'message_delta', delta: ending(reply), usage: totals(reply), ...reply.deltaFields }
  yield { type: 'message_stop' }
}

/** The reply as one message, for a request without a stream. */
export const wholeMessage = (reply: AddressedReply): JsonObject => ({
  ...messageShell(reply),
  model: reply.model,
  content: reply.blocks.map(assembleBlock),
  ...ending(reply),
  ...reply.deltaFields,
  usage: { ...startUsage(reply.inputTokens, reply.usage, reply.service), ...totals(reply) },
})
