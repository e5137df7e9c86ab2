// A conversation in a faulty store, whose replies the test gives.
import {
  type Conversation,
  type ConversationOptions,
  openConversation,
  type StoreOptions,
  tool,
} from '../../src/index.ts'
import type { Fact } from '../../src/journal/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { anything } from '../tools/fixtures.ts'
import { faultyStore, type FaultyStore } from './faulty-store.ts'

export const quiet = { warn: () => {}, error: () => {} }

type Given = Partial<ConversationOptions & Omit<StoreOptions, 'store'>>

/** Opens a conversation in this store: a new process, as far as the store can tell. */
export async function opened(faulty: FaultyStore, options: Given = {}) {
  const { source, asked, replies } = createManualSource()
  const chat = await openConversation({
    source,
    model: 'm1',
    maxTokens: 100,
    id: 'c1',
    store: faulty.store,
    logger: quiet,
    ...options,
  })
  const told: string[] = []
  chat.on('*', ({ type }) => void (type === 'state' || told.push(type)))
  return { chat, asked, replies, told }
}

/** A new conversation in a store of its own. */
export async function begun(options: Given = {}) {
  const faulty = faultyStore()
  return { faulty, ...(await opened(faulty, options)) }
}

/** Resolves with the next event of this type. */
export const next = (chat: Conversation, type: Parameters<Conversation['on']>[0]): Promise<unknown> =>
  new Promise((resolve) => {
    const end = chat.on(type, (notice) => {
      end()
      resolve(notice)
    })
  })

/** A tool whose runs the test sees and ends. */
export function watchedTool(name: string, needsApproval = false) {
  const runs: { readonly callId: string; readonly end: (result: string) => void }[] = []
  const waiting: (() => void)[] = []
  const definition = tool({
    name,
    input: anything,
    needsApproval,
    run: (_, { callId }) =>
      new Promise<string>((resolve) => {
        runs.push({ callId, end: resolve })
        for (const wake of waiting.splice(0)) wake()
      }),
  })
  const running = async (count: number) => {
    while (runs.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { definition, runs, running }
}

/** The types of facts. */
export const typesOf = (facts: readonly Fact[]): readonly string[] => facts.map(({ type }) => type)

/** Blocks that call a tool. */
export const calls = (name: string, ...ids: readonly string[]) =>
  ids.map((id) => ({ type: 'tool_use', id, name, input: {} }))
