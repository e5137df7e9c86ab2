// Reads JSON from outside. JSON.parse accepts any depth, but recursive functions (JSON.stringify, structuredClone, schemas) overflow
// the call stack at a few thousand levels, and a short text of brackets can take a lot of memory. So the text is measured before
// it is parsed, in one pass without recursion.
import { deepestNesting } from './nesting.ts'

/** The limits of a JSON text. */
export interface JsonLimits {
  /** Levels of objects and arrays, including the outermost one. Default {@link deepestNesting}. */
  readonly levels?: number
  /** Characters (`length`). Default: no limit. */
  readonly characters?: number
  /** Objects, arrays, and their items together. Default 2,000,000, which take about 100 MB of memory. */
  readonly values?: number
}

const mostValues = 2_000_000

/**
 * The value of a JSON text from outside. Takes time in proportion to the length of the text.
 *
 * @throws RangeError for a text beyond a limit, SyntaxError for one that is not JSON. The message of a RangeError is the end of
 *   a sentence, such as "it is nested deeper than 128 levels".
 */
export function readJson(text: string, limits: JsonLimits = {}): unknown {
  const beyond = beyondLimit(text, limits)
  if (beyond !== null) throw new RangeError(beyond)
  return JSON.parse(text)
}

/** Which limit a text exceeds, as the end of a sentence, or `null`. It does not check whether the text is valid JSON. */
function beyondLimit(
  text: string,
  { levels = deepestNesting, characters = Infinity, values = mostValues }: JsonLimits,
): string | null {
  if (text.length > characters) return `it is longer than ${characters} characters`
  let [depth, count] = [0, 0]
  for (let at = 0; at < text.length; at++)
    switch (text.charCodeAt(at)) {
      case quotationMark:
        at = endOfString(text, at)
        break
      case openBracket:
      case openBrace:
        if (++depth > levels) return `it is nested deeper than ${levels} levels`
        if (++count > values) return `it has more than ${values} values`
        break
      case closeBracket:
      case closeBrace:
        depth--
        break
      case comma:
        if (++count > values) return `it has more than ${values} values`
        break
    }
  return null
}

// Character codes: comparing letters takes twice as long.
const [quotationMark, comma, openBracket, backslash, closeBracket, openBrace, closeBrace] = [
  0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d,
] as const

/** Where the string that begins here ends: at the next quotation mark after an even number of backslashes. */
function endOfString(text: string, begin: number): number {
  for (let end = begin; ;) {
    const from = end + 1
    end = text.indexOf('"', from)
    if (end < 0) return text.length
    let at = end
    while (at > from && text.charCodeAt(at - 1) === backslash) at--
    if ((end - at) % 2 === 0) return end
  }
}
