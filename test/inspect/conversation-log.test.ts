import { describe, expect, it } from 'vitest'
import { observe } from '../../src/index.ts'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { start } from '../conversation/start.ts'
import { abc } from '../journal/fixtures.ts'
import { asRecords } from './fixtures.ts'

describe('the log of a conversation', () => {
  it('continues with a new observation and keeps the earlier records in order', async () => {
    const world = start()
    const log = new ConversationLog()
    const first = observe(world.chat)
    await world.exchange('alpha', 'one')
    for (const record of first.records) log.add(record)
    first.stop()
    const seen = log.facts.map(({ state }) => state)
    await world.exchange('bravo', 'two')
    for (const record of observe(world.chat).records) log.add(record)
    expect(log.facts.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(log.facts.slice(0, seen.length).map(({ state }) => state)).toEqual(seen)
    expect(seen).toEqual(['idle', 'asking.saving', 'completed.saving', 'completed.saving'])
    const order = log.all().map(({ seq }) => seq)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(new Set(order).size).toBe(order.length)
    expect(log.all().filter(({ type }) => type === 'observed')).toHaveLength(2)
  })

  it('counts facts as lost when they depend on a missing one', async () => {
    const world = start()
    await world.exchange('alpha', 'one')
    const log = new ConversationLog()
    for (const record of observe(world.chat).records) if (record.type !== 'fact' || record.index !== 1) log.add(record)
    expect([log.facts.length, log.lost]).toEqual([1, 2])
  })
})

describe('the size of a log', () => {
  const event = (seq: number): InspectionRecord => ({
    v: 1,
    type: 'ignored',
    seq,
    at: 1,
    conversation: 'c1',
    actor: 'conversation',
    session: 's',
    event: 'x',
    state: 'idle',
    turnId: null,
    attempt: null,
  })

  it('stays within its limit: the oldest records are dropped first, and facts stay', () => {
    const log = new ConversationLog()
    for (const fact of asRecords(abc)) log.add(fact, 1_000)
    for (let seq = 100; seq < 400; seq++) {
      log.add(event(seq), 100_000)
      expect(log.bytes).toBe(log.factBytes + log.others.length * 100_000)
      expect(log.bytes).toBeLessThan(12 * 1024 * 1024)
    }
    expect(log.factBytes).toBe(abc.length * 1_000)
    expect(log.facts).toHaveLength(abc.length)
    expect(log.others.at(-1)?.seq).toBe(399)
    expect(log.dropped).toBe(300 - log.others.length)
  })

  it('counts a repeated fact once', () => {
    const log = new ConversationLog()
    for (let times = 0; times < 3; times++) for (const fact of asRecords(abc)) log.add(fact, 1_000)
    expect(log.bytes).toBe(abc.length * 1_000)
  })
})
