// Conversations for tests of one wire: as the server's own rooms, without their limits.
import { type AddressInfo } from 'node:net'
import { serve, type ServerType } from '@hono/node-server'
import Anthropic from '@anthropic-ai/sdk'
import { Hono } from 'hono'
import {
  claude,
  type Conversation,
  type ConversationOptions,
  memoryStore,
  type MessageParam,
  openConversation,
  TurnstateError,
} from '../../src/index.ts'
import type { Principal, Rooms, ServerEnv } from '../../src/server/context.ts'
import { type Simulator, type SimulatorOptions, type ScriptStep, startSimulator } from '../../src/testing/index.ts'

const ending: (() => Promise<unknown>)[] = []

/** Rooms whose conversations stay open until the end of the test. */
export interface SmallRooms extends Rooms {
  readonly chat: (id: string) => Promise<Conversation>
  /** Guests that have not left. */
  readonly guests: number
}

/** Rooms over a store in memory. */
export function smallRooms(options: Omit<ConversationOptions, 'id'>): SmallRooms {
  const store = memoryStore()
  const open = new Map<string, { readonly owner: string; readonly chat: Promise<Conversation> }>()
  let guests = 0
  const enter = async (
    id: string,
    { id: owner }: Principal,
    create: boolean,
    messages: readonly MessageParam[] = [],
  ) => {
    const found = open.get(id)
    if ((found && found.owner !== owner) || (!found && !create))
      throw new TurnstateError('conversation-unknown', 'There is no conversation with this id.')
    const room = found ?? { owner, chat: openConversation({ ...options, store, owner, id, messages }) }
    open.set(id, room)
    const chat = await room.chat
    guests += 1
    let isHere = true
    return {
      chat,
      leave: () => {
        if (!isHere) throw new Error('The guest left twice.')
        isHere = false
        guests -= 1
      },
    }
  }
  ending.push(async () => {
    for (const { chat } of open.values()) await (await chat).close()
    await store.close()
  })
  return {
    enter: (id, principal) => enter(id, principal, false),
    enterOrCreate: (id, principal, messages) => enter(id, principal, true, messages),
    chat: async (id) => {
      const room = open.get(id)
      if (!room) throw new Error(`No conversation ${id}`)
      return room.chat
    },
    get guests() {
      return guests
    },
  }
}

/** A simulator that plays these steps first and answers on its own afterwards, and options of conversations with it. */
export async function simulatedClaude(steps: readonly ScriptStep[] = [], options: SimulatorOptions = {}) {
  const left = [...steps]
  const sim: Simulator = await startSimulator(left.length > 0 ? { ...options, script: () => left.shift() } : options)
  ending.push(() => sim.close())
  const source = claude(new Anthropic({ apiKey: 'key', baseURL: sim.url }))
  return { sim, conversation: { source, model: 'claude-opus-5-5', maxTokens: 1_000, retry: { baseDelay: 1 } } as const }
}

/** Serves routes on a free port, for the principal that the header `x-user` names. */
export async function serving(routes: Hono<ServerEnv>): Promise<string> {
  const app = new Hono<ServerEnv>()
  app.use(async (c, next) => {
    c.set('principal', { id: c.req.header('x-user') ?? 'ada' })
    await next()
  })
  app.route('/', routes)
  app.onError((error, c) => {
    if (!TurnstateError.is(error)) throw error
    return c.json({ code: error.code, detail: error.message }, error.code === 'conversation-unknown' ? 404 : 400)
  })
  const server = await new Promise<ServerType>((resolve) => {
    const started: ServerType = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started))
  })
  ending.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Ends what a test has started. */
export async function endAll(): Promise<void> {
  for (const end of ending.splice(0).toReversed()) await end()
}
