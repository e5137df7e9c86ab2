// Finds sets of parts that explain the rejections: each group has at least one part in the set (a hitting set).
import { kindOf } from './parts.ts'
import type { Group, Part } from './rejections.ts'

type Parts = readonly Part[]

export const isTurn = (part: Part): boolean => kindOf(part) === 'turn'

// The older half is left out first: the next answer builds mostly on the newer one.
export const older = (parts: Parts): Parts => parts.slice(0, Math.ceil(parts.length / 2))
export const newer = (parts: Parts): Parts => parts.slice(Math.ceil(parts.length / 2))

/** Chooses a single part, for the smallest explanation. */
export const newest = (parts: Parts): Parts => parts.slice(-1)

/** Parts that are not whole turns first: leaving them out costs less. */
const cheapFirst = (parts: Parts): Parts => [...parts.filter((part) => !isTurn(part)), ...parts.filter(isTurn)]

/**
 * An explanation that includes the parts in `out`. The parts that are in the most groups are the most suspicious: `choose` picks
 * some of them, until every group is explained.
 */
export function hit(groups: readonly Group[], out: Parts, choose: (suspects: Parts) => Parts): Parts {
  const chosen = new Set<Part>([...out, ...groups.filter((group) => group.length === 1).flat()])
  for (;;) {
    const left = groups.filter((group) => !group.some((part) => chosen.has(part)))
    const [first] = left.toSorted((one, other) => one.length - other.length)
    if (!first) return [...chosen]
    const counts = new Map<Part, number>()
    for (const part of left.flat()) counts.set(part, (counts.get(part) ?? 0) + 1)
    const most = Math.max(...counts.values())
    const suspects = most === 1 ? first : [...counts.keys()].filter((part) => counts.get(part) === most)
    const some = choose(cheapFirst(suspects))
    for (const part of some.length > 0 ? some : suspects) chosen.add(part)
  }
}
