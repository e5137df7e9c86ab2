// JSON of others. JSON.parse itself takes any depth, but whatever walks the value afterwards by recursion (JSON.stringify,
// structuredClone, schemas) ends the process at some thousand levels, and a short text of brackets takes a lot of memory. So
// the text is measured before it is parsed: once from its beginning to its end, without recursion.
import { deepestNesting } from './nesting.ts'

/** What a JSON text may have. */
export interface JsonLimits {
  /** Levels of objects and arrays, the outermost one included. Default {@link deepestNesting}. */
  readonly levels?: number
  /** Characters, as the length of a string counts them. Default: as many as a string holds. */
  readonly characters?: number
  /** Objects, arrays, and items of both. Default 2,000,000, which take some 100 MB of memory. */
  readonly values?: number
}

const mostValues = 2_000_000

/**
 * The value of a JSON text of others. Takes time in proportion to the length of the text.
 *
 * @throws RangeError for a text beyond a limit, SyntaxError for one that is not JSON. The message of a RangeError is the end of
 *   a sentence, such as "it is nested deeper than 128 levels".
 */
export function readJson(text: string, limits: JsonLimits = {}): unknown {
  const beyond = beyondLimit(text, limits)
  if (beyond !== null) throw new RangeError(beyond)
  return JSON.parse(text)
}

/** Which limit a text exceeds, as the end of a sentence; `null` for none. Whether it is JSON is not asked. */
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

// By code, because letters cost twice the time.
const [quotationMark, comma, openBracket, backslash, closeBracket, openBrace, closeBrace] = [
  0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d,
] as const

/** Where the string ends that begins here: at the next quotation mark behind an even number of backslashes. */
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
