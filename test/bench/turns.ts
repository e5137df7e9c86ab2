// What a turn costs as the conversation grows. The source is in this process and hands out events that were made
// beforehand, so what is left is our own: the chart, the journal, the draft, the listeners.
// Making the request is linear in what is sent, and is to be left out. Taking its time off does not do that: what it
// leaves behind, garbage and cold caches, slows down the rest of the turn. So the context is cleared before the turns
// that are measured: the conversation is as long as ever, and there is nothing to send. The same turns with their
// whole history are shown beside, with the time between the start of the draft and the call of the source, which is
// when the request is made.
// CPU of single turns is short and noisy, so turns 2 to 6 stand for turn 2 and turns 196 to 200 for turn 200, in the
// median over several conversations. With tools, each turn is a reply that calls one, its result, and the answer.
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { MessageSource, SourceEvent } from '../../src/index.ts'
import { createConversation, tool } from './built.ts'
import { collectRecent, cpu, median } from './measure.ts'
import { deltas } from './replies.ts'
import { model, prompt } from './requests.ts'

const turnCount = 200
const deltasPerTurn = 200
const window = 5
/** Indices of the turns that are measured. */
const firstEarly = 1
const firstLate = turnCount - window

/** Microseconds of CPU. */
export interface TurnCost {
  /** The turn without making its requests. */
  readonly turn: number
  /** Making them. */
  readonly request: number
}

interface EarlyAndLate {
  readonly early: TurnCost
  readonly late: TurnCost
  /** All turns of a conversation, requests included. */
  readonly whole: number
}

export interface TurnCosts {
  readonly deltasPerTurn: number
  readonly cleared: EarlyAndLate
  readonly withHistory: EarlyAndLate
}

export async function turnCosts(conversations: number, withTools: boolean): Promise<TurnCosts> {
  return {
    deltasPerTurn,
    cleared: await earlyAndLate(conversations, withTools, true),
    withHistory: await earlyAndLate(conversations, withTools, false),
  }
}

async function earlyAndLate(conversations: number, withTools: boolean, cleared: boolean): Promise<EarlyAndLate> {
  const early: TurnCost[] = []
  const late: TurnCost[] = []
  const whole: number[] = []
  for (let conversation = -2; conversation < conversations; conversation++) {
    collectRecent()
    const costs = await oneConversation(withTools, cleared)
    if (conversation < 0) continue
    early.push(...costs.slice(firstEarly, firstEarly + window))
    late.push(...costs.slice(firstLate))
    whole.push(costs.reduce((sum, { turn, request }) => sum + turn + request, 0))
  }
  return { early: medianOf(early), late: medianOf(late), whole: median(whole) }
}

const medianOf = (costs: readonly TurnCost[]): TurnCost => ({
  turn: median(costs.map(({ turn }) => turn)),
  request: median(costs.map(({ request }) => request)),
})

async function oneConversation(withTools: boolean, cleared: boolean): Promise<readonly TurnCost[]> {
  let requestStart = 0
  let request = 0
  const source = scripted(withTools ? [call, answer] : [answer], () => {
    request += cpu() - requestStart
  })
  const chat = createConversation({ source, model, maxTokens: 1024, ...(withTools ? { tools: [weather] } : {}) })
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
    request = 0
    const before = cpu()
    const { status, attempts } = await chat.sendMessage(prompt)
    await setImmediate()
    costs.push({ turn: cpu() - before - request, request })
    if (status !== 'completed' || attempts.length !== (withTools ? 2 : 1)) throw new Error(`Turn ${turn} is ${status}.`)
  }
  return costs
}

type Chunks = readonly (readonly SourceEvent[])[]

const weather = tool({
  name: 'weather',
  description: 'The weather in a city, now.',
  input: z.object({ city: z.string() }),
  run: ({ city }) => ({ city, sky: 'clear' }),
})

const usage = { outputTokens: deltasPerTurn }
const opening: readonly SourceEvent[] = [
  { type: 'opened' },
  { type: 'message.started', model, usage: { inputTokens: 12, outputTokens: 1 } },
]
const ending = (stopReason: string): readonly SourceEvent[] => [
  { type: 'block.stopped', index: 0 },
  { type: 'message.delta', stopReason, usage },
  { type: 'message.stopped' },
]

const answer = (): Chunks => answerChunks

const answerChunks: Chunks = [
  [...opening, { type: 'block.started', index: 0, block: { type: 'text', text: '' } }],
  ...inTens(deltas(deltasPerTurn).map((text): SourceEvent => ({ type: 'block.delta', index: 0, kind: 'text', text }))),
  ending('end_turn'),
]

/** Each call has an id of its own. */
const call = (id: number): Chunks => [
  [
    ...opening,
    {
      type: 'block.started',
      index: 0,
      block: { type: 'tool_use', id: `toolu_${id}`, name: 'weather', input: {} },
    },
    ...['{"city"', ': "Ro', 'me"}'].map((text): SourceEvent => ({
      type: 'block.delta',
      index: 0,
      kind: 'toolInput',
      text,
    })),
    ...ending('tool_use'),
  ],
]

function scripted(replies: readonly ((id: number) => Chunks)[], onRequest: () => void): MessageSource {
  let asked = 0
  return () => {
    onRequest()
    return inOrder(replies[asked % replies.length]?.(asked++) ?? [])
  }
}

async function* inOrder(chunks: Chunks) {
  yield* chunks
}

function inTens<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / 10) }, (_, index) => items.slice(index * 10, index * 10 + 10))
}
