import { describe, expect, it } from 'vitest'
import {
  type Fact,
  type Ledger,
  noUsage,
  priceOf,
  seedFacts,
  totalCost,
  totalTokens,
  type Usage,
} from '../../src/journal/index.ts'
import {
  assistant,
  attemptFailed,
  call,
  completed,
  created,
  model,
  moved,
  opened,
  otherModel,
  refusal,
  refused,
  replied,
  rewoundToA,
  settled,
  switched,
  text,
  tokens,
  user,
  viewOf,
} from './fixtures.ts'

const some: Usage = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 3, cacheWriteTokens: 4 }
const times = (usage: Usage, n: number): Usage => ({
  inputTokens: usage.inputTokens * n,
  outputTokens: usage.outputTokens * n,
  cacheReadTokens: usage.cacheReadTokens * n,
  cacheWriteTokens: usage.cacheWriteTokens * n,
})

const nothing = { requests: 0, answered: noUsage, refused: noUsage, notBilled: noUsage, unknown: noUsage }
const begin = [created, opened('a', null)]
const ledgerOf = (...facts: readonly Fact[]): Ledger => viewOf(...begin, ...facts).ledger
const unsaid: Usage = { ...some, outputTokens: 1 }
const refusedWith = (more: object, usage = some) => refused('a', { usage, refusal: { ...refusal, ...more } })

describe('the ledger', () => {
  it('is empty before anything was asked', () => {
    expect(viewOf(created).ledger).toEqual({})
    expect(ledgerOf()).toEqual({})
  })

  it('has replies as answered, request by request, while the turn is still open', () => {
    const one = { [model]: { ...nothing, requests: 1, answered: tokens } }
    expect(ledgerOf(replied('a', [text('So')]))).toEqual(one)
    expect(ledgerOf(replied('a', [call('t1')]), replied('a', [text('So')]))).toEqual({
      [model]: { ...nothing, requests: 2, answered: times(tokens, 2) },
    })
  })

  it('has each model apart, by the name of the one that served', () => {
    const alias = replied('a', [text('So')], { model: 'claude-haiku-4-5-20251001', requestedModel: 'claude-haiku-4-5' })
    const facts = [alias, settled('a'), switched(model, otherModel), opened('b', 'a')]
    const ledger = ledgerOf(...facts, replied('b', [text('Yes')], { model: otherModel }))
    expect(ledger).toEqual({
      'claude-haiku-4-5-20251001': { ...nothing, requests: 1, answered: tokens },
      [otherModel]: { ...nothing, requests: 1, answered: tokens },
    })
  })

  it('has refusals apart by whether they are charged', () => {
    expect(ledgerOf(refusedWith({ category: 'bio', textShown: false }, unsaid))).toEqual({
      [model]: { ...nothing, requests: 1, refused: unsaid },
    })
    expect(ledgerOf(refusedWith({ category: 'cyber', textShown: false }, unsaid))).toEqual({
      [model]: { ...nothing, requests: 1, notBilled: unsaid },
    })
    expect(ledgerOf(refusedWith({ category: 'cyber', textShown: true }))).toEqual({
      [model]: { ...nothing, requests: 1, refused: some },
    })
    expect(ledgerOf(refusedWith({ category: 'of_tomorrow', textShown: false }, unsaid))).toEqual({
      [model]: { ...nothing, requests: 1, unknown: unsaid },
    })
  })

  it('has a refusal after thinking that was not shown as charged, whatever its category', () => {
    expect(ledgerOf(refusedWith({ category: 'cyber', textShown: false }))).toEqual({
      [model]: { ...nothing, requests: 1, refused: some },
    })
  })

  it('has a refusal under the model that refused, and under the one that was asked where none is named', () => {
    expect(Object.keys(ledgerOf(refusedWith({ model: otherModel })))).toEqual([otherModel])
    expect(Object.keys(ledgerOf(refusedWith({})))).toEqual([model])
  })

  it('has an attempt that was made again as unknown, though nothing of it came', () => {
    expect(ledgerOf(attemptFailed('a'), attemptFailed('a', { attempt: 2, usage: some }))).toEqual({
      [model]: { ...nothing, requests: 2, unknown: some },
    })
  })

  it('has what was said of a stopped turn as answered, recorded or not', () => {
    const cut = replied('a', [text('So')], { stopReason: null, usage: some })
    const answered = { [model]: { ...nothing, requests: 1, answered: some } }
    expect(ledgerOf(cut, settled('a', 'stopped'))).toEqual(answered)
    expect(ledgerOf(settled('a', 'stopped', { kept: false, usage: some }))).toEqual(answered)
  })

  it.each(['failed', 'interrupted'] as const)('has what is not recorded of a turn that %s as unknown', (status) => {
    expect(ledgerOf(settled('a', status, { kept: false, usage: some }))).toEqual({
      [model]: { ...nothing, requests: 1, unknown: some },
    })
  })

  it('has nothing of a turn that ended before anything was asked', () => {
    expect(ledgerOf(settled('a', 'failed', { kept: false }))).toEqual({})
  })

  it('keeps what was spent on turns that a reset withdrew', () => {
    expect(viewOf(...rewoundToA).ledger).toEqual({ [model]: { ...nothing, requests: 3, answered: times(tokens, 3) } })
    const cleared = viewOf(...rewoundToA, moved('a', null, { cause: 'clear', withdrawn: ['a'] }))
    expect(cleared.ledger).toEqual(viewOf(...rewoundToA).ledger)
  })

  it('has nothing of a seeded history, which was paid for elsewhere', () => {
    const messages = [user('One'), assistant(text('1'))]
    const { facts } = seedFacts({ messages, at: 1, nextId: () => 's1' })
    const { ledger } = viewOf(created, ...facts)
    expect(totalCost(ledger, {})).toBe(0)
    expect(ledger).toEqual({})
  })

  it('keeps saying that counts are estimated', () => {
    const usage = { ...some, estimated: true } as const
    expect(ledgerOf(replied('a', [text('So')], { stopReason: null, usage }))[model]?.answered.estimated).toBe(true)
  })
})

describe('the ledger of a reply that the API made in several rounds', () => {
  const rounds = (...types: readonly (readonly [string, string?])[]) =>
    types.map(([type, by]) => ({ type, ...(by === undefined ? {} : { model: by }), usage: some }))

  it('sums the rounds, each under its model, and not what the reply says of itself', () => {
    const iterations = rounds(['message', model], ['fallback_message', otherModel])
    const ledger = ledgerOf(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations }))
    expect(ledger).toEqual({
      [model]: { ...nothing, requests: 1, refused: some },
      [otherModel]: { ...nothing, requests: 1, answered: some },
    })
  })

  it('has no round as refused where none was a fallback', () => {
    const iterations = rounds(['compaction'], ['message'])
    expect(ledgerOf(replied('a', [text('So')], { iterations }))).toEqual({
      [model]: { ...nothing, requests: 2, answered: times(some, 2) },
    })
  })

  it('has a compaction before a fallback as answered', () => {
    const iterations = rounds(['compaction', model], ['message', model], ['fallback_message', otherModel])
    expect(ledgerOf(replied('a', [text('So')], { model: otherModel, iterations }))).toEqual({
      [model]: { ...nothing, requests: 2, answered: some, refused: some },
      [otherModel]: { ...nothing, requests: 1, answered: some },
    })
  })

  it('has every round but the last as refused and charged, one that said nothing too', () => {
    const iterations = [
      { type: 'message', model, usage: { ...some, outputTokens: 0 } },
      { type: 'fallback_message', model: 'm9', usage: some },
      { type: 'fallback_message', model: otherModel, usage: some },
    ]
    expect(ledgerOf(replied('a', [text('So')], { model: otherModel, iterations }))).toEqual({
      [model]: { ...nothing, requests: 1, refused: { ...some, outputTokens: 0 } },
      m9: { ...nothing, requests: 1, refused: some },
      [otherModel]: { ...nothing, requests: 1, answered: some },
    })
  })

  it('that were all refused has each, and the last one by its category', () => {
    const iterations = [
      { type: 'message', model, usage: some },
      { type: 'fallback_message', model: otherModel, usage: unsaid },
    ]
    const last = { ...refusal, category: 'cyber', textShown: false, model: otherModel }
    expect(ledgerOf(refused('a', { usage: unsaid, iterations, refusal: last }))).toEqual({
      [model]: { ...nothing, requests: 1, refused: some },
      [otherModel]: { ...nothing, requests: 1, notBilled: unsaid },
    })
  })

  it('takes an empty list for none', () => {
    expect(ledgerOf(replied('a', [text('So')], { iterations: [] }))[model]?.answered).toEqual(tokens)
  })

  it('is what the turn cost, too', () => {
    const iterations = rounds(['message', model], ['fallback_message', otherModel])
    const view = viewOf(...begin, replied('a', [text('So')], { iterations }), settled('a'))
    expect([view.usage, view.turns[0]?.usage]).toEqual([times(some, 2), times(some, 2)])
    expect(view.turns[0]?.attempts).toMatchObject([
      { attempt: 1, model, result: 'refused', billing: 'billed' },
      { attempt: 1, model: otherModel, result: 'answered', billing: 'billed' },
    ])
  })
})

describe('the attempts of a turn', () => {
  it('are every request of it, in order, with what came of each', () => {
    const facts = [
      attemptFailed('a'),
      replied('a', [call('t1')], { attempt: 2 }),
      attemptFailed('a', { attempt: 3, usage: some }),
      refused('a', { usage: some }),
    ]
    const [turn] = viewOf(...begin, ...facts).turns
    expect(turn?.attempts.map(({ attempt, result, billing }) => [attempt, result, billing])).toEqual([
      [1, 'failed', 'unknown'],
      [2, 'answered', 'billed'],
      [3, 'failed', 'unknown'],
      [4, 'refused', 'billed'],
    ])
    expect(turn?.usage).toEqual({
      inputTokens: 210,
      outputTokens: 45,
      cacheReadTokens: 8,
      cacheWriteTokens: 9,
    })
  })

  it('have a reply that was cut as such', () => {
    const cut = replied('a', [text('So')], { stopReason: null })
    expect(viewOf(...begin, cut).open?.attempts).toMatchObject([{ result: 'cut', billing: 'billed' }])
  })

  it('are of no other turn: a fact of a turn that is not open changes nothing', () => {
    expect(viewOf(created, ...completed('a', null)).turns[0]?.attempts).toHaveLength(1)
  })
})

const spent = (account: 'answered' | 'refused' | 'notBilled' | 'unknown', usage = some): Ledger => ({
  m1: { ...nothing, requests: 1, [account]: usage },
})
const price = { input: 10, output: 100 }

describe('what a ledger comes to', () => {
  it('in tokens is what may be charged, cached ones and refusals included', () => {
    const both = { ...spent('answered'), m2: { ...nothing, refused: some, notBilled: some, unknown: some } }
    expect(totalTokens(both)).toBe(3 * 127)
    expect(totalTokens({})).toBe(0)
  })

  it.each([
    ['answered', 0.00307],
    ['refused', 0.00307],
    ['unknown', 0.00307],
    ['notBilled', 0],
  ] as const)('in money counts what may be charged: %s', (account, cost) => {
    expect(totalCost(spent(account), { m1: price })).toBeCloseTo(cost, 10)
  })

  it('in money has prices of their own for what the cache read and wrote, else those of the input', () => {
    expect(totalCost(spent('answered'), { m1: { ...price, cacheRead: 1, cacheWrite: 20 } })).toBeCloseTo(0.003083, 10)
  })

  it('is the sum over its models', () => {
    const ledger = { ...spent('answered'), m2: { ...nothing, requests: 1, answered: some } }
    expect(totalCost(ledger, { m1: price, m2: { input: 0, output: 0 } })).toBeCloseTo(0.00307, 10)
  })

  it('has the price of a model without its date for a version that is dated', () => {
    const dated: Ledger = { 'm1-20251001': { ...nothing, requests: 1, answered: some } }
    expect(totalCost(dated, { m1: price })).toBeCloseTo(0.00307, 10)
    expect(totalCost(dated, { m1: { input: 1, output: 1 }, 'm1-20251001': price })).toBeCloseTo(0.00307, 10)
    expect(totalCost(dated, { 'm1-20250101': price })).toBeNull()
    expect(totalCost({ 'm1-2025': { ...nothing, requests: 1, answered: some } }, { m1: price })).toBeNull()
  })

  it('takes no price and no account from the prototype', () => {
    expect(priceOf('constructor', {})).toBeUndefined()
    const ledger = ledgerOf(replied('a', [text('So')], { model: 'constructor' }))
    expect(Object.entries(ledger)).toEqual([['constructor', { ...nothing, requests: 1, answered: tokens }]])
  })

  it('is not known while one of its models has no price', () => {
    expect(totalCost(spent('answered'), {})).toBeNull()
    expect(totalCost(spent('answered'), { m2: price })).toBeNull()
    expect(totalCost({}, {})).toBe(0)
  })
})
