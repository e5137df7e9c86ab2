import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { z } from 'zod'
import { conversationMachine } from '../../machines/index.ts'
import { type Conversation, tool, TurnstateError } from '../../src/index.ts'
import { start, until } from './start.ts'

type World = ReturnType<typeof start>

const call = (id: string, name: string) => ({ type: 'tool_use', id, name, input: { of: id } })
const bare = (name: string) => ({ name, input_schema: { type: 'object' as const } })
const never = () => new Promise<never>(() => {})
const slow = tool({ name: 'slow', input: z.object({ of: z.string() }), run: never })
const matches = (chat: Conversation, state: string) => JSON.stringify(chat.actor.getSnapshot().value).includes(state)

/** Paths into states, each with the options of its conversation. */
const ways: Readonly<
  Record<string, { options?: Parameters<typeof start>[0]; go: (world: World) => Promise<unknown> }>
> = {
  idle: { go: async () => {} },
  '"opening"': { go: ({ ask }) => ask('Hello') },
  '"receiving"': {
    go: async ({ chat, ask }) => {
      const { reply } = await ask('Hello')
      reply.say('Hi')
      await until(chat, () => matches(chat, 'receiving'))
    },
  },
  waitingToRetry: {
    go: async ({ chat, ask }) => {
      const { reply } = await ask('Hello')
      reply.end()
      await until(chat, () => matches(chat, 'waitingToRetry'))
    },
  },
  '"working"': {
    options: { tools: [slow] },
    go: async ({ chat, ask }) => {
      const { reply } = await ask('Hello')
      reply.give([call('k1', 'slow'), call('k2', 'slow')])
      await until(chat, () => chat.actor.getSnapshot().context.view.startedCalls.length > 0)
    },
  },
  awaitingPeople: {
    options: { tools: [bare('ask')] },
    go: async ({ chat, ask }) => {
      const { reply } = await ask('Hello')
      reply.give([call('k1', 'ask')])
      await until(chat, () => chat.pendingCalls.length > 0)
    },
  },
  completed: { go: ({ exchange }) => exchange('Hello', 'Hi') },
  stopped: {
    go: async ({ chat, ask }) => {
      const { turn, reply } = await ask('Hello')
      reply.say('Hi')
      chat.stop()
      await turn
    },
  },
  failed: {
    go: async ({ ask }) => {
      const { turn, reply } = await ask('Hello')
      reply.throw(new Error('lost'))
      await turn
    },
  },
  '"refused":"deciding"': {
    options: { onRefusal: { rephrase: never } },
    go: async ({ chat, ask }) => {
      const { reply } = await ask('Hello')
      reply.refuse('Hi')
      await until(chat, () => matches(chat, '"refused":"deciding"'))
    },
  },
  '"refused":"awaitingDecision"': {
    options: { onRefusal: 'manual' },
    go: async ({ ask }) => {
      const { turn, reply } = await ask('Hello')
      reply.refuse('Hi')
      await turn
    },
  },
  '"rejected":"deciding"': {
    options: { onRejection: never },
    go: async ({ chat, ask }) => {
      const { reply } = await ask('Hello')
      reply.throw(new TurnstateError('request-invalid', 'no', { status: 400 }))
      await until(chat, () => matches(chat, '"rejected":"deciding"'))
    },
  },
  '"overflowed":"deciding"': {
    options: { onOverflow: never },
    go: async ({ chat, ask }) => {
      const { reply } = await ask('Hello')
      reply.say('Hi')
      reply.stop('model_context_window_exceeded')
      await until(chat, () => matches(chat, '"overflowed":"deciding"'))
    },
  },
  closed: {
    go: async ({ chat, exchange }) => {
      await exchange('Hello', 'Hi')
      await chat.close()
    },
  },
}

describe('a snapshot of chat.actor restored in the bare machine', () => {
  it.each(Object.entries(ways))('continues in the state in which it was taken: %s', async (state, { options, go }) => {
    const world = start(options)
    await go(world)
    const { chat, clock } = world
    expect(JSON.stringify(chat.actor.getSnapshot().value)).toContain(state)
    const snapshot: unknown = JSON.parse(JSON.stringify(chat.actor.getPersistedSnapshot()))
    const errors: unknown[] = []
    const actor = createActor(conversationMachine, { snapshot: snapshot as never, clock })
    actor.subscribe({ error: (error) => errors.push(error) })
    actor.start()
    clock.increment(60_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toEqual([])
    expect(actor.getSnapshot().status).toBe(state === 'closed' ? 'done' : 'active')
    if (state === 'closed') return
    actor.send({ type: 'user.send', turnId: 'after', input: 'And now?', at: 2 })
    actor.send({ type: 'conversation.close' })
    clock.increment(60_000)
    expect([errors, actor.getSnapshot().status]).toEqual([[], 'done'])
  })
})
