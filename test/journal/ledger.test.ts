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
/** A pause, after which the API continues with another reply. */
const paused = { stopReason: 'pause_turn' } as const

const begin = [created, opened('a', null)]
type Accounts = Readonly<Record<string, Omit<Spending, 'charges'>>>
const accountsOf = (ledger: Ledger): Accounts =>
  Object.fromEntries(Object.entries(ledger).map(([name, { charges: _charges, ...accounts }]) => [name, accounts]))
const ledgerOf = (...facts: readonly Fact[]): Accounts => accountsOf(viewOf(...begin, ...facts).ledger)
/** The charged usage alone, from which the cost is calculated. */
const charging = (...usages: readonly Usage[]): Spending => ({
  ...nothing,
  charges: usages.map((usage) => ({ usage })),
})
const unsaid: Usage = { ...some, outputTokens: 1 }
const refusedWith = (more: object, usage = some) => refused('a', { usage, refusal: { ...refusal, ...more } })

describe('the ledger', () => {
  it('is empty before the first request', () => {
    expect(viewOf(created).ledger).toEqual({})
    expect(ledgerOf()).toEqual({})
  })

  it('counts replies as answered, per request, while the turn is still open', () => {
    const one = { [model]: { ...nothing, requests: 1, answered: tokens } }
    expect(ledgerOf(replied('a', [text('So')]))).toEqual(one)
    expect(ledgerOf(replied('a', [call('t1')]), answered('a', result('t1')), replied('a', [text('So')]))).toEqual({
      [model]: { ...nothing, requests: 2, answered: times(tokens, 2) },
    })
  })

  it('separates models by the name of the one that served', () => {
    const alias = replied('a', [text('So')], { model: 'claude-haiku-4-5-20251001', requestedModel: 'claude-haiku-4-5' })
    const facts = [alias, settled('a'), switched(model, otherModel), opened('b', 'a')]
    const ledger = ledgerOf(...facts, replied('b', [text('Yes')], { model: otherModel }))
    expect(ledger).toEqual({
      'claude-haiku-4-5-20251001': { ...nothing, requests: 1, answered: tokens },
      [otherModel]: { ...nothing, requests: 1, answered: tokens },
    })
  })

  it('separates charged and uncharged refusals', () => {
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

  it('counts a refusal after hidden thinking as charged, whatever its category', () => {
    expect(ledgerOf(refusedWith({ category: 'cyber', textShown: false }))).toEqual({
      [model]: { ...nothing, requests: 1, refused: some },
    })
  })

  it('counts a refusal for the model that refused, or for the requested one when none is named', () => {
    expect(Object.keys(ledgerOf(refusedWith({ model: otherModel })))).toEqual([otherModel])
    expect(Object.keys(ledgerOf(refusedWith({})))).toEqual([model])
  })

  it('counts a retried attempt as unknown even when nothing of it arrived', () => {
    expect(ledgerOf(attemptFailed('a'), attemptFailed('a', { attempt: 2, usage: some }))).toEqual({
      [model]: { ...nothing, requests: 2, unknown: some },
    })
  })

  it('counts the partial reply of a stopped turn as answered, recorded or not', () => {
    const cut = replied('a', [text('So')], { stopReason: null, usage: some })
    const bill = { [model]: { ...nothing, requests: 1, answered: some } }
    expect(ledgerOf(cut, settled('a', 'stopped'))).toEqual(bill)
    expect(ledgerOf(settled('a', 'stopped', { kept: false, usage: some }))).toEqual(bill)
  })

  it.each(['failed', 'interrupted'] as const)('counts the unrecorded usage of a %s turn as unknown', (status) => {
    expect(ledgerOf(settled('a', status, { kept: false, usage: some }))).toEqual({
      [model]: { ...nothing, requests: 1, unknown: some },
    })
  })

  it('counts nothing for a turn that ended before its request', () => {
    expect(ledgerOf(settled('a', 'failed', { kept: false }))).toEqual({})
  })

  it('keeps the usage of turns that a reset withdrew', () => {
    expect(accountsOf(viewOf(...rewoundToA).ledger)).toEqual({
      [model]: { ...nothing, requests: 3, answered: times(tokens, 3) },
    })
    const cleared = viewOf(...rewoundToA, moved('a', null, { cause: 'clear', withdrawn: ['a'] }))
    expect(cleared.ledger).toEqual(viewOf(...rewoundToA).ledger)
  })

  it('counts nothing for a seeded history, which was paid for elsewhere', () => {
    const messages = [user('One'), assistant(text('1'))]
    const { facts } = seedFacts({ messages, at: 1, nextId: () => 's1' })
    const { ledger } = viewOf(created, ...facts)
    expect(totalCost(ledger, {})).toBe(0)
    expect(ledger).toEqual({})
  })

  it('stays marked as estimated', () => {
    const usage = { ...some, estimated: true } as const
    expect(ledgerOf(replied('a', [text('So')], { stopReason: null, usage }))[model]?.answered.estimated).toBe(true)
  })
})

describe('the ledger of a reply with several iterations', () => {
  const rounds = (...types: readonly (readonly [string, string?])[]) =>
    types.map(([type, by]) => ({ type, ...(by === undefined ? {} : { model: by }), usage: some }))

  it('counts the iterations, each for its model, rather than the total of the reply', () => {
    const iterations = rounds(['message', model], ['fallback_message', otherModel])
    const ledger = ledgerOf(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations }))
    expect(ledger).toEqual({
      [model]: { ...nothing, requests: 1, refused: some },
      [otherModel]: { ...nothing, requests: 1, answered: some },
    })
  })

  it('counts no iteration as refused without a fallback', () => {
    const iterations = rounds(['compaction'], ['message'])
    expect(ledgerOf(replied('a', [text('So')], { iterations }))).toEqual({
      [model]: { ...nothing, requests: 2, answered: times(some, 2) },
    })
  })

  it('counts a compaction before a fallback as answered', () => {
    const iterations = rounds(['compaction', model], ['message', model], ['fallback_message', otherModel])
    expect(ledgerOf(replied('a', [text('So')], { model: otherModel, iterations }))).toEqual({
      [model]: { ...nothing, requests: 2, answered: some, refused: some },
      [otherModel]: { ...nothing, requests: 1, answered: some },
    })
  })

  it('counts every iteration but the last as refused and charged, even without output', () => {
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

  it('counts each iteration when all were refused, and the last by its category', () => {
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

  it('treats an empty list as no iterations', () => {
    expect(ledgerOf(replied('a', [text('So')], { iterations: [] }))[model]?.answered).toEqual(tokens)
  })

  it('is also the cost of the turn', () => {
    const iterations = rounds(['message', model], ['fallback_message', otherModel])
    const view = viewOf(...begin, replied('a', [text('So')], { iterations }), settled('a'))
    expect([view.usage, view.turns[0]?.usage]).toEqual([times(some, 2), times(some, 2)])
    expect(view.turns[0]?.attempts).toMatchObject([
      { attempt: 1, model, result: 'refused', billing: 'billed' },
      { attempt: 1, model: otherModel, result: 'answered', billing: 'billed' },
    ])
  })
})

describe('the ledger of a reply with hops of server fallbacks', () => {
  const hop = (name: string, category: string | null = null) => ({ model: name, category, textShown: false })
  const attemptsOf = (fact: Fact) => viewOf(...begin, fact).open?.attempts ?? viewOf(...begin, fact).turns[0]?.attempts
  const results = (fact: Fact) => attemptsOf(fact)?.map((one) => [one.model, one.result, one.hop?.category])

  it('joins the categories of the blocks with the counted iterations', () => {
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

  it('includes an uncounted hop at no cost', () => {
    const reply = replied('a', [text('So')], { model: otherModel, requestedModel: model, hops: [hop(model, 'cyber')] })
    expect(results(reply)).toEqual([
      [model, 'refused', 'cyber'],
      [otherModel, 'answered', undefined],
    ])
    expect(viewOf(...begin, reply).open?.usage).toEqual(tokens)
  })

  it('has one hop when the refusing model had sampled several times', () => {
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

  it('counts an unnamed iteration for the requested model until another one continues', () => {
    const iterations = [
      { type: 'message', usage: some },
      { type: 'fallback_message', usage: some },
    ]
    expect(results(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations }))).toEqual([
      [model, 'refused', null],
      [otherModel, 'answered', undefined],
    ])
  })

  it('has no hop when the API used the fallback at once', () => {
    const iterations = [{ type: 'fallback_message', model: otherModel, usage: some }]
    expect(results(replied('a', [text('So')], { model: otherModel, requestedModel: model, iterations }))).toEqual([
      [otherModel, 'answered', undefined],
    ])
  })

  it('counts iterations before an unanswered refusal as answered and charged', () => {
    const iterations = [
      { type: 'message', model, usage: some },
      { type: 'message', model, usage: unsaid },
    ]
    const free = { ...refusal, category: 'cyber', textShown: false, model }
    expect(ledgerOf(refused('a', { usage: unsaid, iterations, refusal: free }))).toEqual({
      [model]: { ...nothing, requests: 2, answered: some, notBilled: unsaid },
    })
  })

  it('includes the hops of a retried attempt', () => {
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

  it('keep the requested name and the name that served', () => {
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

  it('keep both names for refusals and for retried or cut attempts, too', () => {
    const asked = [{ asked: model, usage: some }]
    expect(chargesOf(refusedWith({ category: 'bio', model: dated }))).toEqual({ [dated]: asked })
    expect(chargesOf(attemptFailed('a', { model: dated, usage: some }))).toEqual({ [dated]: asked })
    expect(chargesOf(settled('a', 'stopped', { kept: false, model: dated, usage: some }))).toEqual({ [dated]: asked })
  })

  it('never use the requested name for a fallback, which has another price', () => {
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

  it('merge equal charges, whatever came between', () => {
    const reply = (more: object) => replied('a', [], { ...more, ...paused })
    expect(chargesOf(reply({}), reply({ terms }), reply({}), reply({ terms }))).toEqual({
      [model]: [{ usage: times(tokens, 2) }, { terms, usage: times(tokens, 2) }],
    })
    for (const name of ['serviceTier', 'speed', 'inferenceGeo'])
      expect(chargesOf(reply({}), reply({ terms: { [name]: 'x' } }))[model]).toHaveLength(2)
  })

  it('contain only charged usage', () => {
    expect(chargesOf(refusedWith({ category: 'cyber', textShown: false }, unsaid))).toEqual({ [model]: [] })
  })
})

describe('the unpriced part of a ledger', () => {
  it('is listed by model, each item once', () => {
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

  it('is empty when a requested name has a price', () => {
    const reply = replied('a', [text('So')], { model: 'served', requestedModel: 'asked' })
    const { ledger } = viewOf(...begin, reply)
    expect(unpriced(ledger, { asked: price })).toEqual([])
    expect(totalCost(ledger, { asked: price })).toBeGreaterThan(0)
  })
})

describe('the attempts of a turn', () => {
  it('have the ids of the request and the message, and the service terms', () => {
    const told = { messageId: 'msg_1', requestId: 'req_1', terms: { speed: 'fast' } }
    expect(viewOf(...begin, replied('a', [text('So')], told)).open?.attempts).toMatchObject([told])
    expect(viewOf(...begin, refused('a', { usage: some, ...told })).turns[0]?.attempts).toMatchObject([told])
    expect(viewOf(...begin, attemptFailed('a', told)).open?.attempts).toMatchObject([told])
    const failure = { code: 'overloaded', message: 'Busy.', requestId: 'req_2' } as const
    expect(viewOf(...begin, attemptFailed('a', { failure })).open?.attempts).toMatchObject([{ requestId: 'req_2' }])
  })

  it('are all of its requests in order, each with its result', () => {
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

  it('mark a cut reply', () => {
    const cut = replied('a', [text('So')], { stopReason: null })
    expect(viewOf(...begin, cut).open?.attempts).toMatchObject([{ result: 'cut', billing: 'billed' }])
  })

  it('do not change with a fact of another turn', () => {
    expect(viewOf(created, ...completed('a', null)).turns[0]?.attempts).toHaveLength(1)
  })
})

const spent: Ledger = { m1: charging(some) }

describe('the total of a ledger', () => {
  it('in tokens is the possibly charged usage, including cache and refusals', () => {
    expect(totalTokens({ ...spent, m2: charging(some, some) })).toBe(3 * 127)
    expect(totalTokens({})).toBe(0)
  })

  it.each<readonly [string, number, readonly Fact[]]>([
    ['an answer', 0.00307, [replied('a', [text('So')], { usage: some })]],
    ['a charged refusal', 0.00307, [refusedWith({ category: 'bio' })]],
    ['an attempt of unknown cost', 0.00307, [attemptFailed('a', { usage: some })]],
    ['not a free refusal', 0, [refusedWith({ category: 'cyber', textShown: false }, { ...some, outputTokens: 1 })]],
  ])('in money counts possibly charged usage: %s', (_, cost, facts) => {
    expect(totalCost(viewOf(...begin, ...facts).ledger, { [model]: price })).toBeCloseTo(cost, 10)
  })

  it('in money uses separate prices for cache reads and writes, or else the input price', () => {
    expect(totalCost(spent, { m1: { ...price, cacheRead: 1, cacheWrite: 20 } })).toBeCloseTo(0.003083, 10)
  })

  it('is the sum over its models', () => {
    const ledger = { ...spent, m2: charging(some) }
    expect(totalCost(ledger, { m1: price, m2: { input: 0, output: 0 } })).toBeCloseTo(0.00307, 10)
  })

  it('uses the price of an undated name for a dated version', () => {
    const dated: Ledger = { 'm1-20251001': charging(some) }
    expect(totalCost(dated, { m1: price })).toBeCloseTo(0.00307, 10)
    expect(totalCost(dated, { m1: { input: 1, output: 1 }, 'm1-20251001': price })).toBeCloseTo(0.00307, 10)
    expect(totalCost(dated, { 'm1-20250101': price })).toBeNull()
    expect(totalCost({ 'm1-2025': charging(some) }, { m1: price })).toBeNull()
  })

  it('reads no price and no account from the prototype', () => {
    expect(priceOf('constructor', {})).toBeUndefined()
    const ledger = ledgerOf(replied('a', [text('So')], { model: 'constructor' }))
    expect(Object.entries(ledger)).toEqual([['constructor', { ...nothing, requests: 1, answered: tokens }]])
  })

  it('is unknown while one of its models has no price', () => {
    expect(totalCost(spent, {})).toBeNull()
    expect(totalCost(spent, { m2: price })).toBeNull()
    expect(totalCost({}, {})).toBe(0)
  })
})
