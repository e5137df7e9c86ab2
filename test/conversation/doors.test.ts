// Any value from an app, a store or a history is accepted or rejected with a documented error, and the conversation continues.
// CI tries all of them; other runs a third at each entry point, by turns.
import { describe, expect, it } from 'vitest'
import { type Conversation, type ConversationOptions, fold, observe, TurnstateError } from '../../src/index.ts'
import { nastyValues } from '../nasty.ts'
import { someOf } from '../runs.ts'
import { start } from './start.ts'

/** Passes a value off as any type. */
type Odd = never

/** The entry points of an open conversation. */
const doors: Readonly<Record<string, (chat: Conversation, value: Odd) => unknown>> = {
  'a message': (chat, value) => chat.sendMessage(value),
  'a block of a message': (chat, value) => chat.sendMessage([value]),
  'a field of a block': (chat, value) => chat.sendMessage([{ type: 'document', source: value, title: value }]),
  'a text of a message': (chat, value) => chat.sendMessage({ text: value }),
  'a file': (chat, value) => chat.sendMessage({ text: 'x', files: [value] }),
  'the files': (chat, value) => chat.sendMessage({ text: 'x', files: value }),
  'the path of a file': (chat, value) => chat.sendMessage({ text: 'x', files: [{ path: value }] }),
  metadata: (chat, value) => chat.sendMessage({ text: 'x', metadata: value }),
  'a field of metadata': (chat, value) => chat.sendMessage({ text: 'x', metadata: { value } }),
  'options of a message': (chat, value) => chat.sendMessage('x', value),
  'a system message': (chat, value) => chat.sendMessage('x', { system: value }),
  'a signal': (chat, value) => chat.sendMessage('x', { signal: value }),
  'an edited message': (chat, value) => chat.editMessage('t1', value),
  'the id of a turn': (chat, value) => chat.regenerate(value),
  'the id of a branch': (chat, value) => void chat.switchTo(value),
  'a fork': (chat, value) => chat.fork('t1', value).close(),
  'the id of a fork': (chat, value) => chat.fork('t1', { id: value }).close(),
  'the system prompt': (chat, value) => chat.setSystem(value),
  'a block of the system prompt': (chat, value) => chat.setSystem([value]),
  'fields of the request': (chat, value) => chat.setRequest(value),
  'a field of the request': (chat, value) => chat.setRequest({ metadata: value }),
  'a field of tomorrow': (chat, value) => chat.setRequest({ of_tomorrow: value } as object),
  tools: (chat, value) => chat.setTools(value),
  'a tool': (chat, value) => chat.setTools([value]),
  'the schema of a tool': (chat, value) => chat.setTools([{ name: 'look', input_schema: value }]),
  'the model': (chat, value) => chat.setModel(value),
  'the budget': (chat, value) => chat.setBudget(value),
  'a policy': (chat, value) => void chat.resolveRefusal(value),
  'a policy for rejections': (chat, value) => void chat.resolveRejection(value),
  'the id of a call': (chat, value) => chat.approveTool(value),
  'an answer of the app': (chat, value) => chat.answerTool('call', value),
  'the id of a message that waits': (chat, value) => chat.withdraw(value),
}

/** Succeeds if the value is accepted, or rejected with a documented error, at once or through the turn. */
async function taken(run: () => unknown): Promise<void> {
  try {
    const outcome: unknown = await run()
    if (typeof outcome === 'object' && outcome !== null && 'error' in outcome && outcome.error !== undefined)
      expect(TurnstateError.is(outcome.error)).toBe(true)
  } catch (thrown) {
    if (!TurnstateError.is(thrown)) throw thrown
  }
}

/** Passes a value to an entry point, then has the conversation answer a message. */
async function offered(door: (chat: Conversation, value: Odd) => unknown, value: unknown): Promise<void> {
  const { chat, exchange, ask } = start()
  await exchange('Hello', 'Hi')
  // What an app reads must still be readable, too.
  const watched = observe(chat, { includeText: true })
  const said = taken(() => door(chat, value as Odd))
  await Promise.resolve()
  chat.stop()
  await said
  expect(() => [
    chat.messages,
    chat.history,
    chat.queue,
    chat.usage,
    chat.error,
    JSON.stringify(watched.facts),
  ]).not.toThrow()
  chat.setRequest({})
  chat.setTools([])
  chat.setSystem(undefined)
  const { turn, reply } = await ask('Are you there?')
  reply.answer('Yes')
  expect((await turn).status).toBe('completed')
  await chat.close()
}

describe.each(Object.entries(doors))('as %s', (name, door) => {
  it.each(someOf(Object.entries(nastyValues), { offset: Object.keys(doors).indexOf(name) }))(
    '%s is accepted or rejected with a documented error',
    async (_name, make) => {
      await offered(door, make())
    },
  )
})

/** The options with which a conversation is created. */
const beginnings: Readonly<Record<string, (value: Odd) => Partial<ConversationOptions>>> = {
  'a history': (value) => ({ messages: value }),
  'a message of a history': (value) => ({ messages: [value] }),
  'the content of a message of a history': (value) => ({ messages: [{ role: 'user', content: value }] }),
  'a reply of a history': (value) => ({
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: [value] },
    ],
  }),
  'the fields of requests': (value) => ({ request: value }),
  'a field of requests': (value) => ({ request: { metadata: value } }),
  tools: (value) => ({ tools: value }),
  'a tool': (value) => ({ tools: [value] }),
  prices: (value) => ({ prices: value }),
  'a policy': (value) => ({ onRefusal: value }),
  'a ladder': (value) => ({ onRefusal: [value] }),
  'fallbacks of the server': (value) => ({ serverFallbacks: value }),
  'models for outages': (value) => ({ retry: { models: value } }),
  'a budget': (value) => ({ budget: value }),
}

describe.each(Object.entries(beginnings))('at creation, as %s', (name, options) => {
  it.each(someOf(Object.entries(nastyValues), { offset: Object.keys(beginnings).indexOf(name) }))(
    '%s is accepted or rejected with a documented error',
    async (_name, make) => {
      await taken(async () => {
        const { chat, exchange } = start(options(make() as Odd))
        expect(() => [chat.messages, chat.history, chat.repairs]).not.toThrow()
        expect((await exchange('Hello', 'Hi')).status).toBe('completed')
        await chat.close()
      })
    },
  )
})

describe('the facts of a store', () => {
  it.each(Object.entries(nastyValues))(
    '%s among them is taken, or there is an error of the list',
    async (_name, make) => {
      const created = { type: 'conversation.created', v: 2, seq: 0, id: 'c1', model: 'm1', at: 0 }
      const queued = { type: 'input.queued', v: 2, seq: 1, turnId: 't1', input: 'x', at: 0 }
      for (const facts of [
        [make()],
        [created, make()],
        [created, { ...queued, metadata: make() }],
        [created, { ...queued, input: make() }],
      ])
        await taken(() => fold(facts))
    },
  )
})
