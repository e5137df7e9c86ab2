// Journals in intermediate states, for facts that can follow them and facts that cannot.
import type { AnyFact, Fact } from '../../../src/journal/index.ts'
import {
  abc,
  approvalDecided,
  approvalRequested,
  call,
  cameToNothing,
  created,
  decided,
  deferred,
  droppedTurn,
  model,
  opened,
  otherModel,
  refusedTurn,
  replied,
  settled,
  switched,
  text,
} from '../fixtures.ts'

/** A rule, the facts before, a fact that breaks the rule, the reason, and a similar fact that follows it. */
export type Case = readonly [
  rule: string,
  before: readonly Fact[],
  impossible: AnyFact,
  why: string,
  possible: AnyFact,
  // The facts before the valid one, if they differ.
  otherwise?: readonly Fact[],
]

export const half = (turnId: string) => replied(turnId, [text('Half')], { stopReason: null })
export const open = [...abc, opened('d', 'c')]
export const answering = [...open, replied('d', [text('So')])]
export const calling = [...open, replied('d', [call('t1'), call('t2')])]
export const twice = [...open, replied('d', [call('t1'), call('t1')])]
export const asked = [...calling, approvalRequested('d', 't1')]
export const denied = [...asked, approvalDecided('d', 't1', false)]
export const undecided = [...abc, ...refusedTurn('x', 'c')]
/** A person decides about the refusal. */
export const handedOver = [...undecided, deferred('x')]
export const left = [...abc, ...droppedTurn('x', 'c')]
export const failed = [...abc, ...cameToNothing('d', 'c')]
export const cut = [...open, half('d'), settled('d', 'stopped')]
export const rephrased = [...undecided, decided('x', 'c', { rephrase: 'Other words' })]
export const again = opened('y', 'c', { replaces: 'x', input: 'Other words' })
export const other = [...undecided, decided('x', 'c', { fallback: otherModel, from: 'this-turn' })]
export const later = [...undecided, decided('x', 'c', { fallback: otherModel, from: 'next-turn' })]
export const summarising = [...abc, opened('k', 'c', { kind: 'compaction', input: '' })]
export const inWords = [...abc, opened('k', 'c', { kind: 'compaction', input: 'Summarise.' })]
export const seeding = [created, opened('s', null, { kind: 'seed' })]
export const away = [...abc, switched(model, otherModel, 'outage')]
export const forked: Fact = { type: 'conversation.forked', from: 'c0', turnId: null, quarantine: [] }
export const released: Fact = { type: 'queue.released' }
export const setAside = (turnId: string): Fact => ({ type: 'context.setAside', turnId, parts: ['turn:a'] })
export const takenBack = (turnId: string): Fact => ({ type: 'context.takenBack', turnId, parts: ['turn:a'] })
export const accepted = (turnId: string): Fact => ({ type: 'fields.accepted', turnId, model, fields: {} })
export const rejected = (turnId: string): Fact => ({
  type: 'request.rejected',
  turnId,
  attempt: 1,
  model,
  failure: { code: 'request-invalid', message: 'No.' },
  fields: {},
  thinking: false,
})
export const withdrawn = (turnId: string): Fact => ({ type: 'input.withdrawn', turnId })
export const forRefusal = { cause: 'refusal', turnId: 'x', policy: 'drop-turn' } as const
