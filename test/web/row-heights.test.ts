import { describe, expect, it } from 'vitest'
import { RowHeights } from '../../src/web/transcript/row-heights.ts'

const ids = Array.from({ length: 10_000 }, (_, index) => `m${index}`)

describe('the rows of a long list', () => {
  it('are drawn where the view is, with a view more on both sides, and the others take their room', () => {
    const heights = new RowHeights()
    for (const id of ids) heights.set(id, 100)
    const { from, to, above, below } = heights.window(ids, 500_000, 800)
    expect([from, to]).toEqual([4_991, 5_017])
    expect([above, below]).toEqual([from * 100, (ids.length - to) * 100])
  })

  it('are the last ones at the end, also when most heights are not known', () => {
    const heights = new RowHeights()
    for (const id of ids.slice(-30)) heights.set(id, 60)
    const { from, to, above, below } = heights.window(ids, 'end', 600)
    expect(to).toBe(ids.length)
    expect(from).toBeGreaterThan(ids.length - 30)
    expect([above, below]).toEqual([from * 60, 0])
  })

  it('keep the whole height wherever the view is', () => {
    const heights = new RowHeights()
    ids.forEach((id, index) => heights.set(id, 40 + (index % 7) * 30))
    const known = new Map(ids.map((id, index) => [id, 40 + (index % 7) * 30]))
    const drawn = (from: number, to: number) => ids.slice(from, to).reduce((sum, id) => sum + (known.get(id) ?? 0), 0)
    const totals = [0, 1, 777, 123_456, 9e9, 'end' as const].map((place) => {
      const { from, to, above, below } = heights.window(ids, place, 700)
      return above + drawn(from, to) + below
    })
    expect(new Set(totals).size).toBe(1)
  })

  it('stay where they are when others are measured, except by what those differ from what they counted', () => {
    const heights = new RowHeights()
    for (const id of ids.slice(-20)) heights.set(id, 100)
    const before = heights.window(ids, 500_000, 800)
    for (const id of ids.slice(5_000, 5_010)) heights.set(id, 400)
    // Above them nothing has moved, and below them all has moved by as much.
    expect(heights.window(ids, 400_000, 800).above).toBe(before.above - 100_000)
    expect(heights.window(ids, 600_000 + 3_000, 800).above).toBe(before.above + 100_000 + 3_000)
  })
})
