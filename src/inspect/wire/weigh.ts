// Estimates what a value costs to keep and send, without serialising it.

/** The deepest nesting that the inspector's messages allow. */
const deepest = 200

/** Bytes of an object, a list, a key or a number, not counting text. */
const each = 32

/**
 * The estimated bytes of a value: two per character, and 32 per value and key. Stops counting at `most`.
 *
 * @returns `Infinity` if the value is heavier than `most`, nests deeper than 200 levels (as one that contains itself does), or
 *   can't be JSON: it has a `bigint`, a getter that throws, or its own `toJSON`
 */
export function weigh(value: unknown, most = Number.POSITIVE_INFINITY): number {
  let bytes = 0
  // Not recursive: deep values must not overflow the stack.
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }]
  try {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { value: given, depth } = next
      bytes += typeof given === 'string' ? each + 2 * given.length : each
      if (typeof given === 'bigint' || bytes > most || depth > deepest) return Number.POSITIVE_INFINITY
      if (typeof given !== 'object' || given === null) continue
      if (Array.isArray(given) && bytes + each * given.length > most) return Number.POSITIVE_INFINITY
      if ('toJSON' in given && typeof given.toJSON === 'function') return Number.POSITIVE_INFINITY
      for (const [key, inner] of Object.entries(given)) {
        if (!Array.isArray(given)) bytes += each + 2 * key.length
        waiting.push({ value: inner, depth: depth + 1 })
      }
    }
  } catch {
    return Number.POSITIVE_INFINITY
  }
  return bytes
}
