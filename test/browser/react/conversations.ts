// Conversations whose replies a test gives by hand, in the browser and on the server that renders its page.
import { z } from 'zod'
import { type Conversation, createConversation, type OnRefusal, tool } from '../../../src/index.ts'
import { createManualSource } from '../../conversation/manual-source.ts'

/** What a test says about a conversation, as JSON. */
export interface OpenOptions {
  readonly onRefusal?: OnRefusal
  /** Messages that it begins with: of the user and of the model in turn. */
  readonly begins?: readonly string[]
}

/** A conversation with counted ids, a manual source, a tool that needs approval, and counted subscribers. */
export function open({ onRefusal = 'drop-turn', begins = [] }: OpenOptions = {}) {
  const { source, asked, replies } = createManualSource()
  let ids = 0
  const chat = createConversation({
    source,
    model: 'm1',
    maxTokens: 100,
    now: () => 1_000,
    generateId: () => `t${++ids}`,
    id: 'c1',
    onRefusal,
    retry: { maxAttempts: 1 },
    messages: begins.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
    tools: [tool({ name: 'mail', input: z.object({ to: z.string() }), needsApproval: true, run: () => 'sent' })],
  })
  const subscribers = { now: 0, ever: 0 }
  const subscribe = (listener: () => void) => {
    subscribers.now++
    subscribers.ever++
    const end = chat.subscribe(listener)
    return () => {
      subscribers.now--
      end()
    }
  }
  const counted = Object.create(chat, { subscribe: { value: subscribe } }) as Conversation
  return { chat: counted, subscribers, asked, replies }
}
