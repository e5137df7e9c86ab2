import { SimulatedClock } from 'xstate'
import { type Conversation, type ConversationOptions, createConversation, TurnstateError } from '../../src/index.ts'
import { createManualSource } from './manual-source.ts'

/** A conversation with a manual source, a simulated clock, and counted ids. */
export function start(options: Partial<ConversationOptions> = {}) {
  const manual = createManualSource()
  const clock = new SimulatedClock()
  const logged: unknown[][] = []
  let ids = 0
  const log = (...entry: unknown[]) => void logged.push(entry)
  const chat: Conversation = createConversation({
    source: manual.source,
    model: 'm1',
    maxTokens: 100,
    clock,
    now: () => 1_000,
    generateId: () => `t${++ids}`,
    id: 'c1',
    logger: { warn: log, error: log },
    ...options,
  })
  /** Sends a message and resolves with its request. */
  const ask = async (text: string) => {
    const nth = manual.replies.length + 1
    const turn = chat.sendMessage(text)
    return { turn, reply: await manual.asked(nth) }
  }
  /** Sends a message and answers it at once. */
  const exchange = async (text: string, answer: string) => {
    const { turn, reply } = await ask(text)
    reply.answer(answer)
    return turn
  }
  return { chat, clock, logged, ask, exchange, ...manual }
}

/** Resolves once a conversation, or anything else with `subscribe`, satisfies a condition. */
export const until = (told: { subscribe(listener: () => void): () => void }, isThere: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (isThere()) return resolve()
    const end = told.subscribe(() => {
      if (!isThere()) return
      end()
      resolve()
    })
  })

export async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const event of events) all.push(event)
  return all
}

/** The code of the TurnstateError that a function throws. */
export function codeOf(run: () => unknown): string | undefined {
  const thrown = thrownBy(run)
  return TurnstateError.is(thrown) ? thrown.code : undefined
}

/** What a function throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
