import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withParts } from '../../scripts/parts.ts'
import { capacityParts, usualLoad } from './capacity-tables.ts'
import { databasesFor, limitsOf, type Load, needsOf, streamsOfOne } from './capacity.ts'
import { readCosts } from './costs.ts'

const costs = readCosts()
const page = readFileSync(new URL('../../../docs/capacity.md', import.meta.url), 'utf8')

const load: fc.Arbitrary<Load> = fc.record({
  streams: fc.integer({ min: 1, max: 1_000_000 }),
  replySeconds: fc.integer({ min: 1, max: 600 }),
  rounds: fc.integer({ min: 0, max: 10 }),
  viewers: fc.integer({ min: 0, max: 10 }),
  conversations: fc.integer({ min: 1, max: 1_000_000_000 }),
  turnsEach: fc.integer({ min: 1, max: 1_000 }),
})

describe('The page about capacity', () => {
  it('has the tables that are computed from the costs that were measured last', () => {
    expect(page).toBe(withParts(page, capacityParts(costs)))
  })

  it('has a place for each of them', () => {
    const places = new Set([...page.matchAll(/<!-- (\w+) -->/g)].map(([, name]) => name))
    expect(places).toEqual(new Set(Object.keys(capacityParts(costs))))
  })
})

describe('What a load takes', () => {
  it('is never less for twice the streams, the workflows that each process deletes aside', () => {
    fc.assert(
      fc.property(load, (one) => {
        const { forgotten: _, ...needs } = needsOf(costs, one)
        const twice: Partial<Record<string, number>> = {
          ...needsOf(costs, { ...one, streams: one.streams * 2 }),
        }
        for (const [name, value] of Object.entries(needs)) expect(twice[name], name).toBeGreaterThanOrEqual(value)
      }),
    )
  })

  it('is a number, and not less than nothing', () => {
    fc.assert(
      fc.property(load, (one) => {
        for (const value of Object.values(needsOf(costs, one))) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThan(Infinity)
        }
      }),
    )
  })
})

describe('What breaks first', () => {
  it('is the limit that needs the most databases, and they suffice for all of them', () => {
    fc.assert(
      fc.property(load, (one) => {
        const limits = limitsOf(costs, one)
        const databases = databasesFor(limits)
        for (const { databases: needed } of limits) {
          expect(needed).toBeLessThanOrEqual(limits[0]?.databases ?? 0)
          expect(needed).toBeLessThanOrEqual(databases)
        }
      }),
    )
  })

  it('does not break at half of the streams that one Postgres takes, and does at twice as many', () => {
    const most = streamsOfOne(costs, usualLoad)
    const at = (streams: number) => databasesFor(limitsOf(costs, { ...usualLoad, streams, conversations: 0 }))
    expect(most).toBeGreaterThan(1)
    expect(at(most / 2)).toBe(1)
    expect(at(most * 2)).toBeGreaterThan(1)
  })
})
