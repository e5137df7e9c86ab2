import { describe, expect, it } from 'vitest'
import {
  type Fact,
  type Ledger,
  noUsage,
  priceOf,
  seedFacts,
  type Spending,
  totalCost,
  totalTokens,
  unpriced,
  type Usage,
} from '../../src/journal/index.ts'
import {
  answered,
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
  result,
  rewoundToA,
  settled,
  switched,
  text,
  tokens,
  user,
  viewOf,
} from './fixtures.ts'

const price = { input: 10, output: 100 }
const some: Usage = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 3, cacheWriteTokens: 4 }
const times = (usage: Usage, n: number): Usage => ({
  inputTokens: usage.inputTokens * n,
  outputTokens: usage.outputTokens * n,
  cacheReadTokens: usage.cacheReadTokens * n,
  cacheWriteTokens: usage.cacheWriteTokens * n,
})

const nothing: Omit<Spending, 'charges'> = {
  requests: 0,
  answered: noUsage,
  refused: noUsage,
  notBilled: noUsage,
  unknown: noUsage,
}
/** The API goes on with another reply. */
const paused = { stopReason: 'pause_turn' } as const

const begin = [created, opened('a', null)]
type Accounts = Readonly<Record<string, Omit<Spending, 'charges'>>>
const accountsOf = (ledger: Ledger): Accounts =>
  Object.fromEntries(Object.entries(ledger).map(([name, { charges: _charges, ...accounts }]) => [name, accounts]))
const ledgerOf = (...facts: readonly Fact[]): Accounts => accountsOf(viewOf(...begin, ...facts).ledger)
/** What is charged, and nothing else: what a cost is reckoned of. */
const charging = (...usages: readonly Usage[]): Spending => ({
  ...nothing,
  charges: usages.map((usage) => ({ usage })),
})
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
    expect(ledgerOf(replied('a', [call('t1')]), answered('a', result('t1')), replied('a', [text('So')]))).toEqual({
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
    const bill = { [model]: { ...nothing, requests: 1, answered: some } }
    expect(ledgerOf(cut, settled('a', 'stopped'))).toEqual(bill)
    expect(ledgerOf(settled('a', 'stopped', { kept: false, usage: some }))).toEqual(bill)
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
    expect(accountsOf(viewOf(...rewoundToA).ledger)).toEqual({
      [model]: { ...nothing, requests: 3, answered: times(tokens, 3) },
    })
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

describe('the ledger of a reply after hops of the API', () => {
  const hop = (name: string, category: string | null = null) => ({ model: name, category, textShown: false })
  const attemptsOf = (fact: Fact) => viewOf(...begin, fact).open?.attempts ?? viewOf(...begin, fact).turns[0]?.attempts
  const results = (fact: Fact) => attemptsOf(fact)?.map((one) => [one.model, one.result, one.hop?.category])

  it('has the categories that the blocks told with the rounds that were counted', () => {
    const iterations = [
      { type: 'message', model, usage: some },
      { type: 'fallback_message', model: 'm9', usage: some },
      { type: 'fallback_message', model: otherModel, usage: some },
    ]
    const hops = [hop(model, 'cyber'), hop('m9', 'bio')]
    expect(results(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations, hops }))).toEqual(
      [
        [model, 'refused', 'cyber'],
        ['m9', 'refused', 'bio'],
        [otherModel, 'answered', undefined],
      ],
    )
  })

  it('has a hop that nobody counted, and costs nothing for it', () => {
    const reply = replied('a', [text('So')], { model: otherModel, requestedModel: model, hops: [hop(model, 'cyber')] })
    expect(results(reply)).toEqual([
      [model, 'refused', 'cyber'],
      [otherModel, 'answered', undefined],
    ])
    expect(viewOf(...begin, reply).open?.usage).toEqual(tokens)
  })

  it('has one hop where the model that refused had sampled several times, and none after the last of them', () => {
    const iterations = [
      { type: 'message', model, usage: some },
      { type: 'message', model, usage: some },
      { type: 'fallback_message', model: otherModel, usage: some },
      { type: 'fallback_message', model: otherModel, usage: some },
    ]
    expect(results(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations }))).toEqual([
      [model, 'answered', undefined],
      [model, 'refused', null],
      [otherModel, 'answered', undefined],
      [otherModel, 'answered', undefined],
    ])
  })

  it('takes a round without a name for the model that was asked, until another one goes on', () => {
    const iterations = [
      { type: 'message', usage: some },
      { type: 'fallback_message', usage: some },
    ]
    expect(results(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations }))).toEqual([
      [model, 'refused', null],
      [otherModel, 'answered', undefined],
    ])
  })

  it('has no hop where the API went to the fallback at once', () => {
    const iterations = [{ type: 'fallback_message', model: otherModel, usage: some }]
    expect(results(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations }))).toEqual([
      [otherModel, 'answered', undefined],
    ])
  })

  it('has what the API did before a refusal that nobody took up as answered and charged', () => {
    const iterations = [
      { type: 'message', model, usage: some },
      { type: 'message', model, usage: unsaid },
    ]
    const free = { ...refusal, category: 'cyber', textShown: false, model }
    expect(ledgerOf(refused('a', { usage: unsaid, iterations, refusal: free }))).toEqual({
      [model]: { ...nothing, requests: 2, answered: some, notBilled: unsaid },
    })
  })

  it('has the hops of an attempt that was made again', () => {
    const failed = attemptFailed('a', { model: otherModel, usage: some, hops: [hop(model)] })
    expect(results(failed)).toEqual([
      [model, 'refused', null],
      [otherModel, 'failed', undefined],
    ])
  })
})

describe('the charges of a ledger', () => {
  const dated = `${model}-20260101`
  const terms = { serviceTier: 'priority' }
  const chargesOf = (...facts: readonly Fact[]) => {
    const { ledger } = viewOf(...begin, ...facts)
    return Object.fromEntries(Object.entries(ledger).map(([name, { charges }]) => [name, charges]))
  }

  it('keep the name that was asked for beside the one that served', () => {
    const alias = { model: dated, requestedModel: model }
    expect(
      chargesOf(replied('a', [], { ...alias, ...paused }), replied('a', [text('So')], { ...alias, terms })),
    ).toEqual({
      [dated]: [
        { asked: model, usage: tokens },
        { asked: model, terms, usage: tokens },
      ],
    })
  })

  it('keep it for refusals, and for attempts that were made again or cut, too', () => {
    const asked = [{ asked: model, usage: some }]
    expect(chargesOf(refusedWith({ category: 'bio', model: dated }))).toEqual({ [dated]: asked })
    expect(chargesOf(attemptFailed('a', { model: dated, usage: some }))).toEqual({ [dated]: asked })
    expect(chargesOf(settled('a', 'stopped', { kept: false, model: dated, usage: some }))).toEqual({ [dated]: asked })
  })

  it('take no name for that of a fallback: another model has another price', () => {
    const hopped = {
      model: otherModel,
      requestedModel: 'my-alias',
      iterations: [
        { type: 'message', model, usage: some },
        { type: 'fallback_message', model: otherModel, usage: some },
      ],
    }
    expect(chargesOf(replied('a', [text('So')], hopped))).toEqual({
      [model]: [{ asked: 'my-alias', usage: some }],
      [otherModel]: [{ usage: some }],
    })
    const told = { model: otherModel, requestedModel: model, servedAfterRefusal: true } as const
    expect(chargesOf(replied('a', [text('So')], told))).toEqual({ [otherModel]: [{ usage: tokens }] })
  })

  it('are one for all that was alike, whatever came between', () => {
    const reply = (more: object) => replied('a', [], { ...more, ...paused })
    expect(chargesOf(reply({}), reply({ terms }), reply({}), reply({ terms }))).toEqual({
      [model]: [{ usage: times(tokens, 2) }, { terms, usage: times(tokens, 2) }],
    })
    for (const name of ['serviceTier', 'speed', 'inferenceGeo'])
      expect(chargesOf(reply({}), reply({ terms: { [name]: 'x' } }))[model]).toHaveLength(2)
  })

  it('hold nothing that is not charged', () => {
    expect(chargesOf(refusedWith({ category: 'cyber', textShown: false }, unsaid))).toEqual({ [model]: [] })
  })
})

describe('what of a ledger has no price', () => {
  it('is told by model, each thing once', () => {
    const usage: Usage = { ...some, toolRequests: { web_search: 2 } }
    const terms = { speed: 'fast' }
    const facts = [
      replied('a', [], { ...paused, usage, terms }),
      replied('a', [], { ...paused, usage }),
      replied('a', [text('So')], { usage, model: otherModel, terms }),
    ]
    const { ledger } = viewOf(...begin, ...facts)
    expect(unpriced(ledger, { [model]: price })).toEqual([
      { model, what: 'tool:web_search', amount: 4 },
      { model, what: 'speed:fast', amount: 127 },
      { model: otherModel, what: 'model', amount: 127 },
    ])
    expect(unpriced({}, {})).toEqual([])
  })

  it('is nothing where a name that was asked for has one', () => {
    const reply = replied('a', [text('So')], { model: 'served', requestedModel: 'asked' })
    const { ledger } = viewOf(...begin, reply)
    expect(unpriced(ledger, { asked: price })).toEqual([])
    expect(totalCost(ledger, { asked: price })).toBeGreaterThan(0)
  })
})

describe('the attempts of a turn', () => {
  it('have the ids of the request and of the message, and the terms', () => {
    const told = { messageId: 'msg_1', requestId: 'req_1', terms: { speed: 'fast' } }
    expect(viewOf(...begin, replied('a', [text('So')], told)).open?.attempts).toMatchObject([told])
    expect(viewOf(...begin, refused('a', { usage: some, ...told })).turns[0]?.attempts).toMatchObject([told])
    expect(viewOf(...begin, attemptFailed('a', told)).open?.attempts).toMatchObject([told])
    const failure = { code: 'overloaded', message: 'Busy.', requestId: 'req_2' } as const
    expect(viewOf(...begin, attemptFailed('a', { failure })).open?.attempts).toMatchObject([{ requestId: 'req_2' }])
  })

  it('are every request of it, in order, with what came of each', () => {
    const facts = [
      attemptFailed('a'),
      replied('a', [call('t1')], { attempt: 2 }),
      attemptFailed('a', { attempt: 3, usage: some }),
      refused('a', { usage: some }),
    ]
    const [turn] = viewOf(...begin, ...facts).turns
    expect(turn?.attempts.map((made) => [made.attempt, made.result, made.billing])).toEqual([
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

const spent: Ledger = { m1: charging(some) }

describe('what a ledger comes to', () => {
  it('in tokens is what may be charged, cached ones and refusals included', () => {
    expect(totalTokens({ ...spent, m2: charging(some, some) })).toBe(3 * 127)
    expect(totalTokens({})).toBe(0)
  })

  it.each<readonly [string, number, readonly Fact[]]>([
    ['an answer', 0.00307, [replied('a', [text('So')], { usage: some })]],
    ['a refusal that is charged', 0.00307, [refusedWith({ category: 'bio' })]],
    ['an attempt of which nobody knows', 0.00307, [attemptFailed('a', { usage: some })]],
    [
      'not a refusal that is free',
      0,
      [refusedWith({ category: 'cyber', textShown: false }, { ...some, outputTokens: 1 })],
    ],
  ])('in money counts what may be charged: %s', (_, cost, facts) => {
    expect(totalCost(viewOf(...begin, ...facts).ledger, { [model]: price })).toBeCloseTo(cost, 10)
  })

  it('in money has prices of their own for what the cache read and wrote, else those of the input', () => {
    expect(totalCost(spent, { m1: { ...price, cacheRead: 1, cacheWrite: 20 } })).toBeCloseTo(0.003083, 10)
  })

  it('is the sum over its models', () => {
    const ledger = { ...spent, m2: charging(some) }
    expect(totalCost(ledger, { m1: price, m2: { input: 0, output: 0 } })).toBeCloseTo(0.00307, 10)
  })

  it('has the price of a model without its date for a version that is dated', () => {
    const dated: Ledger = { 'm1-20251001': charging(some) }
    expect(totalCost(dated, { m1: price })).toBeCloseTo(0.00307, 10)
    expect(totalCost(dated, { m1: { input: 1, output: 1 }, 'm1-20251001': price })).toBeCloseTo(0.00307, 10)
    expect(totalCost(dated, { 'm1-20250101': price })).toBeNull()
    expect(totalCost({ 'm1-2025': charging(some) }, { m1: price })).toBeNull()
  })

  it('takes no price and no account from the prototype', () => {
    expect(priceOf('constructor', {})).toBeUndefined()
    const ledger = ledgerOf(replied('a', [text('So')], { model: 'constructor' }))
    expect(Object.entries(ledger)).toEqual([['constructor', { ...nothing, requests: 1, answered: tokens }]])
  })

  it('is not known while one of its models has no price', () => {
    expect(totalCost(spent, {})).toBeNull()
    expect(totalCost(spent, { m2: price })).toBeNull()
    expect(totalCost({}, {})).toBe(0)
  })
})
