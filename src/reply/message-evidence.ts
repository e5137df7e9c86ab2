// Gathers the usage and evidence of a message from its events.
import {
  type Block,
  countedAgain,
  type Evidence,
  noUsage,
  optionalField,
  type RefusedHop,
  type Usage,
} from '../journal/index.ts'
import type { MessageEvidence, SourceEvent } from '../source/message-source.ts'
import { isObject } from '../objects.ts'

type EvidenceEvent = Extract<SourceEvent, { type: 'opened' | 'message.started' | 'message.delta' }>

/** Counts, container and evidence so far. */
export interface Gathered {
  readonly usage: Usage
  readonly container?: string
  readonly evidence: Evidence
}

export const nothingGathered: Gathered = { usage: noUsage, evidence: {} }

/** Adds the values of one event. Values that it leaves out are kept; adding the same event twice changes nothing. */
export function gathered(before: Gathered, event: EvidenceEvent): Gathered {
  const told: Evidence = {
    ...before.evidence,
    ...optionalField('requestId', event.type === 'opened' ? event.requestId : undefined),
    ...optionalField('messageId', event.type === 'message.started' ? event.id : undefined),
    ...optionalField('stopSequence', event.type === 'message.delta' ? event.stopSequence : undefined),
  }
  if (event.type === 'opened') return { ...before, evidence: told }
  return {
    usage: countedAgain(before.usage, event.usage),
    ...optionalField('container', event.container ?? before.container),
    evidence: { ...told, ...saidOf(event, told) },
  }
}

const saidOf = (
  { terms, containerExpiresAt, appliedEdits, inputTransformations }: MessageEvidence,
  before: Evidence,
): Evidence => ({
  ...optionalField('terms', terms && { ...before.terms, ...terms }),
  ...optionalField('containerExpiresAt', containerExpiresAt),
  ...optionalField('appliedEdits', appliedEdits),
  ...optionalField('inputTransformations', inputTransformations),
})

/** Reads a `fallback` block: the model that refused, the category, and the model that continues. */
export function readHop(
  { from, to, trigger }: Block,
  speaking: string,
  textShown: boolean,
): { readonly hop: RefusedHop; readonly next: string } {
  const hop = { model: textIn(from, 'model') ?? speaking, category: textIn(trigger, 'category') ?? null, textShown }
  return { hop, next: textIn(to, 'model') ?? speaking }
}

function textIn(holder: unknown, name: string): string | undefined {
  const value = isObject(holder) ? holder[name] : undefined
  return typeof value === 'string' ? value : undefined
}
