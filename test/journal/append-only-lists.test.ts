import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grown, hasId, ownedBy, Owner, replacedAt, withIds } from '../../src/journal/append-only-lists.ts'
import { childrenOf, pathBeyond, settledTurn } from '../../src/journal/turn-index.ts'
import type { Turn } from '../../src/journal/index.ts'
import { noUsage } from '../../src/journal/index.ts'

const turn = (id: string, parent: string | null): Turn => ({
  id,
  parent,
  kind: 'user',
  input: id,
  openedAt: 0,
  steps: [],
  status: 'completed',
  kept: true,
  usage: noUsage,
  attempts: [],
  ran: [],
  rejected: 0,
})

/** Each step extends one of the lists so far with a turn whose parent is in that list or the root. */
const growth = fc.array(fc.record({ from: fc.nat(), upon: fc.nat(), ask: fc.boolean() }), { maxLength: 60 })

/** The lists after each step, each with a plain copy that shares nothing. */
function lists(steps: readonly { from: number; upon: number; ask: boolean }[]) {
  const made: { readonly list: readonly Turn[]; readonly plain: readonly Turn[] }[] = [{ list: [], plain: [] }]
  for (const { from, upon, ask } of steps) {
    const before = made[from % made.length] ?? { list: [], plain: [] }
    // An index that exists before a list grows must make no difference.
    if (ask) settledTurn(before.list, 'nobody')
    const parent = before.plain[upon % (before.plain.length + 1)]?.id ?? null
    // Lists that diverge at one point have turns with the same id at the same place.
    const next = turn(`${before.plain.length}-${upon % 3}`, parent)
    made.push({ list: grown(before.list, [next]), plain: [...before.plain, next] })
  }
  return made
}

const plainPath = (turns: readonly Turn[], to: string | null): readonly Turn[] => {
  const at = turns.find(({ id }) => id === to)
  return at ? [...plainPath(turns, at.parent), at] : []
}

describe('an append-only list', () => {
  it('contains what was appended to it, whatever was appended to earlier versions', () => {
    fc.assert(
      fc.property(growth, (steps) => {
        for (const { list, plain } of lists(steps)) expect(list).toEqual(plain)
      }),
    )
  })

  it('finds its turns by id, and none of a diverged list', () => {
    fc.assert(
      fc.property(growth, (steps) => {
        const all = lists(steps)
        const ids = new Set(all.flatMap(({ plain }) => plain.map(({ id }) => id)))
        for (const { list, plain } of all)
          for (const id of ids) expect(settledTurn(list, id)).toBe(plain.find((each) => each.id === id))
      }),
    )
  })

  it('finds the children of a turn in order', () => {
    fc.assert(
      fc.property(growth, (steps) => {
        for (const { list, plain } of lists(steps))
          for (const parent of [null, ...plain.map(({ id }) => id)])
            expect(childrenOf(list, parent)).toEqual(plain.filter((each) => each.parent === parent))
      }),
    )
  })

  it('walks from one turn to the common ancestor with another', () => {
    fc.assert(
      fc.property(growth, fc.nat(), fc.nat(), (steps, a, b) => {
        for (const { list, plain } of lists(steps)) {
          const to = plain[a % (plain.length + 1)]?.id ?? null
          const from = plain[b % (plain.length + 1)]?.id ?? null
          const other = plainPath(plain, from)
          expect(pathBeyond(list, to, from)).toEqual(plainPath(plain, to).filter((each) => !other.includes(each)))
        }
      }),
    )
  })

  it('grows in place only until it is shared', () => {
    const before = [turn('a', null)]
    const inside = ownedBy(new Owner(), () => {
      const turns = grown(before, [turn('b', 'a')])
      expect(grown(turns, [turn('c', 'b')])).toBe(turns)
      return turns
    })
    expect(before).toHaveLength(1)
    const after = grown(inside, [turn('d', 'c')])
    expect(inside.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(after.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('finds items that were appended in place', () => {
    const made = ownedBy(new Owner(), () => {
      const ids = withIds<string>([], ['a'])
      expect(hasId(ids, 'b')).toBe(false)
      expect(withIds(ids, ['b', 'a', 'b'])).toBe(ids)
      return ids
    })
    expect(made).toEqual(['a', 'b'])
    expect(hasId(made, 'b')).toBe(true)
  })

  it('keeps a replaced item in earlier versions of the list', () => {
    const before = [turn('a', null), turn('b', 'a')]
    const after = replacedAt(before, 1, turn('b', null))
    expect(before[1]?.parent).toBe('a')
    expect(after[1]?.parent).toBeNull()
  })
})
