// Small graphs of the whole chart: each has every state in it, and some of what can come to one.
import type { ConversationInput } from '../../machines/index.ts'
import * as pools from './pools.ts'

export interface Graph {
  readonly settings: ConversationInput['settings']
  /** The most settled turns of a conversation. */
  readonly turns: number
  /** Ids of the messages that users send. */
  readonly sends: number
  /** The events that it adds to sends, stops, plain replies and a journal that stores. */
  readonly pools: readonly pools.Pool[]
}

const troubles = [pools.journalTroubles, pools.timers, pools.errors]
const anything = [...troubles, pools.refusals, pools.failures, pools.resting]

/** Several small graphs cover more than a large one: what each leaves out does not affect it. */
export const graphs: Readonly<Record<string, Graph>> = {
  'with whenBusy "reject"': {
    settings: { whenBusy: 'reject', maxAttempts: 2, maxSteps: 2 },
    turns: 2,
    sends: 2,
    pools: [...anything, pools.toolCalls],
  },
  'with whenBusy "queue"': {
    settings: { whenBusy: 'queue', maxAttempts: 2 },
    turns: 2,
    sends: 3,
    pools: anything,
  },
  'with whenBusy "interrupt"': {
    settings: { whenBusy: 'interrupt', maxAttempts: 2 },
    turns: 2,
    sends: 3,
    pools: anything,
  },
  'with whenBusy "interrupt", while tools run': {
    settings: { whenBusy: 'interrupt', maxAttempts: 1, maxSteps: 2 },
    turns: 2,
    sends: 2,
    pools: [...anything, pools.toolCalls],
  },
  'with stops that come too late': {
    settings: { maxAttempts: 1, maxSteps: 2 },
    turns: 1,
    sends: 2,
    pools: [...troubles, pools.lateStops, pools.refusals, pools.failures, pools.toolCalls, pools.rejections],
  },
  'through rejections': {
    settings: { maxAttempts: 1, maxSteps: 2, whenBusy: 'interrupt' },
    turns: 2,
    sends: 3,
    pools: [...troubles, pools.rejections, pools.toolCalls],
  },
  'through approvals and answers': {
    settings: { maxAttempts: 1, maxSteps: 2 },
    turns: 1,
    sends: 1,
    pools: [pools.toolCalls, pools.approvals],
  },
  'through overflows and compactions': {
    settings: { maxAttempts: 1, maxSteps: 2 },
    turns: 4,
    sends: 2,
    pools: [pools.overflows],
  },
  'through pools.overflows, while nothing can be relied on': {
    settings: { maxAttempts: 1, maxSteps: 2 },
    turns: 3,
    sends: 1,
    pools: [...troubles, pools.overflows, pools.refusals],
  },
  'through continuations and pauses': {
    settings: { maxAttempts: 1, maxSteps: 2, onTruncated: 'continue', maxContinuations: 1 },
    turns: 3,
    sends: 2,
    pools: [...troubles, pools.truncation, pools.pauses, pools.refusals],
  },
  'between models': {
    settings: { maxAttempts: 1, outageModels: ['m1', 'm2'], returnAfter: 1 },
    turns: 2,
    sends: 2,
    pools: [...troubles, pools.models, pools.refusals],
  },
  'over branches': {
    settings: { maxAttempts: 1 },
    turns: 3,
    sends: 2,
    pools: [...troubles, pools.branches, pools.refusals, pools.resting],
  },
  'over budget and back': {
    settings: { maxAttempts: 1 },
    turns: 2,
    sends: 2,
    pools: [...troubles, pools.budgets, pools.resting],
  },
}
