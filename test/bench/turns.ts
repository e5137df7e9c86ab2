// What a turn costs as the conversation grows, with its request. It is made, and then handed to a client that does not write it as
// JSON: that is linear in what is sent, whoever sends it.
// CPU of single turns is short and noisy, so turns 2 to 6 stand for turn 2 and turns 196 to 200 for turn 200.
import { setImmediate } from 'node:timers/promises'
import { claude, createConversation } from './built.ts'
import { localClient } from './local-client.ts'
import { collectRecent, cpu, type Figure, figureOf, median } from './measure.ts'
import { deltas, textReply, toSse } from './replies.ts'
import { model, prompt } from './requests.ts'

const turnCount = 200
const deltasPerTurn = 100
const window = 5
/** Conversations that do not count: a chart takes a thousand turns to be compiled. */
const warmups = 6

const reply = new TextEncoder().encode(textReply(deltas(deltasPerTurn)).map(toSse).join(''))

/** Turn 200 : turn 2, in so many conversations. */
export async function turnRatio(conversations: number): Promise<Figure> {
  const ratios: number[] = []
  for (let conversation = -warmups; conversation < conversations; conversation++) {
    collectRecent()
    const costs = await oneConversation()
    if (conversation >= 0) ratios.push(median(costs.slice(-window)) / median(costs.slice(1, 1 + window)))
  }
  return figureOf(ratios)
}

/** Microseconds of CPU, turn by turn. */
async function oneConversation(): Promise<readonly number[]> {
  const chat = createConversation({ source: claude(localClient(() => reply)), model, maxTokens: 1024 })
  chat.on('delta', () => {})
  const costs: number[] = []
  for (let turn = 0; turn < turnCount; turn++) {
    await setImmediate()
    const before = cpu()
    const { status } = await chat.sendMessage(prompt)
    await setImmediate()
    costs.push(cpu() - before)
    if (status !== 'completed') throw new Error(`Turn ${turn} is ${status}.`)
  }
  await chat.close()
  return costs
}
