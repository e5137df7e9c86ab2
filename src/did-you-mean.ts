// Finds the known name that a misspelled one was probably meant to be.

/** Longer names are not compared: they are hardly typing errors, and comparing them is slow. */
const longest = 64

const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const contains = (one: string, other: string): boolean =>
  other.length > 2 && (one.startsWith(other) || one.endsWith(other))

/**
 * The known name that is closest to the given one: equal apart from case and punctuation (`max_tokens`), a longer or shorter form
 * of it (`biology`, `refused`), or different in a few letters. `null` if none is close.
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

/** A question to append to an error message, with a leading space; an empty string if no name is close. */
export function didYouMean(given: string, known: readonly string[]): string {
  const closest = closestName(given, known)
  return closest === null ? '' : ` Did you mean "${closest}"?`
}

/** The number of letters to add, remove, change or swap to turn one name into the other. */
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
