import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConversationLog } from '../../../src/inspect/log/conversation-log.ts'
import { Moments } from '../../../src/inspect/page/moments.ts'
import { type Fact, fold } from '../../../src/journal/index.ts'
import { completed, created } from '../../journal/fixtures.ts'
import { asRecords } from '../fixtures.ts'
import { runs } from '../../runs.ts'

const logOf = (facts: readonly Fact[]): ConversationLog => {
  const log = new ConversationLog()
  for (const record of asRecords(facts)) log.add(record)
  return log
}

const turns = (count: number): readonly Fact[] => [
  created,
  ...Array.from({ length: count }, (_, n) => completed(`t${n}`, n === 0 ? null : `t${n - 1}`)).flat(),
]

describe('a moment', () => {
  it('has the view after its fact, in any order of reading', () => {
    const facts = turns(80)
    fc.assert(
      fc.property(fc.array(fc.nat(facts.length - 1), { minLength: 1, maxLength: 8 }), (order) => {
        const moments = new Moments(logOf(facts))
        for (const index of order) {
          const { view, facts: before } = moments.at(index)
          expect(view).toEqual(fold(facts.slice(0, index + 1)))
          expect(before).toHaveLength(index + 1)
          expect(moments.at(index).view).toBe(view)
        }
      }),
      { numRuns: runs(10) },
    )
  })

  it('continues with facts that arrive after it was read', () => {
    const facts = turns(80)
    const log = logOf(facts.slice(0, 100))
    const moments = new Moments(log)
    moments.at(99)
    for (const record of asRecords(facts).slice(100)) log.add(record)
    expect(moments.at(facts.length - 1).view).toEqual(fold(facts))
  })

  it('needs little memory with thousands of queued inputs, because moments share them', () => {
    const queued = Array.from({ length: 20_000 }, (_, index): Fact => ({
      type: 'input.queued',
      turnId: `q${index}`,
      input: 'x',
      at: 0,
    }))
    const moments = new Moments(logOf([created, ...queued]))
    const before = performance.now()
    for (let index = 0; index <= 20_000; index += 500) expect(moments.at(index).view.queue).toHaveLength(index)
    expect(performance.now() - before).toBeLessThan(4_000)
  })
})
