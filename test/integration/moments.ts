// The moments at which a turn can be stopped or closed.
import type { Conversation, ConversationOptions } from '../../src/index.ts'
import { httpError, refuse, reply, type ScriptStep, text, thinking, toolUse } from '../../src/testing/index.ts'
import type { conversing } from './simulated.ts'
import { weatherTool } from './weather.ts'

type World = Awaited<ReturnType<typeof conversing>>

/** Resolves at the n-th event of a type. */
export const told = (chat: Conversation, type: Parameters<Conversation['on']>[0], nth = 1) =>
  new Promise<void>((resolve) => {
    let left = nth
    chat.on(type, () => {
      left -= 1
      if (left === 0) resolve()
    })
  })

const { weather } = weatherTool(() => new Promise(() => {}))
const deleting = { ...weather, name: 'delete', needsApproval: true }

interface Moment {
  readonly name: string
  readonly steps: readonly ScriptStep[]
  readonly options?: Partial<ConversationOptions>
  /** Resolves once the conversation has reached the moment. */
  readonly there: (world: World) => Promise<unknown>
  /** The partial reply that was shown and can be kept. */
  readonly shown?: string
  /** The state of the last request. */
  readonly open: 'nothing' | 'request' | 'reply'
}

const stalled = (content: Parameters<typeof reply>[0], deltas: number) =>
  reply(content, { faults: { stallAfterDeltas: deltas } })

export const moments: readonly Moment[] = [
  {
    name: 'before the API answers',
    steps: [reply('never', { faults: { stallBeforeHeaders: true } })],
    there: ({ sim }) => sim.waitForRequest(1),
    open: 'request',
  },
  {
    name: 'in the text',
    steps: [stalled([text('one ', 'two ', 'three')], 2)],
    there: ({ chat }) => told(chat, 'delta', 2),
    shown: 'one two ',
    open: 'reply',
  },
  {
    name: 'in the thinking',
    steps: [stalled([thinking('let ', 'me ', 'think')], 2)],
    there: ({ chat }) => told(chat, 'delta', 2),
    open: 'reply',
  },
  {
    name: 'in the input of a tool',
    steps: [stalled([text('I ', 'look.'), toolUse('weather', { city: 'Llanfairpwllgwyngyll' })], 4)],
    options: { tools: [weather] },
    there: ({ chat }) => told(chat, 'delta', 4),
    shown: 'I look.',
    open: 'reply',
  },
  {
    name: 'during the backoff before an attempt',
    steps: [httpError(529)],
    options: { retry: { baseDelay: 60_000 } },
    there: ({ chat }) => told(chat, 'retry.scheduled'),
    open: 'nothing',
  },
  {
    name: 'while tools run',
    steps: [reply([text('I look.'), toolUse('weather', { city: 'Rome' })])],
    options: { tools: [weather] },
    there: ({ chat }) => told(chat, 'toolCall.started'),
    shown: 'I look.',
    open: 'nothing',
  },
  {
    name: 'while a call waits for approval',
    steps: [reply([text('I delete.'), toolUse('delete', { city: 'Rome' })])],
    options: { tools: [deleting] },
    there: ({ chat }) => told(chat, 'toolCall.approvalRequested'),
    shown: 'I delete.',
    open: 'nothing',
  },
  {
    name: 'while a call waits for the app',
    steps: [reply([text('Who are you?'), toolUse('ask')])],
    options: { tools: [{ name: 'ask', input_schema: { type: 'object' } }] },
    there: ({ chat }) => told(chat, 'toolCall.answerRequested'),
    shown: 'Who are you?',
    open: 'nothing',
  },
  {
    name: 'in the reply after tools',
    steps: [reply([toolUse('weather', { city: 'Rome' })]), stalled([text('sunny ', 'and ', 'warm')], 1)],
    options: { tools: [weatherTool().weather] },
    there: async ({ chat, sim }) => {
      await sim.waitForRequest(2)
      await told(chat, 'delta')
    },
    shown: 'sunny ',
    open: 'reply',
  },
  {
    name: 'during the decision about an overflow',
    steps: [reply([text('half ', 'of')], { stopReason: 'model_context_window_exceeded' })],
    options: { onOverflow: () => new Promise<never>(() => {}) },
    there: ({ chat }) => reached(chat, 'overflowed.deciding'),
    shown: 'half of',
    open: 'nothing',
  },
  {
    name: 'during the compaction for an overflow',
    steps: [
      reply([text('half ', 'of')], { stopReason: 'model_context_window_exceeded' }),
      reply('never', { faults: { stallBeforeHeaders: true } }),
    ],
    options: { onOverflow: 'compact' },
    there: ({ sim }) => sim.waitForRequest(2),
    shown: 'half of',
    open: 'request',
  },
  {
    name: 'in the reply of a fallback',
    steps: [refuse(), stalled([text('one ', 'two ', 'three')], 2)],
    options: { onRefusal: { fallback: [{ model: 'claude-opus-5' }] } },
    there: ({ chat }) => told(chat, 'delta', 2),
    shown: 'one two ',
    open: 'reply',
  },
  {
    name: 'before a fallback answers',
    steps: [refuse(), reply('never', { faults: { stallBeforeHeaders: true } })],
    options: { onRefusal: { fallback: [{ model: 'claude-opus-5' }] } },
    there: ({ sim }) => sim.waitForRequest(2),
    open: 'request',
  },
]

/** Resolves once the chart is in a state. */
const reached = (chat: Conversation, state: string) =>
  new Promise<void>((resolve) => {
    chat.on('state', ({ to }) => {
      if (to === state) resolve()
    })
  })
