// What a value costs to keep and to send, without making text of it.

/** No value nests deeper on a wire of the inspector's. */
const deepest = 200

/** What an object, a list, a key or a number costs beside its text. */
const each = 32

/**
 * Bytes that a value takes, estimated: two for each character of a text, and some for each value and key. Stops counting once
 * it is more than `most`.
 *
 * @returns `Infinity` for what is heavier than `most`, nests deeper than 200 levels, or can't be JSON: a `bigint`, a getter that
 *   throws, a `toJSON` of its own. A value that contains itself is too deep.
 */
export function weigh(value: unknown, most = Number.POSITIVE_INFINITY): number {
  let bytes = 0
  // Not by recursion: what is too deep must not end the stack.
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
