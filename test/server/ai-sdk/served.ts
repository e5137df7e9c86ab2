// A server for clients of the AI SDK on a real port, with the simulator behind it.
import { serve, type ServerType } from '@hono/node-server'
import Anthropic from '@anthropic-ai/sdk'
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, type UIMessage } from 'ai'
import { Hono } from 'hono'
import {
  claude,
  type Conversation,
  type ConversationOptions,
  memoryStore,
  openConversation,
  TurnstateError,
} from '../../../src/index.ts'
import {
  aiRoutes,
  type AiRoutesOptions,
  type TurnstateData,
  type TurnstateMetadata,
} from '../../../src/server/ai-sdk/index.ts'
import type { Rooms, ServerEnv } from '../../../src/server/context.ts'
import { createManualSource } from '../../conversation/manual-source.ts'
import { type ScriptStep, type Simulator, type SimulatorOptions, startSimulator } from '../../../src/testing/index.ts'

/** A message as an app types it. */
export type Message = UIMessage<TurnstateMetadata, TurnstateData>

type ClientOptions = ConstructorParameters<typeof Chat<Message>>[0] & { readonly api?: string }

const running: { servers: ServerType[]; simulators: Simulator[]; chats: Promise<Conversation>[] } = {
  servers: [],
  simulators: [],
  chats: [],
}

/** Ends everything that a test started. */
export async function endAll(): Promise<void> {
  for (const server of running.servers.splice(0))
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  for (const chat of running.chats.splice(0)) await (await chat).close({ timeout: 1_000 })
  for (const simulator of running.simulators.splice(0)) await simulator.close()
}

/** Conversations in memory, each opened once. `guests` counts those who have not left. */
function createRooms(options: ConversationOptions): Rooms & { readonly guests: () => number; open: Rooms['enter'] } {
  const store = memoryStore()
  const chats = new Map<string, Promise<Conversation>>()
  let guests = 0
  const enterOrCreate: Rooms['enterOrCreate'] = async (id) => {
    let chat = chats.get(id)
    if (!chat) {
      chat = openConversation({ ...options, store, id })
      chats.set(id, chat)
      running.chats.push(chat)
    }
    guests++
    const opened = await chat
    return { chat: opened, leave: () => void guests-- }
  }
  const enter: Rooms['enter'] = async (id, principal) => {
    if (!chats.has(id)) throw new TurnstateError('conversation-unknown', 'There is no such conversation.')
    return enterOrCreate(id, principal)
  }
  return {
    enter,
    enterOrCreate,
    open: (...[id, principal]: Parameters<Rooms['enter']>) => enterOrCreate(id, principal),
    guests: () => guests,
  }
}

export interface ServedOptions {
  readonly conversation?: Partial<ConversationOptions>
  readonly simulator?: SimulatorOptions
  readonly routes?: AiRoutesOptions
  /** Serves further paths: a page, say. */
  readonly more?: (app: Hono<ServerEnv>) => void
}

/** Serves a conversation whose model says these steps first. */
export async function served(
  steps: readonly ScriptStep[],
  { conversation, simulator, routes, more }: ServedOptions = {},
) {
  const left = [...steps]
  const sim = await startSimulator({ script: () => left.shift(), ...simulator })
  running.simulators.push(sim)
  const rooms = createRooms({
    source: claude(new Anthropic({ apiKey: 'key', baseURL: sim.url })),
    model: 'claude-opus-5-5',
    maxTokens: 1_000,
    retry: { baseDelay: 1 },
    ...conversation,
  })
  const app = new Hono<ServerEnv>()
  app.use(async (c, next) => {
    c.set('principal', { id: 'ann' })
    await next()
  })
  app.route('/', aiRoutes(rooms, routes))
  app.onError((error, c) =>
    TurnstateError.is(error)
      ? c.json({ code: error.code, detail: error.message }, error.code === 'conversation-unknown' ? 404 : 409)
      : c.json({ detail: String(error) }, 500),
  )
  more?.(app)
  let cut = () => {}
  const url = await new Promise<string>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    )
    cut = () => {
      if ('closeAllConnections' in server) server.closeAllConnections()
    }
    running.servers.push(server)
  })
  const api = `${url}/ai/chat`
  /** A client as `useChat` has it, without React. */
  const client = (init: ClientOptions = {}) =>
    new Chat<Message>({ id: 'c1', transport: new DefaultChatTransport<Message>({ api: init.api ?? api }), ...init })
  const messages = async (id = 'c1'): Promise<Message[]> => {
    const response = await fetch(`${api}/${id}/messages`)
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Message[]
  }
  return {
    api,
    url,
    sim,
    rooms,
    client,
    messages,
    /** Ends all connections, as a network failure does. */
    cut: () => cut(),
    next: (...more_: readonly ScriptStep[]) => void left.push(...more_),
    /** The conversation itself. */
    conversation: async (id = 'c1') => (await rooms.open(id, { id: 'ann' })).chat,
    /** Resolves when the simulator has had so many requests. */
    asked: (count: number) => sim.waitForRequest(count),
  }
}

/** Serves a conversation whose replies the test gives by hand, as slowly as it likes. */
export async function servedByHand(options: ServedOptions = {}) {
  const { source, asked, replies } = createManualSource()
  const all = await served([], { ...options, conversation: { source, ...options.conversation } })
  return { ...all, asked, replies }
}

/** The text of a message. */
export const textOf = (message: Message | undefined): string =>
  (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('')

/** Resolves once the messages of a client satisfy this. */
export async function until(chat: Chat<Message>, holds: () => boolean): Promise<void> {
  if (holds()) return
  await new Promise<void>((resolve) => {
    const stops: (() => void)[] = []
    const look = () => {
      if (!holds()) return
      for (const stop of stops) stop()
      resolve()
    }
    stops.push(chat['~registerMessagesCallback'](look), chat['~registerStatusCallback'](look))
  })
}
