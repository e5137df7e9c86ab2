// What somebody may have meant who wrote a name that does not exist.

/** Longer names are no slip of the pen. */
const longest = 64

const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const contains = (one: string, other: string): boolean =>
  other.length > 2 && (one.startsWith(other) || one.endsWith(other))

/**
 * The known name that is closest to the given one: the same but for case and punctuation (`max_tokens`), one that begins or ends
 * with it or it with that (`biology`, `refused`), or one with few letters changed. `null` if none is close.
 */
export function closestName(given: string, known: readonly string[]): string | null {
  if (given.length > longest) return null
  const name = bare(given)
  let best: string | null = null
  let least = Math.min(3, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const other = bare(candidate)
    const changes =
      contains(name, other) || contains(other, name) ? Math.min(1, distance(name, other)) : distance(name, other)
    if (changes >= least) continue
    least = changes
    best = candidate
  }
  return best
}

/** A question to put behind an error, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const closest = closestName(given, known)
  return closest === null ? '' : ` Did you mean "${closest}"?`
}

/** How many letters have to be added, removed, changed or swapped to make one name of the other. */
function distance(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[line - 1] === to[column - 1]
      const isSwapped = line > 1 && column > 1 && from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1]
      next[column] = Math.min(
        (row[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (row[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}
