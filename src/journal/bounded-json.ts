import { deepestNesting } from './nesting.ts'

/** Values that data from outside may come to, written out: what is shared counts wherever it stands, a hole of an array too. */
const mostValues = 1_000_000

/**
 * The JSON of data from outside; `undefined` where it gives none. What is shared in ever more ways would otherwise be written
 * for seconds, until no string is long enough for it.
 *
 * @throws RangeError whose message is the end of a sentence, for data that is nested too deeply or too much; whatever reading
 *   the data throws
 */
export function boundedJson(value: unknown): string | undefined {
  const tooMuch = new RangeError(`it has more than ${mostValues} values`)
  let count = 0
  const counted = (_key: string, inner: unknown): unknown => {
    if (++count > mostValues) throw tooMuch
    return inner
  }
  try {
    return JSON.stringify(value, counted)
  } catch (cause) {
    // JSON.stringify recurses, and a text has a greatest length.
    if (cause instanceof RangeError && cause !== tooMuch)
      throw new RangeError(`it is nested deeper than ${deepestNesting} levels, or too large`, { cause })
    throw cause
  }
}
