// The wire's snake_case ends here: API events become the events of the message source port.
// Unknown events, blocks and deltas pass as they are: new ones may appear at any time (the API's versioning policy).
import type { SourceEvent } from '../actors/message-source.ts'
import type { Block } from '../journal/index.ts'
import { streamError } from './api-failures.ts'
import { evidenceOf, isObject, iterationsOf, textAs } from './wire-evidence.ts'

/** An event of the API's stream, as far as anything is certain about it. */
interface WireEvent extends WireObject {
  readonly type: string
  readonly index?: number
  readonly delta?: WireObject
  readonly content_block?: Block
  readonly message?: WireObject
  readonly usage?: WireObject
  readonly error?: WireObject
  readonly request_id?: string
}

type WireObject = Readonly<Record<string, unknown>>

/** @throws TurnstateError for an `error` event. */
export function toSourceEvent(raw: unknown): SourceEvent {
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
      return {
        type: 'message.delta',
        stopReason: textOrNull(raw.delta?.['stop_reason']),
        ...textAs('stopSequence', raw.delta?.['stop_sequence']),
        ...stopDetails(raw.delta?.['stop_details']),
        ...iterationsOf(raw.usage),
        ...(isObject(raw.usage?.['fallback_credit']) ? { fallbackCredit: raw.usage['fallback_credit'] } : {}),
        ...evidenceOf(raw, raw.delta?.['container']),
      }
    case 'message_stop':
      return { type: 'message.stopped' }
    case 'ping':
      return { type: 'ping' }
    case 'error':
      throw streamError(raw.error, raw.request_id)
    default:
      return { type: 'unknown', event: raw }
  }
}

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
      return { type: 'unknown', event: raw }
  }
}

const growth = (raw: WireEvent, index: number, kind: 'text' | 'toolInput' | 'thinking', text: unknown): SourceEvent =>
  typeof text === 'string' ? { type: 'block.delta', index, kind, text } : { type: 'unknown', event: raw }

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
