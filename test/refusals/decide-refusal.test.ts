import { createActor, type EventObject, setup, type Snapshot } from 'xstate'
import { describe, expect, it } from 'vitest'
import {
  conversationMachine,
  type DecideEvent,
  type DecideInput,
  type ReplyEmitted,
  type ReplyEvent,
  type ReplyInput,
  typedCallback,
} from '../../machines/index.ts'
import { decide } from '../../src/refusals/decide-refusal.ts'
import type { Content, Refusal } from '../../src/journal/index.ts'
import type { OnRefusal, RefusedInput, Rephrase } from '../../src/refusals/policy.ts'
import { turn } from '../reply/fixtures.ts'

const refusal: Refusal = { category: 'cyber', explanation: 'for logs', textShown: true }
const first: DecideInput = {
  turnId: 't1',
  input: 'Hi',
  kind: 'user',
  refusal,
  refusalsInARow: 1,
  wordings: 1,
  refusedBy: ['m1'],
}

const throws = () => {
  throw new Error('no')
}

/** A parent that does nothing but ask the slot, and keep what it is told. */
function asked(onRefusal: OnRefusal, input: Partial<DecideInput> = {}) {
  const decisions: DecideEvent[] = []
  const errors: unknown[] = []
  const logic = decide({ onRefusal, onError: (error) => void errors.push(error) })
  const parent = setup({ types: { events: {} as DecideEvent | { type: 'leave' } }, actors: { decide: logic } })
  const machine = parent.createMachine({
    initial: 'deciding',
    on: { 'refusal.*': { actions: ({ event }) => void decisions.push(event as DecideEvent) } },
    states: {
      deciding: { invoke: { src: 'decide', input: { ...first, ...input } }, on: { leave: 'left' } },
      left: {},
    },
  })
  const actor = createActor(machine).start()
  return { decisions, errors, leave: () => actor.send({ type: 'leave' }) }
}

async function decided(onRefusal: OnRefusal, input: Partial<DecideInput> = {}) {
  const { decisions, errors } = asked(onRefusal, input)
  expect(decisions).toEqual([])
  await turn()
  expect(decisions).toHaveLength(1)
  const [decision] = decisions
  return { decision: decision?.type === 'refusal.resolve' ? decision.policy : decision?.type, errors }
}

const policyFor = async (onRefusal: OnRefusal, input: Partial<DecideInput> = {}) =>
  (await decided(onRefusal, input)).decision

const ofCategory = (category: string | null): Partial<DecideInput> => ({ refusal: { ...refusal, category } })

describe('the decide slot', () => {
  it.each<readonly [OnRefusal, unknown]>([
    ['drop-turn', 'drop-turn'],
    ['clear', 'clear'],
    [{ rewind: 2 }, { rewind: 2 }],
    [{ rewind: 'all' }, { rewind: 'all' }],
    ['manual', 'refusal.ask'],
  ])('answers every refusal with the one policy %j', async (onRefusal, decision) => {
    expect(await policyFor(onRefusal)).toEqual(decision)
    expect(await policyFor(onRefusal, { refusalsInARow: 9 })).toEqual(decision)
  })

  it('climbs one rung with each refusal in a row, and stays on the last one', async () => {
    const ladder: OnRefusal = ['drop-turn', { rewind: 1 }, 'manual']
    const climbed = []
    for (const refusalsInARow of [1, 2, 3, 4, 50]) climbed.push(await policyFor(ladder, { refusalsInARow }))
    expect(climbed).toEqual(['drop-turn', { rewind: 1 }, 'refusal.ask', 'refusal.ask', 'refusal.ask'])
  })

  it('uses the entry of the category in a map, including null, and the default for unlisted categories', async () => {
    const map: OnRefusal = { default: 'drop-turn', cyber: 'clear', null: 'manual', bio: ['drop-turn', { rewind: 3 }] }
    expect(await policyFor(map, ofCategory('cyber'))).toBe('clear')
    expect(await policyFor(map, ofCategory(null))).toBe('refusal.ask')
    expect(await policyFor(map, ofCategory('of_tomorrow'))).toBe('drop-turn')
    expect(await policyFor(map, { ...ofCategory('bio'), refusalsInARow: 2 })).toEqual({ rewind: 3 })
    expect(await policyFor({ default: 'clear' }, ofCategory(null))).toBe('clear')
  })

  it.each(['toString', 'constructor', '__proto__'])('ignores properties of the prototype: %s', async (category) => {
    expect(await policyFor({ default: 'clear' }, ofCategory(category))).toBe('clear')
  })

  it('sends nothing after it was stopped', async () => {
    const answers: ((words: Content) => void)[] = []
    const { decisions, errors, leave } = asked({ rephrase: () => new Promise((resolve) => void answers.push(resolve)) })
    await turn()
    leave()
    expect(answers).toHaveLength(1)
    answers[0]?.('too late')
    await turn()
    expect([decisions, errors]).toEqual([[], []])
  })

  it('sends nothing when it is stopped in the tick in which it starts', async () => {
    const { decisions, leave } = asked('drop-turn')
    leave()
    await turn()
    expect(decisions).toEqual([])
  })
})

describe('a rephrase function', () => {
  it('receives the input and the refusal', async () => {
    const told: RefusedInput[] = []
    await policyFor({
      rephrase: (refused) => {
        told.push(refused)
        return null
      },
    })
    expect(told).toEqual([{ turnId: 't1', input: 'Hi', refusal }])
  })

  it.each<readonly [string, Rephrase, Content]>([
    ['at once', () => 'Hello', 'Hello'],
    ['later', async () => 'Hello', 'Hello'],
    ['in blocks', () => [{ type: 'text', text: 'Hello' }], [{ type: 'text', text: 'Hello' }]],
  ])('returns other words %s', async (_, rephrase, words) => {
    expect(await decided({ rephrase })).toEqual({ decision: { rephrase: words }, errors: [] })
  })

  it('drops the turn by returning null, at once or later', async () => {
    expect(await decided({ rephrase: () => null })).toEqual({ decision: 'drop-turn', errors: [] })
    expect(await decided({ rephrase: async () => null })).toEqual({ decision: 'drop-turn', errors: [] })
  })

  it('is reported and the turn dropped when it throws or rejects', async () => {
    const error = new Error('no words')
    const thrower: Rephrase = () => {
      throw error
    }
    expect(await decided({ rephrase: thrower })).toEqual({ decision: 'drop-turn', errors: [error] })
    expect(await decided({ rephrase: () => Promise.reject(error) })).toEqual({ decision: 'drop-turn', errors: [error] })
  })

  it.each<readonly [string, unknown]>([
    ['an empty text', ''],
    ['blanks', '  \n'],
    ['no blocks', []],
    ['blocks without a type', [{ text: 'Hello' }]],
    ['nothing', undefined],
    ['a number', 7],
    ['an object', { text: 'Hello' }],
  ])('is reported and the turn dropped when it returns %s', async (_, words) => {
    const { decision, errors } = await decided({ rephrase: () => words as Content })
    expect(decision).toBe('drop-turn')
    expect(errors).toMatchObject([{ code: 'policy-invalid' }])
  })

  it('drops the turn when it throws, even if reporting the error throws too', async () => {
    const decisions: DecideEvent[] = []
    const logic = decide({ onRefusal: { rephrase: throws }, onError: throws })
    const machine = setup({ types: { events: {} as DecideEvent }, actors: { decide: logic } }).createMachine({
      invoke: { src: 'decide', input: first },
      on: { 'refusal.*': { actions: ({ event }) => void decisions.push(event) } },
    })
    createActor(machine).start()
    await turn()
    expect(decisions).toEqual([{ type: 'refusal.resolve', policy: 'drop-turn' }])
  })

  it('is called once for one input: if its words are refused too, the turn is dropped', async () => {
    let calls = 0
    const rephrase: Rephrase = () => `try ${++calls}`
    expect(await policyFor({ rephrase }, { wordings: 2, refusalsInARow: 2 })).toBe('drop-turn')
    expect(await policyFor([{ rephrase }, 'clear'], { wordings: 2, refusalsInARow: 2 })).toBe('clear')
    expect(calls).toBe(0)
  })

  it('is not called for a continuation, whose input is not the user’s: the turn is dropped', async () => {
    let calls = 0
    const rephrase: Rephrase = () => `try ${++calls}`
    expect(await decided({ rephrase }, { kind: 'continuation' })).toEqual({ decision: 'drop-turn', errors: [] })
    expect(await policyFor([{ rephrase }, 'clear'], { kind: 'continuation', refusalsInARow: 2 })).toBe('clear')
    expect(calls).toBe(0)
  })

  it('is not called in the tick in which the slot starts, so that a restored slot can be stopped first', async () => {
    let calls = 0
    const { decisions, leave } = asked({ rephrase: () => `try ${++calls}` })
    expect(calls).toBe(0)
    leave()
    await turn()
    expect([calls, decisions]).toEqual([0, []])
  })
})

describe('in the conversation', () => {
  const refusing = typedCallback<EventObject, ReplyInput, ReplyEvent, ReplyEmitted>(({ sendBack }) => {
    const usage = { inputTokens: 1, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
    sendBack({ type: 'reply.refused', refusal, usage })
  })
  const chartWith = (rephrase: Rephrase) =>
    conversationMachine.provide({
      actors: { streamReply: refusing, decide: decide({ onRefusal: { rephrase }, onError: () => {} }) },
    })

  it('rephrases one input once, then drops it', async () => {
    const told: unknown[] = []
    const machine = chartWith(({ input }) => {
      told.push(input)
      return 'Other words'
    })
    const actor = createActor(machine, { input: { id: 'c1', model: 'm1' } }).start()
    actor.send({ type: 'user.send', turnId: 't1', input: 'Hi', at: 1 })
    await turn()
    expect(told).toEqual(['Hi'])
    expect(actor.getSnapshot().value).toBe('idle')
    expect(actor.getSnapshot().context.view.turns.map(({ input, status }) => [input, status])).toEqual([
      ['Hi', 'refused'],
      ['Other words', 'refused'],
    ])
  })

  it('makes a decision that was interrupted by the end of the process once more, not twice', async () => {
    let calls = 0
    const machine = chartWith(() => {
      calls++
      return null
    })
    const before = createActor(
      chartWith(() => new Promise(() => {})),
      { input: { id: 'c1', model: 'm1' } },
    ).start()
    before.send({ type: 'user.send', turnId: 't1', input: 'Hi', at: 1 })
    await turn()
    expect(before.getSnapshot().value).toEqual({ refused: 'deciding' })
    const snapshot = JSON.parse(JSON.stringify(before.getPersistedSnapshot())) as Snapshot<unknown>
    before.stop()

    const after = createActor(machine, { snapshot, input: {} }).start()
    await turn()
    expect(calls).toBe(1)
    expect(after.getSnapshot().value).toBe('idle')
  })
})
