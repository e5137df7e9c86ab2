// The same scenes, in the process and over HTTP: what an app is told, and in which order, is the same.
import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { type ClientConversation, connectConversation } from '../../src/client/index.ts'
import {
  type Conversation,
  type ConversationNotice,
  type ConversationOptions,
  createConversation,
  tool,
  type Turn,
  TurnstateError,
} from '../../src/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { until } from '../conversation/start.ts'
import { quiet } from '../durability/stage.ts'
import { staged } from '../server/stage.ts'

type Chat = Conversation | ClientConversation
type Asked = ReturnType<typeof createManualSource>['asked']

interface Scene {
  readonly options?: Partial<ConversationOptions>
  /** What happens; it returns the turns that are looked at. */
  readonly play: (chat: Chat, asked: Asked) => Promise<readonly Turn[]>
}

const text = (chat: Chat): string => JSON.stringify(chat.messages.at(-1)?.parts ?? [])

const scenes: Readonly<Record<string, Scene>> = {
  'a reply': {
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Hello')
      const reply = await asked(1)
      reply.answer('Good', ' day')
      await turn
      return [turn]
    },
  },
  'a refusal in the middle of a reply, and a good turn': {
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Something')
      const reply = await asked(1)
      reply.say('Well')
      await until(chat, () => text(chat).includes('Well'))
      reply.stop('refusal', { category: 'cyber', explanation: null })
      await turn
      const next = chat.sendMessage('Something else')
      ;(await asked(2)).answer('Yes')
      await next
      return [turn, next]
    },
  },
  'a refusal that a person decides about': {
    options: { onRefusal: 'manual' },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Something')
      ;(await asked(1)).refuseAs('cyber')
      await turn
      await chat.resolveRefusal('drop-turn')
      const next = chat.sendMessage('Something else')
      ;(await asked(2)).answer('Yes')
      await next
      return [turn, next]
    },
  },
  'a refusal that another model answers': {
    options: { onRefusal: { fallback: [{ model: 'm2' }] } },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Something')
      const reply = await asked(1)
      reply.say('Well')
      // Over HTTP, what is retracted within the frame in which it came is not sent at all.
      await until(chat, () => text(chat).includes('Well'))
      reply.refuse()
      ;(await asked(2)).answer('Gladly')
      await turn
      return [turn]
    },
  },
  'a refusal of every model': {
    options: { onRefusal: { fallback: [{ model: 'm2' }] } },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Something')
      ;(await asked(1)).refuse()
      const reply = await asked(2)
      reply.say('Hm')
      await until(chat, () => text(chat).includes('Hm'))
      reply.stop('refusal', { category: 'cyber', explanation: null })
      await turn
      return [turn]
    },
  },
  'a refusal that is rephrased': {
    options: { onRefusal: { rephrase: () => 'In other words' } },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Something')
      ;(await asked(1)).refuse()
      ;(await asked(2)).answer('Gladly')
      await turn
      return [turn]
    },
  },
  'a failure, and a retry': {
    options: { retry: { maxAttempts: 1 } },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Hello')
      const reply = await asked(1)
      reply.say('Good')
      await until(chat, () => text(chat).includes('Good'))
      reply.throw(new Error('the network'))
      await turn
      const again = chat.retry()
      ;(await asked(2)).answer('Good day')
      await again
      return [turn, again]
    },
  },
  'a failure that is waited out': {
    options: { retry: { baseDelay: 1 } },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Hello')
      ;(await asked(1)).throw(new TurnstateError('overloaded', 'Busy.'))
      ;(await asked(2)).answer('Good day')
      await turn
      return [turn]
    },
  },
  'a reply that is cut and continued': {
    options: { onTruncated: 'continue' },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Hello')
      const reply = await asked(1)
      reply.say('Good')
      reply.stop('max_tokens')
      ;(await asked(2)).answer(' day')
      await turn
      return [turn]
    },
  },
  'a tool that a person approves': {
    options: {
      tools: [
        tool({ name: 'look', description: 'Looks.', input: z.object({}), needsApproval: true, run: () => 'blue' }),
      ],
    },
    play: async (chat, asked) => {
      const turn = chat.sendMessage('Look')
      ;(await asked(1)).give([{ type: 'tool_use', id: 'call1', name: 'look', input: {} }])
      await until(chat, () => chat.pendingCalls.length === 1)
      await chat.approveTool('call1')
      ;(await asked(2)).answer('Blue')
      await turn
      return [turn]
    },
  },
  'a queue, a stop and a withdrawal': {
    play: async (chat, asked) => {
      const turn = chat.sendMessage('one')
      const next = chat.sendMessage('two')
      const last = chat.sendMessage('three')
      const reply = await asked(1)
      await until(chat, () => chat.queue.length === 2)
      reply.say('One')
      await until(chat, () => text(chat).includes('One'))
      await chat.withdraw(last.id)
      await last
      await chat.stop()
      ;(await asked(2)).answer('Two')
      await next
      return [turn, next, last]
    },
  },
}

/** Events without what differs each time: ids of turns become their order, times and revisions go, deltas that follow each other are one. */
function plain(events: readonly ConversationNotice[]) {
  const ids: string[] = []
  const shown: unknown[] = []
  let delta: { type: string; text: string } | null = null
  for (const event of events) {
    if (event.type === 'state') continue
    if (event.type === 'delta') {
      if (delta) delta.text += event.text
      else shown.push((delta = { type: 'delta', text: event.text }))
      continue
    }
    delta = null
    const { type } = event
    const id = 'turnId' in event ? event.turnId : null
    const base = id?.replace(/~\d+$/, '') ?? ''
    if (id !== null && !ids.includes(base)) ids.push(base)
    const turn = id === null ? null : id.replace(base, `turn ${ids.indexOf(base) + 1}`)
    const outcome = 'outcome' in event && event.outcome
    shown.push({
      type,
      turn,
      ...(outcome ? { outcome: { status: outcome.status, text: outcome.text, error: outcome.error?.code } } : {}),
    })
  }
  return shown
}

async function watched(chat: Chat, asked: Asked, { play }: Scene) {
  const heard: ConversationNotice[] = []
  chat.on('*', (notice) => void heard.push(notice))
  const turns = await play(chat, asked)
  const iterated: unknown[] = []
  for (const turn of turns) {
    const events: ConversationNotice[] = []
    for await (const event of turn) events.push(event)
    iterated.push(plain(events))
  }
  await until(chat, () => chat.status !== 'submitted' && chat.status !== 'streaming')
  const { status, canSend, held, error, refusal, messages } = chat
  const items = messages.map(({ role, status: itemStatus, parts }) => ({ role, itemStatus, parts }))
  await chat.close()
  return {
    heard: plain(heard),
    iterated,
    state: { status, canSend, held, error: error?.code, category: refusal?.category },
    items,
  }
}

const common = { model: 'm1', maxTokens: 100, whenBusy: 'queue', logger: quiet } as const

describe.each(Object.entries(scenes))('%s', (_, scene) => {
  it('is told over HTTP as it is in the process', async () => {
    const { source, asked } = createManualSource()
    const here = await watched(createConversation({ ...common, source, ...scene.options }), asked, scene)
    const world = staged(scene.options as object)
    const client = connectConversation({
      url: 'http://localhost',
      fetch: async (url, init) => world.server.fetch(new Request(url, init)),
    })
    await client.connected()
    const there = await watched(client, world.asked, scene)
    await world.server.close()
    expect(there).toEqual(here)
  })
})
