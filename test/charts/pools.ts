// What can come to a conversation, in groups: a graph takes those that it is about.
import type { SnapshotFrom } from 'xstate'
import type { ConversationEvent, conversationMachine } from '../../machines/index.ts'
import { resultOf, usage } from './world.ts'

export type ConversationSnapshot = SnapshotFrom<typeof conversationMachine>

export type Pool = (snapshot: ConversationSnapshot) => readonly ConversationEvent[]

const reply = { type: 'reply.finished', model: 'm1', promptHash: 'p', usage } as const
const text = [{ type: 'text', text: 'a' }]
const overloaded = { code: 'overloaded', message: 'x' } as const
const rejected = (
  code: 'thinking-invalid' | 'request-invalid' | 'prompt-too-long',
  shown = false,
): ConversationEvent => ({
  type: 'reply.rejected',
  failure: { code, message: 'x' },
  fields: {},
  thinking: code === 'thinking-invalid',
  ...(code === 'thinking-invalid' ? { pointed: 'thinking' as const } : {}),
  shown,
})

export const people: Pool = () => [{ type: 'user.stop' }, { type: 'conversation.close' }]

/** The reply that the user cut had been refused, and the refusal has arrived. */
const refusedPartial = {
  model: 'm1',
  promptHash: 'p',
  content: [],
  usage,
  shown: true,
  refusal: { refusal: { category: null, explanation: null, textShown: true }, usage },
} as const

/** The reply that the user cut has arrived whole. */
const wholePartial = { model: 'm1', promptHash: 'p', content: text, usage, shown: true, arrivedWhole: true } as const

/** Stops that come too late. */
export const lateStops: Pool = (snapshot) =>
  snapshot.matches('streaming')
    ? [
        { type: 'user.stop', partial: wholePartial },
        { type: 'user.stop', partial: wholePartial, cause: 'aborted' },
        { type: 'conversation.close', partial: wholePartial },
      ]
    : []

export const replies: Pool = () => [
  { type: 'reply.opened' },
  { ...reply, content: text, stopReason: 'end_turn' },
  { type: 'reply.failed', failure: overloaded, retryable: true },
]

export const storing: Pool = ({ context }) => [
  ...(context.view.revision === 1 ? [{ type: 'journal.ready' } as const] : []),
  { type: 'journal.saved', revision: context.sent },
]

/** The journal acknowledges more than was ever recorded here. */
export const isTakenOver = (event: ConversationEvent, { context }: ConversationSnapshot): boolean =>
  event.type === 'journal.saved' && event.revision > context.view.revision

export const journalTroubles: Pool = ({ context: { view } }) => [
  { type: 'journal.ready' },
  { type: 'journal.restart' },
  // A late answer: meanwhile the facts count as not sent.
  { type: 'journal.saved', revision: view.revision },
  { type: 'journal.saved', revision: view.revision + 1 },
  { type: 'conversation.started' },
  { type: 'journal.lost', failure: { code: 'conversation-lost', message: 'x' } },
  { type: 'journal.failed', failure: { code: 'journal-write-failed', message: 'x' } },
]

export const timers: Pool = ({ _nodes }) =>
  _nodes.flatMap((node) => node.after.map(({ eventType }) => ({ type: eventType }) as ConversationEvent))

export const errors: Pool = ({ children }) =>
  Object.keys(children).map(
    (id) => ({ type: `xstate.error.actor.${id}`, error: new Error('x'), actorId: id }) as unknown as ConversationEvent,
  )

export const refusals: Pool = ({ context: { view } }) => [
  ...(view.open
    ? [
        { type: 'user.stop', partial: refusedPartial } as const,
        { type: 'conversation.close', partial: refusedPartial } as const,
        { type: 'user.send', turnId: `${view.open.id}x`, input: 'x', at: 1, partial: refusedPartial } as const,
      ]
    : []),
  { type: 'reply.refused', refusal: { category: null, explanation: null, textShown: true }, usage },
  { type: 'refusal.ask' },
  { type: 'refusal.resolve', policy: 'drop-turn' },
  { type: 'refusal.resolve', policy: { rewind: 1 } },
  { type: 'refusal.resolve', policy: { rephrase: 'y' } },
]

export const rejections: Pool = () => [
  rejected('request-invalid', true),
  rejected('thinking-invalid'),
  {
    type: 'reply.failed',
    failure: { code: 'api-error', message: 'x', status: 500 },
    retryable: false,
    request: { fields: {}, thinking: false, container: 'container_1' },
  },
  { type: 'rejection.ask' },
  { type: 'rejection.resolve', policy: 'repair' },
  { type: 'rejection.resolve', policy: 'stop' },
  { type: 'rejection.resolve', policy: { rewind: 1 } },
]

export const failures: Pool = () => [{ type: 'reply.failed', failure: overloaded, retryable: false }]

export const resting: Pool = ({ context: { view } }) => [
  { type: 'context.clear' },
  { type: 'queue.release' },
  ...view.queue.map(({ turnId }) => ({ type: 'queue.withdraw', turnId }) as const),
  ...view.turns
    .slice(-1)
    .flatMap(({ id }) => [
      { type: 'turn.retry', turnId: `${id}r`, at: 1 } as const,
      { type: 'user.send', turnId: id, input: 'x', at: 1 } as const,
    ]),
]

export const toolCalls: Pool = ({ context: { view } }) => [
  {
    ...reply,
    content: ['k1', 'k2'].map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })),
    stopReason: 'tool_use',
  },
  ...(view.open?.steps.length ? ['k1', 'k2'] : []).map(
    (callId) => ({ type: 'tool.settled', callId, status: 'settled', result: resultOf(callId) }) as const,
  ),
]

export const approvals: Pool = () => [
  { type: 'tool.ready', callId: 'k1' },
  { type: 'tool.approvalNeeded', callId: 'k1' },
  { type: 'tool.approvalNeeded', callId: 'k2' },
  { type: 'tool.answerNeeded', callId: 'k2' },
  { type: 'tool.approve', callId: 'k1' },
  { type: 'tool.deny', callId: 'k2', reason: 'no' },
  { type: 'tool.answer', callId: 'k2', result: resultOf('k2') },
  { type: 'journal.retry' },
]

export const truncation: Pool = () => [{ ...reply, content: text, stopReason: 'max_tokens' }]

export const pauses: Pool = () => [{ ...reply, content: text, stopReason: 'pause_turn' }]

export const overflows: Pool = ({ context: { view } }) => [
  { ...reply, content: text, stopReason: 'model_context_window_exceeded' },
  { ...reply, content: [{ type: 'compaction', content: 'x' }], stopReason: 'compaction' },
  rejected('prompt-too-long'),
  rejected('request-invalid'),
  { type: 'overflow.resolve', how: 'fail' },
  { type: 'overflow.resolve', how: 'compact' },
  { type: 'context.compact', turnId: `c${view.turns.length}`, at: 1 },
]

export const models: Pool = () => [
  { type: 'refusal.resolve', policy: { fallback: 'm2', from: 'this-turn' } },
  { type: 'refusal.resolve', policy: { fallback: 'm2', from: 'next-turn' } },
  { type: 'model.switch', model: 'm3' },
  rejected('thinking-invalid'),
]

export const branches: Pool = ({ context: { view } }) =>
  view.turns
    .slice(0, 2)
    .flatMap(({ id }) => [
      { type: 'turn.branch', turnId: `${id}b`, of: id, at: 1 } as const,
      { type: 'turn.branch', turnId: `${id}e`, of: id, input: 'z', at: 1 } as const,
      { type: 'turn.branch', turnId: `${id}f`, of: id, at: 1, force: true } as const,
      { type: 'head.switch', to: id } as const,
      { type: 'head.switch', to: id, force: true } as const,
    ])

export const budgets: Pool = () => [
  { type: 'budget.set', budget: { tokens: 0 } },
  { type: 'budget.set', budget: {} },
]
