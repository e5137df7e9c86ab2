// Converts the API's stream events into events of the message source port.
// Unknown events, blocks and deltas pass through unchanged: new ones may appear at any time (the API's versioning policy).
import type { SourceEvent } from '../source/message-source.ts'
import { type Block, type DeltaKind, isRefusal } from '../journal/index.ts'
import { streamError } from './api-failures.ts'
import { refusalSaid } from './blocked.ts'
import { exceptionKey } from './read-thrown.ts'
import { evidenceOf, iterationsOf, textAs } from './wire-evidence.ts'
import { isObject } from '../objects.ts'

/** An event of the API's stream. Only the type is certain. */
interface WireEvent extends WireObject {
  readonly type: string
  readonly index?: number
  readonly delta?: WireObject
  readonly content_block?: Block
  readonly message?: WireObject
  readonly usage?: WireObject
}

type WireObject = Readonly<Record<string, unknown>>

/**
 * Converts one event of the API. Several come of a `message_start` that holds a whole message, as in answers to programmatic tool
 * calls.
 *
 * @throws TurnstateError for an `error` event
 */
export function toSourceEvents(raw: unknown): readonly SourceEvent[] {
  const event = toSourceEvent(raw)
  const message = event.type === 'message.started' && isWireEvent(raw) ? raw.message : undefined
  const content = Array.isArray(message?.['content']) ? message['content'].filter(isBlock) : []
  const ending = message && textOrNull(message['stop_reason']) !== null ? [messageEnd(message, message)] : []
  // The content of a refused message is never shown.
  if (isRefusal(ending[0]?.stopReason ?? null)) return [event, ...ending]
  const blocks = content.flatMap((block, index): readonly SourceEvent[] => [
    { type: 'block.started', index, block },
    { type: 'block.stopped', index },
  ])
  return [event, ...blocks, ...ending]
}

/** @throws TurnstateError for an `error` event */
export function toSourceEvent(raw: unknown): SourceEvent {
  if (isError(raw)) return refusedOrThrown(raw)
  if (!isWireEvent(raw)) return { type: 'unknown', event: raw }
  switch (raw.type) {
    case 'content_block_delta':
      return blockDelta(raw)
    case 'content_block_start':
      return raw.content_block && raw.index !== undefined
        ? { type: 'block.started', index: raw.index, block: raw.content_block }
        : { type: 'unknown', event: raw }
    case 'content_block_stop':
      return raw.index === undefined ? { type: 'unknown', event: raw } : { type: 'block.stopped', index: raw.index }
    case 'message_start':
      return {
        type: 'message.started',
        ...textAs('id', raw.message?.['id']),
        model: textOrNull(raw.message?.['model']) ?? '',
        ...evidenceOf(raw.message),
      }
    case 'message_delta':
      return messageEnd(raw.delta, raw)
    case 'message_stop':
      return { type: 'message.stopped' }
    case 'ping':
      return { type: 'ping' }
    default:
      return { type: 'unknown', event: raw }
  }
}

/** How the message ends, from a `message_delta` or a whole message. `holder` is the object with `usage` and the other evidence. */
const messageEnd = (
  ending: WireObject | undefined,
  holder: WireObject,
): Extract<SourceEvent, { type: 'message.delta' }> => {
  const usage = isObject(holder['usage']) ? holder['usage'] : undefined
  return {
    type: 'message.delta',
    stopReason: textOrNull(ending?.['stop_reason']),
    ...textAs('stopSequence', ending?.['stop_sequence']),
    ...stopDetails(ending?.['stop_details']),
    ...iterationsOf(usage),
    ...(isObject(usage?.['fallback_credit']) ? { fallbackCredit: usage['fallback_credit'] } : {}),
    ...evidenceOf(holder, ending?.['container']),
  }
}

/** An error event of a content filter is a refusal; any other is thrown. */
function refusedOrThrown(raw: WireObject): SourceEvent {
  const refusal = refusalSaid(raw)
  if (refusal) return refusal
  throw streamError(raw)
}

/** Whether this is an `error` event, a gateway's error without a type, or an exception of Bedrock in the place of an event. */
const isError = (raw: unknown): raw is WireObject =>
  isObject(raw) &&
  (raw['type'] === 'error' ||
    (typeof raw['type'] !== 'string' &&
      ((raw['error'] !== undefined && raw['error'] !== null) || exceptionKey(raw) !== undefined)))

function blockDelta(raw: WireEvent): SourceEvent {
  const { index, delta } = raw
  if (index === undefined || !delta) return { type: 'unknown', event: raw }
  switch (delta['type']) {
    case 'text_delta':
      return growth(raw, index, 'text', delta['text'])
    case 'input_json_delta':
      return growth(raw, index, 'toolInput', delta['partial_json'])
    case 'thinking_delta':
      return growth(raw, index, 'thinking', delta['thinking'])
    case 'signature_delta':
      return { type: 'block.fields', index, fields: { signature: delta['signature'] } }
    case 'citations_delta':
      return { type: 'block.citation', index, citation: delta['citation'] }
    case 'compaction_delta': {
      const { type: _, ...fields } = delta
      return { type: 'block.fields', index, fields }
    }
    default:
      return { type: 'unknown', event: raw, index }
  }
}

const growth = (raw: WireEvent, index: number, kind: DeltaKind, text: unknown): SourceEvent =>
  typeof text === 'string' ? { type: 'block.delta', index, kind, text } : { type: 'unknown', event: raw }

const isBlock = (value: unknown): value is Block => isObject(value) && typeof value['type'] === 'string'

const isWireEvent = (raw: unknown): raw is WireEvent => isObject(raw) && typeof raw['type'] === 'string'

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const stopDetails = (details: unknown) =>
  isObject(details)
    ? {
        category: textOrNull(details['category']),
        explanation: textOrNull(details['explanation']),
        ...(typeof details['fallback_credit_token'] === 'string'
          ? { creditToken: details['fallback_credit_token'] }
          : {}),
        ...(details['fallback_has_prefill_claim'] === true ? { hasPrefillClaim: true } : {}),
        ...textAs('recommendedModel', details['recommended_model']),
      }
    : {}
