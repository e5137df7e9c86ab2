import { describe, expect, it } from 'vitest'
import { observe } from '../../src/index.ts'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import { start } from '../conversation/start.ts'

describe('what is known of a conversation', () => {
  it('goes on where it is observed anew: what was seen before stays, in order', async () => {
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
    expect(seen).toContain('streaming.opening')
    const order = log.all().map(({ seq }) => seq)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(new Set(order).size).toBe(order.length)
    expect(log.all().filter(({ type }) => type === 'observed')).toHaveLength(2)
  })

  it('counts facts as lost that build on one that never came', async () => {
    const world = start()
    await world.exchange('alpha', 'one')
    const log = new ConversationLog()
    for (const record of observe(world.chat).records) if (record.type !== 'fact' || record.index !== 1) log.add(record)
    expect([log.facts.length, log.lost]).toEqual([1, 2])
  })
})
