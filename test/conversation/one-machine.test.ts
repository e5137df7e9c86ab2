// All conversations of a process run one machine, which is set up once. What differs from one to another is found at run time.
import { type Actor, createActor } from 'xstate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { toolCallsMachine } from '../../machines/index.ts'
import { tool } from '../../src/index.ts'
import { start, until } from './start.ts'

const look = (result: string) => tool({ name: 'look', input: z.object({}), run: () => result })
const call = { type: 'tool_use', id: 'k1', name: 'look', input: {} }

/** The paths of all functions in a value, instances of classes left out. */
function functionsIn(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'function') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => functionsIn(each, `${path}.${key}`))
}

/** Options that reach the chart in every way. */
const options = (name: string) => ({
  tools: [look(name)],
  toolLimit: 1,
  openTimeout: 500,
  returnToModel: () => false,
  onRefusal: { rephrase: () => `${name}, please` },
  logger: { warn() {}, error() {} },
})

describe('what conversations share', () => {
  it('is the machine, whatever their options', () => {
    const [one, other] = [start().chat, start(options('other')).chat]
    expect(one.actor.logic).toBe(other.actor.logic)
    expect(one.actor.logic.root).toBe(other.actor.logic.root)
  })

  it('is the machine of their tool calls', async () => {
    const machineOf = async (name: string) => {
      const { chat, ask } = start({ tools: [{ name: 'look', input_schema: { type: 'object' } }] })
      const { reply } = await ask(name)
      reply.give([call])
      await until(chat, () => chat.pendingCalls.length > 0)
      const tools = chat.actor.getSnapshot().children.tools as unknown as Actor<typeof toolCallsMachine>
      const calls: object = tools.getSnapshot().children
      return [tools, ...Object.values(calls)].map(({ logic }: { logic: unknown }) => logic)
    }
    const [one, other] = [await machineOf('one'), await machineOf('other')]
    expect(one).toHaveLength(3)
    for (const [index, logic] of one.entries()) expect(other[index]).toBe(logic)
  })

  it('leaves each its own source, tools and policies', async () => {
    const worlds = ['one', 'other'].map((name) => ({ name, ...start(options(name)) }))
    for (const { ask } of worlds) (await ask('Hello')).reply.give([call])
    for (const { name, asked } of worlds) {
      const { request } = await asked(2)
      expect(JSON.stringify(request.messages.at(-1))).toContain(`"${name}"`)
    }
  })

  it('leaves methods that need no `this`, and properties that are read through a proxy', async () => {
    const { chat, asked } = start()
    // Its methods are those of the conversation; what they are called on is not.
    const copy: typeof chat = { ...new Proxy(chat, {}) }
    const told: string[] = []
    copy.on('turn.completed', ({ turnId }) => told.push(turnId))
    const turn = copy.sendMessage('Hello')
    ;(await asked(1)).answer('Hi')
    await turn
    expect(told).toEqual(['t1'])
    expect(new Proxy(chat, {}).messages).toBe(chat.messages)
    expect(copy).toMatchObject({ id: 'c1', status: 'ready' })
  })

  it('puts no function into a snapshot or a context', async () => {
    const { chat, exchange } = start(options('one'))
    await exchange('Hello', 'Hi')
    expect(functionsIn(chat.actor.getSnapshot().context)).toEqual([])
    expect(functionsIn(JSON.parse(JSON.stringify(chat.actor.getPersistedSnapshot())))).toEqual([])
  })

  it('does not start in an actor of the app’s own: the slots belong to conversations', () => {
    const actor = createActor(start().chat.actor.logic)
    actor.subscribe({ error: () => {} })
    actor.start()
    expect(actor.getSnapshot()).toMatchObject({
      value: 'loading',
      context: { journalFailure: { code: 'journal-write-failed' } },
    })
    actor.stop()
  })
})
