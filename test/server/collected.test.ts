// Conversations that leave the memory of a server can be collected, whatever they were asked over: nothing of the server, nor of what all
// conversations share, holds on to them.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, it } from 'vitest'
import type { MessageSource, SourceEvent } from '../../src/index.ts'
import { eventsOf, moment, staged, upTo } from './stage.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
setFlagsFromString('--no-expose-gc')

const ending: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

/** Answers at once, and remembers nothing of what it was asked. A message that says "refuse" is refused. */
const forgetful: MessageSource = async function* (request): AsyncGenerator<SourceEvent> {
  yield { type: 'message.started', model: request.model, usage: { inputTokens: 3, outputTokens: 1 } }
  yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
  for (const text of ['It ', 'is ', 'so.']) yield { type: 'block.delta', index: 0, kind: 'text', text }
  if (JSON.stringify(request.messages).includes('refuse'))
    yield { type: 'message.delta', stopReason: 'refusal', usage: { outputTokens: 5 }, category: 'cyber' }
  else {
    yield { type: 'block.stopped', index: 0 }
    yield { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 5 } }
  }
  yield { type: 'message.stopped' }
}

/** A server of conversations that are released as soon as nobody needs them, and weak references to all their actors. */
function watched() {
  const actors = new Map<string, WeakRef<object>>()
  const stage = staged({
    source: forgetful,
    gateway: {},
    limits: { idle: 0 },
    inspectActors: ({ type, actorRef }) => {
      if (type === '@xstate.actor') actors.set(actorRef.sessionId, new WeakRef(actorRef))
    },
  })
  ending.push(() => stage.server.close())
  const open = () => Number(/^turnstate_open_conversations (\d+)/m.exec(stage.server.metrics())?.[1])
  const alive = () => [...actors.values()].filter((actor) => actor.deref() !== undefined).length
  return {
    ...stage,
    made: () => actors.size,
    /** How many actors are left once all conversations are released. */
    left: async () => {
      while (open() > 0) await moment()
      // What a collection finalizes is freed by one of the next, in a later turn of the event loop; and whoever looks at a weak reference
      // holds on to its target until the turn ends.
      for (let times = 0; times < 50 && alive() > 0; times++) {
        await moment()
        collectGarbage()
        await moment()
      }
      return alive()
    },
  }
}

type Stage = ReturnType<typeof watched>

/** Sends a request, and reads the whole answer. */
async function done({ ask }: Stage, path: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const response = await ask('POST', path, body, headers)
  await response.text()
  expect(response.status).toBeLessThan(300)
}

const saysHello = [{ role: 'user', content: 'Hello' }]

const uses: readonly (readonly [string, (stage: Stage) => Promise<unknown>])[] = [
  ['a message', async (stage) => done(stage, `${await stage.created()}/messages`, { input: 'Hello' })],
  [
    'a message with an idempotency key, which is repeated',
    async (stage) => {
      const path = `${await stage.created()}/messages`
      for (const input of ['Hello', 'Hello']) await done(stage, path, { input }, { 'idempotency-key': 'k1' })
    },
  ],
  ['a refused message', async (stage) => done(stage, `${await stage.created()}/messages`, { input: 'refuse' })],
  [
    'a message whose reader goes away',
    async (stage) => {
      const events = eventsOf(await stage.ask('POST', `${await stage.created()}/messages`, { input: 'Hello' }))
      await events.next()
      await events.return()
    },
  ],
  [
    'a viewer that stays',
    async (stage) => {
      const path = await stage.created()
      const viewer = eventsOf(await stage.ask('GET', `${path}/events`))
      ending.unshift(() => viewer.return())
      await done(stage, `${path}/messages`, { input: 'Hello' })
      await upTo(viewer, 'turn.completed')
    },
  ],
  [
    'the AI SDK',
    async (stage) =>
      done(stage, '/ai/chat', {
        id: 'c1',
        trigger: 'submit-message',
        messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
      }),
  ],
  [
    'AG-UI',
    async (stage) =>
      done(stage, '/agui', {
        threadId: 'c1',
        runId: 'r1',
        tools: [],
        context: [],
        messages: [{ id: 'm1', ...saysHello[0] }],
      }),
  ],
  [
    'the gateway',
    async (stage) => {
      const asked = { model: 'm1', max_tokens: 100, messages: saysHello, stream: true }
      await done(stage, '/v1/messages', asked, { 'turnstate-conversation': 'c1', 'x-api-key': 'key' })
    },
  ],
]

it.each(uses)('a released conversation is collected after %s', async (_, use) => {
  const stage = watched()
  await use(stage)
  expect(stage.made()).toBeGreaterThan(0)
  expect(await stage.left()).toBe(0)
})
