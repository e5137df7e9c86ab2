import { describe, expect, it } from 'vitest'
import { type Fact, fold } from '../../src/journal/index.ts'
import { factSchemas } from '../../src/journal/fact-schemas.ts'
import { readFact } from '../../src/journal/read-fact.ts'
import {
  answered,
  answerRequested,
  approvalDecided,
  approvalRequested,
  attemptFailed,
  budgetSet,
  call,
  callStarted,
  cameToNothing,
  completed,
  created,
  deferred,
  held,
  model,
  moved,
  opened,
  queued,
  refused,
  refusedTurn,
  replied,
  result,
  settled,
  stripped,
  switched,
  text,
  tokens,
} from './fixtures.ts'
import { someOf } from '../runs.ts'

const many = <T>(count: number, make: (nth: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, nth) => make(nth))

const calls = (count: number) => [
  created,
  opened('a', null),
  replied(
    'a',
    many(count, (nth) => call(`t${nth}`)),
  ),
]

const failure = { code: 'request-invalid', message: 'No.', status: 400 } as const

/** Creates this many facts of each type, each with its own names, after the facts that they require. */
const journals: Readonly<Record<string, (count: number) => readonly Fact[]>> = {
  'input.queued': (count) => [created, ...many(count, (nth) => queued(`q${nth}`))],
  'input.withdrawn': (count) => [
    created,
    ...many(count, (nth) => queued(`q${nth}`)),
    ...many(count, (nth): Fact => ({ type: 'input.withdrawn', turnId: `q${nth}` })),
  ],
  'input.withdrawn: the newest first': (count) => [
    created,
    ...many(count, (nth) => queued(`q${nth}`)),
    ...many(count, (nth): Fact => ({ type: 'input.withdrawn', turnId: `q${count - nth - 1}` })),
  ],
  'turn.opened: from a long queue': (count) => [
    created,
    ...many(count, (nth) => queued(`q${nth}`)),
    ...many(count, (nth) => [opened(`q${nth}`, null), settled(`q${nth}`, 'stopped', { kept: false })]).flat(),
  ],
  'turn.opened: each on the one before': (count) => [
    created,
    ...many(count, (nth) => completed(`a${nth}`, nth === 0 ? null : `a${nth - 1}`)).flat(),
  ],
  'turn.settled: summaries, each a replacement of the one before': (count) => [
    created,
    ...many(count, (nth) =>
      cameToNothing(`a${nth}`, null, 'failed', {
        kind: 'compaction',
        ...(nth === 0 ? {} : { replaces: `a${nth - 1}` }),
      }),
    ).flat(),
  ],
  'turn.settled: refusals': (count) => [
    created,
    ...many(count, (nth) => [opened(`x${nth}`, null), refused(`x${nth}`), left(`x${nth}`)]).flat(),
  ],
  'reply.recorded: pauses': (count) => [
    created,
    opened('a', null),
    ...many(count, (nth) => replied('a', [text(`part ${nth}`)], { stopReason: 'pause_turn' })),
  ],
  'reply.recorded: models, terms and tools of every name': (count) => [
    created,
    opened('a', null),
    ...many(count, (nth) =>
      replied('a', [text('part')], {
        stopReason: 'pause_turn',
        model: `model ${nth}`,
        requestedModel: `asked ${nth}`,
        usage: { ...tokens, toolRequests: { [`tool ${nth}`]: 1 } },
        terms: { inferenceGeo: `region ${nth}` },
      }),
    ),
  ],
  'reply.recorded: one with many iterations': (count) => [
    created,
    opened('a', null),
    replied('a', [text('done')], {
      iterations: many(count, (nth) => ({ type: 'message', model: `model ${nth}`, usage: tokens })),
      hops: many(count, (nth) => ({ model: `model ${nth}`, category: null, textShown: false })),
    }),
  ],
  'toolResults.recorded': (count) => [...calls(count), ...many(count, (nth) => answered('a', result(`t${nth}`)))],
  'toolResults.recorded: all at once': (count) => [
    ...calls(count),
    answered('a', ...many(count, (nth) => result(`t${nth}`))),
  ],
  'toolResults.recorded: of a seeded history': (count) => [
    created,
    opened('a', null, { kind: 'seed' }),
    replied(
      'a',
      many(count, (nth) => call(`t${nth}`)),
    ),
    ...many(count, (nth) => answered('a', result(`t${nth}`))),
  ],
  'approval.requested': (count) => [...calls(count), ...many(count, (nth) => approvalRequested('a', `t${nth}`))],
  'approval.decided': (count) => [
    ...calls(count),
    ...many(count, (nth) => approvalRequested('a', `t${nth}`)),
    ...many(count, (nth) => approvalDecided('a', `t${nth}`, true)),
  ],
  'call.started': (count) => [...calls(count), ...many(count, (nth) => callStarted('a', `t${nth}`))],
  'answer.requested': (count) => [...calls(count), ...many(count, (nth) => answerRequested('a', `t${nth}`))],
  'attempt.failed': (count) => [
    created,
    opened('a', null),
    ...many(count, (nth) => attemptFailed('a', { attempt: nth })),
  ],
  'attempt.failed: of models and tools of every name': (count) => [
    created,
    opened('a', null),
    ...many(count, (nth) =>
      attemptFailed('a', { model: `model ${nth}`, usage: { ...tokens, toolRequests: { [`tool ${nth}`]: 1 } } }),
    ),
  ],
  'request.rejected': (count) => [
    created,
    opened('a', null),
    ...many(count, (nth) => rejected({ fields: { [`field${nth}`]: 'hash' } })),
    replied('a', [text('taken')]),
  ],
  'request.rejected: one with many fields': (count) => [
    created,
    opened('a', null),
    rejected({ fields: Object.fromEntries(many(count, (nth) => [`field${nth}`, 'hash'])) }),
  ],
  'fields.accepted': (count) => [
    created,
    opened('a', null),
    ...many(count, (nth): Fact => ({
      type: 'fields.accepted',
      turnId: 'a',
      model: `model ${nth}`,
      fields: { system: 'x' },
    })),
  ],
  'context.setAside': (count) => [
    created,
    ...completed('a', null),
    ...many(count, (nth): Fact => ({ type: 'context.setAside', turnId: 'a', parts: [`field:${model}/f${nth}`] })),
  ],
  'context.setAside: one turn each, of many': (count) => [
    created,
    ...many(count, (nth) => completed(`a${nth}`, nth === 0 ? null : `a${nth - 1}`)).flat(),
    ...many(count, (nth): Fact => ({ type: 'context.setAside', turnId: 'a0', parts: [`turn:a${nth}`] })),
  ],
  'context.takenBack': (count) => [
    created,
    ...completed('a', null),
    { type: 'context.setAside', turnId: 'a', parts: many(count, (nth) => `field:${model}/f${nth}` as const) },
    ...many(count, (nth): Fact => ({ type: 'context.takenBack', turnId: 'a', parts: [`field:${model}/f${nth}`] })),
  ],
  'thinking.stripped: in every turn': (count) => [
    created,
    ...many(count, (nth) => [
      opened(`a${nth}`, nth === 0 ? null : `a${nth - 1}`),
      stripped(`a${nth}`),
      replied(`a${nth}`, [text('done')]),
      settled(`a${nth}`),
    ]).flat(),
  ],
  'model.switched': (count) => [
    created,
    ...many(count, (nth) => switched(nth === 0 ? model : `m${nth - 1}`, `m${nth}`)),
  ],
  'head.moved': (count) => [
    created,
    ...completed('a', null),
    ...many(count, (nth) => (nth % 2 === 0 ? moved('a', null) : moved(null, 'a'))),
  ],
  'conversation.forked': (count) => [
    created,
    {
      type: 'conversation.forked',
      from: 'c0',
      turnId: null,
      quarantine: many(count, (nth) => ({ turnId: `x${nth}`, inputHash: `h${nth}` })),
    },
    ...many(count, (nth): Fact => ({ type: 'conversation.forked', from: `c${nth}`, turnId: null, quarantine: [] })),
  ],
  'queue.released': (count) => [
    created,
    queued('q'),
    ...many(count, (nth): readonly Fact[] => [...cameToNothing(`a${nth}`, null), { type: 'queue.released' }]).flat(),
  ],
  'queue.held': (count) => [
    created,
    queued('q'),
    ...many(count, (): readonly Fact[] => [held, { type: 'queue.released' }]).flat(),
  ],
  'refusal.deferred': (count) => [
    created,
    ...many(count, (nth): readonly Fact[] => [
      ...refusedTurn(`r${nth}`, null),
      deferred(`r${nth}`),
      left(`r${nth}`),
    ]).flat(),
  ],
  'budget.set': (count) => [created, ...many(count, (nth) => budgetSet({ tokens: nth + 1 }))],
}

const left = (turnId: string): Fact => moved(null, null, { cause: 'refusal', turnId, policy: 'drop-turn' })

const rejected = (more: { readonly fields: Readonly<Record<string, string>> }): Fact => ({
  type: 'request.rejected',
  turnId: 'a',
  attempt: 1,
  model,
  failure,
  thinking: false,
  ...more,
})

/** The CPU time of a run in microseconds, without interference: the minimum of several runs. */
function cost(run: () => void): number {
  const costs = [1, 2, 3].map(() => {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return user + system
  })
  return Math.min(...costs)
}

/** The cost of folding a journal so many times, relative to reading it alone, which takes linear time. */
function foldingPerReading(facts: readonly Fact[], repeats: number): number {
  const repeated = (run: () => void) => cost(() => many(repeats, run))
  const reading = repeated(() => facts.forEach(readFact))
  return repeated(() => fold(facts)) / Math.max(reading, 10)
}

const size = 700
const times = 8

describe('a journal with many facts of one kind', () => {
  it.each(someOf(Object.entries(journals)))('is folded in linear time: %s', (_name, make) => {
    const few = make(size)
    const lots = make(size * times)
    expect(fold(lots).revision).toBe(lots.length)
    // With quadratic cost, this would be 8 each time. Caches that others fill can only make it look worse than it is.
    const growth = () => foldingPerReading(lots, 1) / foldingPerReading(few, times)
    let least = growth()
    for (let tries = 1; tries < 4 && least >= 3; tries++) least = Math.min(least, growth())
    expect(least).toBeLessThan(3)
  })

  it('is tested for every type of fact', () => {
    const tried = new Set(
      Object.values(journals)
        .flatMap((make) => make(2))
        .map(({ type }) => type),
    )
    expect([...tried].toSorted()).toEqual(Object.keys(factSchemas).toSorted())
  })
})
