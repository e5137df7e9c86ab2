import type Anthropic from '@anthropic-ai/sdk'
import { createActor, type Actor } from 'xstate'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  claude,
  type Conversation,
  conversationMachine,
  type ConversationOptions,
  createConversation,
  type MessagesClient,
  type OnRefusal,
  tool,
  type TurnEvent,
  type TurnOutcome,
  type TurnstateErrorCode,
} from '../../src/index.ts'
import type { ClientConversation } from '../../src/client/index.ts'
import { type ReactConversation, type ShownConversation, useConversation } from '../../src/react/index.ts'
import type { Script } from '../../src/testing/index.ts'

declare const chat: Conversation
declare const options: ConversationOptions
declare const anthropic: Anthropic

describe('createConversation', () => {
  it('accepts the SDK’s client and any client of the same shape', () => {
    expectTypeOf(anthropic).toExtend<MessagesClient>()
    createConversation({ source: claude(anthropic), model: 'm', maxTokens: 1 })
    // @ts-expect-error -- a client without messages
    claude({})
  })

  it('requires a source, a model and maxTokens', () => {
    // @ts-expect-error -- no model
    createConversation({ source: claude(anthropic), maxTokens: 1 })
  })

  it('types further request fields by the SDK and rejects those that it sets itself', () => {
    createConversation({ ...options, request: { system: 'x', thinking: { type: 'adaptive' }, betas: ['b'] } })
    // @ts-expect-error -- not a field of the API
    createConversation({ ...options, request: { sistem: 'x' } })
    // @ts-expect-error -- set by the conversation itself
    createConversation({ ...options, request: { messages: [] } })
  })

  it('accepts only known policies', () => {
    expectTypeOf<'drop-turn'>().toExtend<OnRefusal>()
    expectTypeOf<['drop-turn', { rewind: 1 }, 'clear']>().toExtend<OnRefusal>()
    expectTypeOf<{ default: 'clear'; cyber: { rewind: 2 }; null: ['manual'] }>().toExtend<OnRefusal>()
    expectTypeOf<{ fallback: [{ model: 'b' }]; from: 'next-turn' }>().toExtend<OnRefusal>()
    // @ts-expect-error -- no model to fall back to
    createConversation({ ...options, onRefusal: { fallback: [] } })
    // @ts-expect-error -- an empty ladder
    createConversation({ ...options, onRefusal: [] })
    // @ts-expect-error -- a map without a default
    createConversation({ ...options, onRefusal: { cyber: 'clear' } })
    // @ts-expect-error -- no such policy
    createConversation({ ...options, onRefusal: 'forget' })
  })
})

describe('tools', () => {
  it('receive the output type of their schema', () => {
    tool({
      name: 'add',
      input: z.object({ a: z.number(), b: z.string().transform(Number) }),
      run: ({ a, b }, { signal, callId }) => {
        expectTypeOf(a).toBeNumber()
        expectTypeOf(b).toBeNumber()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        return `${callId}: ${a + b}`
      },
      needsApproval: ({ a }) => a > 10,
    })
  })

  it('can be mixed with tool definitions of the API', () => {
    createConversation({
      ...options,
      tools: [
        tool({ name: 'a', input: z.object({}), run: () => 1 }),
        { name: 'b', input_schema: { type: 'object' } },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
    })
    // @ts-expect-error -- not a tool
    createConversation({ ...options, tools: ['a'] })
  })
})

describe('a conversation', () => {
  it('types each event by its name', () => {
    chat.on('delta', ({ text, kind }) => {
      expectTypeOf(text).toBeString()
      expectTypeOf(kind).toEqualTypeOf<'text' | 'thinking' | 'toolInput'>()
    })
    chat.on('turn.refused', ({ category, outcome }) => {
      expectTypeOf(category).toEqualTypeOf<string | null>()
      expectTypeOf(outcome).toEqualTypeOf<TurnOutcome | undefined>()
    })
    // @ts-expect-error -- no such event
    chat.on('turn.refuse', () => {})
  })

  it('returns turns that can be awaited and iterated', async () => {
    const turn = chat.sendMessage('x')
    expectTypeOf(await turn).toEqualTypeOf<TurnOutcome>()
    for await (const event of turn) expectTypeOf(event).toEqualTypeOf<TurnEvent>()
  })

  it('has a history that the SDK accepts', () => {
    expectTypeOf(chat.history).toEqualTypeOf<readonly Anthropic.MessageParam[]>()
    expectTypeOf(chat.actor).toEqualTypeOf<Actor<typeof conversationMachine>>()
  })
})

describe('the machine', () => {
  it('accepts only its own events', () => {
    const actor = createActor(conversationMachine)
    actor.send({ type: 'user.stop' })
    // @ts-expect-error -- no such event
    actor.send({ type: 'user.shout' })
    // @ts-expect-error -- a message without an id
    actor.send({ type: 'user.send', input: 'x', at: 1 })
  })
})

describe('errors', () => {
  it('have a closed list of codes', () => {
    expectTypeOf<'conversation-busy'>().toExtend<TurnstateErrorCode>()
    expectTypeOf<'no-such-code'>().not.toExtend<TurnstateErrorCode>()
  })
})

describe('scripts', () => {
  it('are type-checked', () => {
    expectTypeOf<[{ content: [{ type: 'text'; text: 'x' }] }]>().toExtend<Script>()
    expectTypeOf<[{ contend: [] }]>().not.toExtend<Script>()
  })
})

describe('useConversation', () => {
  it('takes a conversation of this process, and a client', () => {
    expectTypeOf<Conversation>().toExtend<ReactConversation>()
    expectTypeOf<ClientConversation>().toExtend<ReactConversation>()
    expectTypeOf(useConversation({ conversation: chat })).toEqualTypeOf<ShownConversation>()
  })

  it('returns what is selected', () => {
    expectTypeOf(
      useConversation({ conversation: chat, select: ({ messages }) => messages.length }),
    ).toEqualTypeOf<number>()
    // @ts-expect-error -- isEqual compares what is selected
    useConversation({ conversation: chat, select: ({ status }) => status, isEqual: (one: number) => one === 1 })
  })
})
