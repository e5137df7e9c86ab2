import Anthropic from '@anthropic-ai/sdk'
import { type Conversation, type ConversationOptions, claude, createConversation } from '../../src/index.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/testing/index.ts'

const running: { chats: Conversation[]; simulators: Simulator[] } = { chats: [], simulators: [] }

/** A simulator, and a conversation with it through the real SDK over real HTTP. */
export async function simulated(simulator: SimulatorOptions = {}, options: Partial<ConversationOptions> = {}) {
  const sim = await startSimulator(simulator)
  running.simulators.push(sim)
  const create = (more: Partial<ConversationOptions> = {}) => {
    const chat = createConversation({
      source: claude(new Anthropic({ apiKey: 'key', baseURL: sim.url })),
      model: 'claude-opus-5-5',
      maxTokens: 1_000,
      retry: { baseDelay: 1 },
      ...options,
      ...more,
    })
    running.chats.push(chat)
    return chat
  }
  /** Texts of the n-th request's messages; -1 is the last one. */
  const asked = (nth: number): readonly string[] => {
    const body = sim.requests.at(nth)?.body as unknown as Anthropic.MessageCreateParams | undefined
    const messages = body?.messages ?? []
    return messages.map(({ content }) =>
      typeof content === 'string'
        ? content
        : content.map((block) => (block.type === 'text' ? block.text : block.type)).join(''),
    )
  }
  return { sim, chat: create(), create, asked }
}

/** Ends what the tests started, so that none leaves a socket to the next. */
export async function endAll(): Promise<void> {
  await Promise.all(running.chats.splice(0).map((chat) => chat.close()))
  await Promise.all(running.simulators.splice(0).map((simulator) => simulator.close()))
}
