import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'vitest'
import { type Conversation, type ConversationOptions, claude, createConversation } from '../../src/index.ts'
import { type ScriptStep, type Simulator, type SimulatorOptions, startSimulator } from '../../src/testing/index.ts'

const running: { chats: Conversation[]; simulators: Simulator[] } = { chats: [], simulators: [] }

/** The fields of a request body that tests read. */
type Body = Readonly<Record<string, unknown>> & {
  readonly messages: readonly { readonly role: string; readonly content: string | readonly WireBlock[] }[]
}

type WireBlock = Readonly<Record<string, unknown>> & { readonly type: string }

/** A simulator and a conversation that reaches it through the real SDK over real HTTP. */
export async function simulated(simulator: SimulatorOptions = {}, options: Partial<ConversationOptions> = {}) {
  const sim = await startSimulator(simulator)
  running.simulators.push(sim)
  /** Indexes of the requests that were refused. */
  const refusals: number[] = []
  const follow = (chat: Conversation) => {
    running.chats.push(chat)
    chat.on('turn.refused', () => void refusals.push(sim.requests.length - 1))
    return chat
  }
  const create = (more: Partial<ConversationOptions> = {}) =>
    follow(
      createConversation({
        source: claude(new Anthropic({ apiKey: 'key', baseURL: sim.url })),
        model: 'claude-opus-5-5',
        maxTokens: 1_000,
        retry: { baseDelay: 1 },
        ...options,
        ...more,
      }),
    )
  const body = (nth: number) => sim.requests.at(nth)?.body as unknown as Body
  /** The texts of the messages of the n-th request; -1 is the last one. */
  const asked = (nth: number): readonly string[] =>
    (body(nth)?.messages ?? []).map(({ content }) =>
      typeof content === 'string'
        ? content
        : content.map((block) => (block.type === 'text' ? String(block['text']) : block.type)).join(''),
    )
  /** The blocks of these types in the n-th request, in order. */
  const sent = (nth: number, ...types: readonly string[]): readonly WireBlock[] =>
    body(nth)
      .messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content))
      .filter(({ type }) => types.includes(type))
  /** The conversation can continue: the next request is accepted, and no request since a refusal contains refused text. */
  const goesOn = async (chat: Conversation, ...refused: readonly string[]) => {
    const { status, error } = await chat.sendMessage('And now?')
    expect(status, error?.message).toBe('completed')
    expect(sim.requests.at(-1)?.status).toBe(200)
    for (const said of refused) {
      const holds = (index: number) => sim.requests[index]?.text.includes(said) ?? false
      const since = refusals.find(holds) ?? -1
      const carriers = sim.requests.filter(({ index }) => index > since && holds(index))
      expect(carriers.map(({ index }) => `request ${index} carries ${said}`)).toEqual([])
    }
  }
  return { sim, chat: create(), create, follow, asked, body, sent, goesOn }
}

/** Like `simulated`, with a simulator that plays these steps first and answers on its own afterwards. */
export async function conversing(
  steps: readonly ScriptStep[],
  options: Partial<ConversationOptions> = {},
  simulator: SimulatorOptions = {},
) {
  const left = [...steps]
  const world = await simulated({ ...simulator, script: () => left.shift() }, options)
  return {
    ...world,
    /** Makes the simulator play these steps next. */
    next: (...more: readonly ScriptStep[]) => void left.push(...more),
    goesOn: async (...given: Parameters<typeof world.goesOn>) => {
      expect(left).toEqual([])
      await world.goesOn(...given)
    },
  }
}

/** Closes what a test started, so that no socket outlives it. */
export async function endAll(): Promise<void> {
  await Promise.all(running.chats.splice(0).map((chat) => chat.close()))
  await Promise.all(running.simulators.splice(0).map((simulator) => simulator.close()))
}
