// Facts that a process or a file may send: out of order, duplicated, of other conversations, and impossible journals.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import { rowsOf } from '../../src/inspect/log/turn-rows.ts'
import { frameOf } from '../../src/inspect/terminal/frame.ts'
import { type Fact, fold } from '../../src/journal/index.ts'
import { abc, completed, created, moved, opened, refusedTurn, rewoundToA } from '../journal/fixtures.ts'
import { asRecords, keptWith } from './fixtures.ts'

const ids = ['a', 'b', 'c', 'x', '__proto__']
const id = fc.constantFrom(...ids)
const orNull = fc.oneof(fc.constant(null), id)

/** Plausible facts with mixed-up ids. */
const oddFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.constantFrom<Fact>(...abc, ...rewoundToA, ...refusedTurn('x', 'c'), ...ids.flatMap((one) => completed(one, null))),
  fc
    .record({
      turnId: id,
      parent: orNull,
      kind: fc.constantFrom('user', 'compaction', 'continuation', 'seed'),
      replaces: fc.option(id, { nil: undefined }),
      continues: fc.option(id, { nil: undefined }),
    })
    .map(({ turnId, parent, kind, replaces, continues }): Fact => ({
      type: 'turn.opened',
      turnId,
      parent,
      input: 'hello',
      at: 0,
      kind,
      ...(replaces === undefined ? {} : { replaces }),
      ...(continues === undefined ? {} : { continues }),
    })),
  fc.tuple(orNull, orNull, fc.array(id)).map(([from, to, withdrawn]) => moved(from, to, { cause: 'clear', withdrawn })),
)

describe('received facts', () => {
  it('leave a log with a valid journal: facts that do not fit are counted as lost', () => {
    fc.assert(
      fc.property(fc.array(oddFact, { maxLength: 30 }), fc.boolean(), (facts, isBegun) => {
        const log = new ConversationLog()
        let lost = 0
        for (const record of asRecords(isBegun ? [created, ...facts] : facts)) {
          const taken = log.add({ ...record, index: log.facts.length })
          if (taken.type !== 'lost') continue
          lost++
          expect(taken.why).toMatch(/^fact \d+ \(/)
        }
        expect(log.lost).toBe(lost)
        expect(log.view).toEqual(fold(log.facts.map(({ fact }) => fact)))
        const rows = rowsOf(log.view, log.facts)
        expect(rowsOf(log.view, log.facts, 3)).toEqual(rows.slice(-3))
        expect(
          frameOf({ url: 'u', shown: keptWith(log.all()), position: 0, count: 1 }, { columns: 80, rows: 24 }),
        ).toHaveLength(24)
      }),
    )
  })

  it.each<readonly [string, readonly Fact[], RegExp]>([
    [
      'a summary that replaces itself',
      [
        created,
        { type: 'turn.opened', turnId: 'a', parent: null, input: 'hello', at: 0, kind: 'compaction', replaces: 'a' },
      ],
      /^fact 1 \(turn\.opened\) does not fit: it replaces the unknown turn a$/,
    ],
    ['a turn that is its own parent', [created, opened('a', 'a')], /there is no settled turn a/],
    ['no first fact', [opened('a', null)], /a journal starts with conversation.created/],
    ['two first facts', [created, created], /the conversation was created already/],
  ])('are rejected with %s', (_, facts, why) => {
    const log = new ConversationLog()
    const taken = asRecords(facts).map((record) => log.add(record))
    expect(taken.at(-1)).toMatchObject({ type: 'lost', count: 1, why: expect.stringMatching(why) })
    expect([log.facts.length, log.lost]).toEqual([facts.length - 1, 1])
  })

  it.each(['1e999', '1e308'])('may have %s tokens, and sums stay numbers', (tokens) => {
    const log = new ConversationLog()
    const odd = JSON.parse(
      JSON.stringify([...completed('a', null), ...completed('b', 'a')]).replaceAll(
        '"inputTokens":',
        `"inputTokens":${tokens},"was":`,
      ),
    ) as readonly Fact[]
    for (const record of asRecords([created, ...odd])) log.add(record)
    expect(log.facts).toHaveLength(7)
    expect(Number.isFinite(log.view.usage.inputTokens)).toBe(true)
  })

  it('are processed in linear time: 60,000 queued inputs', () => {
    const log = new ConversationLog()
    const queued = Array.from({ length: 60_000 }, (_, index): Fact => ({
      type: 'input.queued',
      turnId: `q${index}`,
      input: 'hello',
      at: 0,
    }))
    const before = performance.now()
    for (const record of asRecords([created, ...queued])) log.add(record)
    expect(log.view.queue).toHaveLength(60_000)
    // Quadratic processing took 38 seconds.
    expect(performance.now() - before).toBeLessThan(8_000)
  })
})
