// What a turn costs as the conversation grows. The source is in this process and hands out events that were made
// beforehand, so what is left is our own: the chart, the journal, the draft, the listeners.
// Making the request is linear in what is sent, and is to be left out. Taking its time off does not do that: what it
// leaves behind, garbage and cold caches, slows down the rest of the turn. So the context is cleared before the turns
// that are measured: the conversation is as long as ever, and there is nothing to send. The same turns with their
// whole history are shown beside, with the time between the start of the draft and the call of the source, which is
// when the request is made.
// CPU of single turns is short and noisy, so turns 2 to 6 stand for turn 2 and turns 196 to 200 for turn 200, in the
// median over several conversations.
import { setImmediate } from 'node:timers/promises'
import type { MessageSource, SourceEvent } from '../../src/index.ts'
import { createConversation } from './built.ts'
import { collectRecent, cpu, median } from './measure.ts'
import { deltas } from './replies.ts'

const turnCount = 200
const deltasPerTurn = 200
const window = 5
/** Indices of the turns that are measured. */
const firstEarly = 1
const firstLate = turnCount - window
const model = 'claude-opus-4-6'

/** Microseconds of CPU. */
export interface TurnCost {
  /** The turn without making its request. */
  readonly turn: number
  /** Making the request. */
  readonly request: number
}

export interface TurnCosts {
  readonly deltasPerTurn: number
  readonly cleared: { readonly early: TurnCost; readonly late: TurnCost }
  readonly withHistory: { readonly early: TurnCost; readonly late: TurnCost }
}

export async function turnCosts(conversations: number): Promise<TurnCosts> {
  return {
    deltasPerTurn,
    cleared: await earlyAndLate(conversations, true),
    withHistory: await earlyAndLate(conversations, false),
  }
}

async function earlyAndLate(conversations: number, cleared: boolean) {
  const early: TurnCost[] = []
  const late: TurnCost[] = []
  for (let conversation = -2; conversation < conversations; conversation++) {
    collectRecent()
    const costs = await oneConversation(cleared)
    if (conversation < 0) continue
    early.push(...costs.slice(firstEarly, firstEarly + window))
    late.push(...costs.slice(firstLate))
  }
  return { early: medianOf(early), late: medianOf(late) }
}

const medianOf = (costs: readonly TurnCost[]): TurnCost => ({
  turn: median(costs.map(({ turn }) => turn)),
  request: median(costs.map(({ request }) => request)),
})

async function oneConversation(cleared: boolean): Promise<readonly TurnCost[]> {
  let requestStart = 0
  let request = 0
  const source = scripted(() => {
    request = cpu() - requestStart
  })
  const chat = createConversation({ source, model, maxTokens: 1024 })
  chat.on('delta', () => {})
  let followed: unknown
  chat.actor.subscribe(({ children: { reply: child } }) => {
    if (child === followed) return
    followed = child
    child?.on('draft.started', () => {
      requestStart = cpu()
    })
  })
  const costs: TurnCost[] = []
  for (let turn = 0; turn < turnCount; turn++) {
    if (cleared && (turn === firstEarly || turn === firstLate)) chat.clear()
    await setImmediate()
    const before = cpu()
    await chat.sendMessage('Go on.')
    await setImmediate()
    costs.push({ turn: cpu() - before - request, request })
  }
  return costs
}

const reply: readonly (readonly SourceEvent[])[] = [
  [
    { type: 'opened' },
    { type: 'message.started', model, usage: { inputTokens: 12, outputTokens: 1 } },
    { type: 'block.started', index: 0, block: { type: 'text', text: '' } },
  ],
  ...inTens(deltas(deltasPerTurn).map((text): SourceEvent => ({ type: 'block.delta', index: 0, kind: 'text', text }))),
  [
    { type: 'block.stopped', index: 0 },
    { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: deltasPerTurn } },
    { type: 'message.stopped' },
  ],
]

const scripted =
  (onRequest: () => void): MessageSource =>
  () => {
    onRequest()
    return replyChunks()
  }

async function* replyChunks() {
  yield* reply
}

function inTens<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / 10) }, (_, index) => items.slice(index * 10, index * 10 + 10))
}
