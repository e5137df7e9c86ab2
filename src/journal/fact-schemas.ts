import * as v from 'valibot'
import type { Fact } from './facts.ts'
import { blocks, content, count, id } from './field-schemas.ts'
import { storedPolicy } from './reset-policies.ts'

// The schemas of stored facts. Unknown fields are accepted: a later minor release may add some.

const metadata = v.record(v.string(), v.unknown())
const usage = v.looseObject({
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  cacheWrite1hTokens: v.optional(count),
  thinkingTokens: v.optional(count),
  toolRequests: v.optional(v.record(v.string(), count)),
})
const apiObjects = v.optional(v.array(v.record(v.string(), v.unknown())))
/** Fields that every fact about a request may have. */
const evidence = {
  messageId: v.optional(id),
  requestId: v.optional(id),
  stopSequence: v.optional(v.string()),
  appliedEdits: apiObjects,
  inputTransformations: apiObjects,
  containerExpiresAt: v.optional(v.string()),
  terms: v.optional(
    v.looseObject({
      serviceTier: v.optional(v.string()),
      speed: v.optional(v.string()),
      inferenceGeo: v.optional(v.string()),
    }),
  ),
  hops: v.optional(
    v.array(v.looseObject({ model: v.string(), category: v.nullable(v.string()), textShown: v.boolean() })),
  ),
}
const iterations = v.optional(v.array(v.looseObject({ type: id, model: v.optional(v.string()), usage })))
const refusal = v.looseObject({
  category: v.nullable(v.string()),
  explanation: v.nullable(v.string()),
  textShown: v.boolean(),
  model: v.optional(v.string()),
  promptHash: v.optional(v.string()),
  recommendedModel: v.optional(v.string()),
})
const failure = v.looseObject({
  code: id,
  message: v.string(),
  quote: v.optional(v.string()),
})
const hashes = v.record(v.string(), v.string())
/** A later release may know more kinds of parts. Such a fact is rejected, because this release would send what that one left out. */
const part = v.pipe(
  v.string(),
  v.regex(/^(?:(?:turn|compaction|media|calls|results|steps|field|container):.|thinking$)/),
)

const envelope = {
  seq: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  v: v.optional(v.pipe(v.number(), v.minValue(1))),
}

const fact = <const Type extends Fact['type'], Fields extends v.ObjectEntries>(type: Type, fields: Fields) =>
  v.looseObject({ ...envelope, type: v.literal(type), ...fields })

/** One schema for each type of fact. */
export const factSchemas = {
  'conversation.created': fact('conversation.created', {
    v: v.pipe(v.number(), v.minValue(1)),
    id,
    model: id,
    at: v.number(),
    request: v.optional(v.looseObject({ key: id, body: id })),
  }),
  'turn.opened': fact('turn.opened', {
    turnId: id,
    parent: v.nullable(id),
    input: content,
    system: v.optional(content),
    at: v.number(),
    kind: v.optional(v.picklist(['user', 'seed', 'compaction', 'continuation'])),
    model: v.optional(id),
    replaces: v.optional(id),
    continues: v.optional(id),
    force: v.optional(v.literal(true)),
    metadata: v.optional(metadata),
  }),
  'reply.recorded': fact('reply.recorded', {
    turnId: id,
    attempt: count,
    model: v.string(),
    requestedModel: v.optional(v.string()),
    promptHash: v.string(),
    content: blocks,
    stopReason: v.nullable(v.string()),
    usage,
    iterations,
    servedAfterRefusal: v.optional(v.literal(true)),
    fallbackCredit: v.optional(v.record(v.string(), v.unknown())),
    structured: v.optional(v.literal(true)),
    container: v.optional(id),
    thinkingTimes: v.optional(v.array(count)),
    ...evidence,
  }),
  'toolResults.recorded': fact('toolResults.recorded', { turnId: id, results: blocks }),
  'turn.settled': fact('turn.settled', {
    turnId: id,
    status: v.picklist(['completed', 'refused', 'stopped', 'failed', 'interrupted']),
    kept: v.boolean(),
    refusal: v.optional(refusal),
    failure: v.optional(failure),
    sameWords: v.optional(v.array(id)),
    isReplaced: v.optional(v.literal(true)),
    usage: v.optional(usage),
    model: v.optional(v.string()),
    iterations,
    ...evidence,
  }),
  'head.moved': fact('head.moved', {
    from: v.nullable(id),
    to: v.nullable(id),
    cause: v.picklist(['refusal', 'rejection', 'clear', 'switch']),
    policy: v.optional(storedPolicy),
    turnId: v.optional(id),
    withdrawn: v.array(id),
    force: v.optional(v.literal(true)),
    decidedBy: v.optional(v.literal('person')),
  }),
  'model.switched': fact('model.switched', {
    from: id,
    to: id,
    cause: v.picklist(['user', 'refusal', 'outage', 'return']),
  }),
  'attempt.failed': fact('attempt.failed', {
    turnId: id,
    attempt: count,
    model: v.string(),
    failure,
    usage: v.optional(usage),
    ...evidence,
  }),
  'request.rejected': fact('request.rejected', {
    turnId: id,
    attempt: count,
    model: v.string(),
    failure,
    fields: hashes,
    container: v.optional(id),
    thinking: v.boolean(),
    pointed: v.optional(v.string()),
    lossless: v.optional(v.literal(true)),
  }),
  'fields.accepted': fact('fields.accepted', { turnId: id, model: v.string(), fields: hashes }),
  'context.setAside': fact('context.setAside', { turnId: id, parts: v.array(part) }),
  'context.takenBack': fact('context.takenBack', { turnId: id, parts: v.array(part) }),
  'thinking.stripped': fact('thinking.stripped', { turnId: id }),
  'call.started': fact('call.started', { turnId: id, callId: id, again: v.optional(v.literal(true)) }),
  'answer.requested': fact('answer.requested', { turnId: id, callId: id }),
  'conversation.forked': fact('conversation.forked', {
    from: id,
    turnId: v.nullable(id),
    quarantine: v.array(v.looseObject({ turnId: id, inputHash: id })),
  }),
  'approval.requested': fact('approval.requested', { turnId: id, callId: id }),
  'approval.decided': fact('approval.decided', {
    turnId: id,
    callId: id,
    approved: v.boolean(),
    reason: v.optional(v.string()),
  }),
  'input.queued': fact('input.queued', {
    turnId: id,
    input: content,
    system: v.optional(content),
    at: v.number(),
    metadata: v.optional(metadata),
  }),
  'input.withdrawn': fact('input.withdrawn', { turnId: id }),
  'queue.released': fact('queue.released', {}),
  'queue.held': fact('queue.held', {}),
  'refusal.deferred': fact('refusal.deferred', { turnId: id }),
  'budget.set': fact('budget.set', {
    budget: v.looseObject({
      tokens: v.optional(count),
      cost: v.optional(count),
      refusalsInARow: v.optional(count),
    }),
  }),
} satisfies { [Type in Fact['type']]: v.GenericSchema<unknown, { type: Type }> }
