// The fields that an event needs so that a chart can take it. Viewers send what people typed, sometimes only a type. An event
// with missing fields would end the conversation.
import type { ConversationEvent, ToolCallEvent, ToolCallsEvent } from '../../../machines/index.ts'
import { isPolicyWord, isRejectionWord, overflowPolicies } from '../../journal/index.ts'
import { isRecord } from '../../objects.ts'

type Kind =
  | 'text'
  | 'text or null'
  | 'number'
  | 'flag'
  | 'object'
  | 'list'
  | 'content'
  | 'policy'
  | 'rejection policy'
  | 'how'
  | 'status'

type ChartEvent = ConversationEvent | ToolCallEvent | ToolCallsEvent

/** The types that viewers may send: not those of XState itself. */
type EventType = Exclude<ChartEvent['type'], `xstate.${string}`>

const turn = { turnId: 'text', at: 'number' } as const
const call = { callId: 'text' } as const
const reply = { model: 'text', promptHash: 'text', content: 'list', usage: 'object' } as const

const fields: Readonly<Record<EventType, Readonly<Record<string, Kind>>>> = {
  'user.send': { ...turn, input: 'content' },
  'user.stop': {},
  'turn.retry': turn,
  'turn.branch': { ...turn, of: 'text' },
  'head.switch': { to: 'text or null' },
  'context.clear': {},
  'context.compact': turn,
  'budget.set': { budget: 'object' },
  'model.switch': { model: 'text' },
  'queue.withdraw': { turnId: 'text' },
  'queue.release': {},
  'conversation.close': {},
  'reply.opened': {},
  'reply.finished': { ...reply, stopReason: 'text' },
  'reply.refused': { refusal: 'object', usage: 'object' },
  'reply.rejected': { failure: 'object', fields: 'object', thinking: 'flag', shown: 'flag' },
  'rejection.resolve': { policy: 'rejection policy' },
  'rejection.ask': {},
  'reply.failed': { failure: 'object', retryable: 'flag' },
  'refusal.resolve': { policy: 'policy' },
  'refusal.ask': {},
  'overflow.resolve': { how: 'how' },
  'journal.ready': {},
  'journal.saved': { revision: 'number' },
  'journal.failed': { failure: 'object' },
  'journal.lost': { failure: 'object' },
  'journal.retry': {},
  'journal.restart': {},
  'conversation.started': {},
  'tool.ready': call,
  'tool.approvalNeeded': call,
  'tool.answerNeeded': call,
  'tool.settled': { ...call, status: 'status', result: 'object' },
  'tool.approve': call,
  'tool.deny': call,
  'tool.answer': { ...call, result: 'object' },
  'call.start': call,
  'call.approve': call,
  'call.deny': call,
  'call.answer': { ...call, result: 'object' },
  'call.ended': { index: 'number', status: 'status', result: 'object' },
  'call.interrupt': {},
  'needs.place': {},
  'needs.approval': {},
  'needs.answer': {},
  'needs.unmet': { result: 'object' },
  'needs.rerun': {},
  'needs.nothing': {},
  'run.settled': { result: 'object' },
  'run.failed': { result: 'object' },
  'place.given': {},
  'place.lost': { toolset: 'text' },
  'place.wanted': { index: 'number' },
  'start.wanted': { index: 'number' },
  'approval.wanted': { index: 'number' },
  'answer.wanted': { index: 'number' },
  'slot.started': {},
  'slot.ready': {},
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const isBlocks = (value: unknown): boolean => Array.isArray(value) && value.every((block: unknown) => isRecord(block))

const is: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: isText,
  'text or null': (value) => value === null || isText(value),
  number: (value) => typeof value === 'number',
  flag: (value) => typeof value === 'boolean',
  object: isRecord,
  list: isBlocks,
  content: (value) => isText(value) || (isBlocks(value) && Array.isArray(value) && value.length > 0),
  policy: (value) => isPolicyWord(value) || isRecord(value),
  'rejection policy': (value) => isRejectionWord(value) || isRecord(value),
  how: (value) => overflowPolicies.some((policy) => policy === value),
  status: (value) => ['settled', 'denied', 'failed', 'timedOut', 'cancelled'].some((status) => status === value),
}

/** Whether an event has every field that the charts read of its type. `false` for types that no chart knows. */
export function isWhole(event: { readonly type: string } & Readonly<Record<string, unknown>>): boolean {
  const needed = Object.entries(fields).find(([type]) => type === event.type)?.[1]
  return needed !== undefined && Object.entries(needed).every(([name, kind]) => is[kind](event[name]))
}
