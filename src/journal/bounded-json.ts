import { deepestNesting } from './nesting.ts'

/** The most values that data from outside may have when it is written out. A shared value counts each time; so does a hole of an array. */
const mostValues = 1_000_000

/**
 * The JSON of data from outside; `undefined` for a value without JSON. The limit matters because data with many shared references can
 * take seconds to write and exceed the longest possible string.
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
    // JSON.stringify recurses, and strings have a maximum length.
    if (cause instanceof RangeError && cause !== tooMuch)
      throw new RangeError(`it is nested deeper than ${deepestNesting} levels, or too large`, { cause })
    throw cause
  }
}
