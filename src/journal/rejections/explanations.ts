// Sets of parts that explain why requests were rejected: such that each group has one of them.
import { kindOf } from './parts.ts'
import type { Group, Part } from './rejections.ts'

type Parts = readonly Part[]

export const isTurn = (part: Part): boolean => kindOf(part) === 'turn'

// The newer half is the last to go: it is what the next answer builds on most.
export const older = (parts: Parts): Parts => parts.slice(0, Math.ceil(parts.length / 2))
export const newer = (parts: Parts): Parts => parts.slice(Math.ceil(parts.length / 2))

/** A single part, for the smallest explanation. */
export const newest = (parts: Parts): Parts => parts.slice(-1)

/** What costs no turn goes first. */
const cheapFirst = (parts: Parts): Parts => [...parts.filter((part) => !isTurn(part)), ...parts.filter(isTurn)]

/**
 * An explanation, with those parts in it that are out anyway. The parts that most groups name are the most suspicious: as many
 * of them are taken as `choose` says, until no group is left unexplained.
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
