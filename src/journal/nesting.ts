// How deep data may be nested. Whatever walks data by recursion (JSON.stringify, structuredClone, schemas) overflows the
// call stack at some thousand levels, so data from outside is measured where it comes in, without recursion.

/**
 * Levels of objects and arrays that data from outside may have, the outermost one included. Data that people and programs
 * write stays far below it.
 */
export const deepestNesting = 128

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/**
 * Whether data has more than `most` levels of objects and arrays (default {@link deepestNesting}). Data that holds itself
 * has. Only own enumerable fields count.
 */
export function isNestedDeeper(value: unknown, most: number = deepestNesting): boolean {
  // A set, so that what is shared counts once in a level, however many ways lead there.
  let level = new Set([value].filter(isContainer))
  for (let depth = 0; level.size > 0; depth++) {
    if (depth === most) return true
    const next = new Set<object>()
    for (const container of level) for (const inner of Object.values(container)) if (isContainer(inner)) next.add(inner)
    level = next
  }
  return false
}
