// Limits how deep data may be nested. Recursive functions (JSON.stringify, structuredClone, schemas) overflow the call stack at a few
// thousand levels, so data from outside is measured on arrival, without recursion.

/**
 * The most levels of objects and arrays that data from outside may have, including the outermost one. Ordinary data stays far below.
 */
export const deepestNesting = 128

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/**
 * Whether data has more than `most` levels of objects and arrays (default {@link deepestNesting}). Data with a
 * cycle has. Only own enumerable fields count.
 */
export function isNestedDeeper(value: unknown, most: number = deepestNesting): boolean {
  // A set, so that a shared value counts once per level, however many references lead to it.
  let level = new Set([value].filter(isContainer))
  for (let depth = 0; level.size > 0; depth++) {
    if (depth === most) return true
    const next = new Set<object>()
    for (const container of level) for (const inner of Object.values(container)) if (isContainer(inner)) next.add(inner)
    level = next
  }
  return false
}
