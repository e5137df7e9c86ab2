import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { start, until } from './start.ts'
import { runs } from '../runs.ts'

const getters = [
  'status',
  'canSend',
  'messages',
  'history',
  'leftOut',
  'usage',
  'ledger',
  'cost',
  'refusals',
  'refusal',
  'rejection',
  'error',
  'model',
  'queue',
  'held',
  'pendingCalls',
  'repairs',
] as const

const readAll = (chat: Conversation): readonly unknown[] => getters.map((getter) => chat[getter])

/** The getters whose value changed. */
const changed = (before: readonly unknown[], after: readonly unknown[]) =>
  getters.filter((_, index) => !Object.is(before[index], after[index]))

const tool = { name: 'ask', input_schema: { type: 'object' as const } }
const call = { type: 'tool_use', id: 'k1', name: 'ask', input: { deep: { er: [1] } } }

describe('the state that a conversation shows', () => {
  type Step = 'answer' | 'refuse' | 'call' | 'fail' | 'decline' | 'switch' | 'stop' | 'clear' | 'system'
  const steps = ['answer', 'refuse', 'call', 'fail', 'decline', 'switch', 'stop', 'clear', 'system'] as const

  async function play(chat: Conversation, ask: ReturnType<typeof start>['ask'], step: Step): Promise<void> {
    if (step === 'switch') return chat.setModel(chat.model === 'm1' ? 'm2' : 'm1')
    if (step === 'clear') {
      chat.clear()
      return until(chat, () => chat.canSend)
    }
    if (step === 'system') return chat.setSystem(`Be brief, ${chat.messages.length}.`)
    const { turn, reply } = await ask('Hello')
    switch (step) {
      case 'answer':
        reply.answer('Hi')
        break
      case 'refuse':
        reply.refuse('I')
        break
      case 'fail':
        reply.throw(new Error('lost'))
        break
      case 'decline':
        expect(() => chat.sendMessage('too early')).toThrow('in progress')
        reply.answer('Hi')
        break
      case 'stop':
        reply.say('I')
        chat.stop()
        break
      case 'call':
        reply.give([call])
        await until(chat, () => chat.pendingCalls.length > 0)
        chat.stop()
    }
    await turn
  }

  it('keeps its identity until its content changes, however often it is read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 8 }), async (program) => {
        const { chat, ask: askFor } = start({ tools: [tool], prices: { m1: { input: 1, output: 1 } } })
        const problems: unknown[] = []
        let last = readAll(chat)
        const look = () => {
          const now = readAll(chat)
          problems.push(...changed(now, readAll(chat)))
          // A new object with equal content would be a false change.
          for (const getter of changed(last, now)) {
            const [before, after] = [last[getters.indexOf(getter)], now[getters.indexOf(getter)]]
            if (JSON.stringify(before) === JSON.stringify(after) && before !== null && after !== null)
              problems.push(`${getter} is new and says the same`)
          }
          last = now
        }
        chat.subscribe(look)
        chat.on('*', look)
        for (const step of program) {
          await play(chat, askFor, step)
          look()
        }
        await chat.close()
        look()
        expect(problems).toEqual([])
      }),
      { numRuns: runs(20) },
    )
  })

  it('changes only in `model` when the model is changed', async () => {
    const { chat, exchange } = start()
    await exchange('Hello', 'Hi')
    const before = readAll(chat)
    chat.setModel('m2')
    expect(changed(before, readAll(chat))).toEqual(['model'])
    const then = readAll(chat)
    chat.setModel('m2')
    expect(changed(then, readAll(chat))).toEqual([])
  })

  it('names the model that replies, even when another one is set for the next request', async () => {
    const { chat, ask: askFor } = start()
    const { turn, reply } = await askFor('Hello')
    const shown = new Promise((resolve) => chat.on('delta', resolve))
    reply.say('Hi')
    await shown
    chat.setModel('m2')
    expect(chat.messages[1]).toMatchObject({ status: 'streaming', model: 'm1' })
    chat.stop()
    await turn
  })

  it('does not change when an equal system prompt or equal tools are set', async () => {
    const { chat, exchange } = start({ request: { system: 'Be brief.' }, tools: [tool] })
    const told: unknown[] = []
    chat.on('prompt.changed', ({ what }) => told.push(what))
    await exchange('Hello', 'Hi')
    const before = readAll(chat)
    chat.setSystem('Be brief.')
    chat.setTools([tool])
    expect(changed(before, readAll(chat))).toEqual([])
    await exchange('Again', 'Hi again')
    expect(told).toEqual([])
    chat.setSystem('Be long.')
    await exchange('And again', 'Hi for the third time')
    expect(told).toEqual(['system'])
  })
})

describe('subscribers', () => {
  it('are not called when nothing changes: a declined message, a stop at rest, the current model, an empty queue', async () => {
    const { chat, ask: askFor, exchange } = start()
    let told = 0
    const { turn, reply } = await askFor('Hello')
    chat.subscribe(() => told++)
    await Promise.resolve()
    told = 0
    expect(() => chat.sendMessage('too early')).toThrow('in progress')
    await Promise.resolve()
    expect(told).toBe(0)
    reply.answer('Hi')
    await turn
    expect(told).toBeGreaterThan(0)
    told = 0
    chat.stop()
    chat.setModel('m1')
    chat.releaseQueue()
    await Promise.resolve()
    expect(told).toBe(0)
    await exchange('Again', 'Hi again')
    expect(told).toBeGreaterThan(0)
  })

  it('are called when the system prompt changes', async () => {
    const { chat } = start()
    let told = 0
    await Promise.resolve()
    chat.subscribe(() => told++)
    chat.setSystem('Be brief.')
    await Promise.resolve()
    expect(told).toBe(1)
  })
})
