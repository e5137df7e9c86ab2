// The input of a tool call, as shown to the person who approves the call. It is shown whole, or the call cannot be approved there.

/** The most characters of JSON that are shown for approval. A longer input could not be reviewed. */
export const longestToAllow = 2_000

/** The input as JSON in one line. Invisible characters, and those that change the writing direction, are escaped. */
export const inputAsShown = (input: unknown): string =>
  (JSON.stringify(input) ?? '').replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{E0000}-\u{E0FFF}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  )

/** The beginning and the end of a text that is too long, with its length: the end may matter most. */
export function withBothEnds(text: string, most: number): string {
  if (text.length <= most) return text
  const [begin, end] = [Math.ceil(most * 0.6), Math.floor(most * 0.3)]
  return `${whole(text.slice(0, begin))} … ${whole(text.slice(-end))} (${text.length} characters)`
}

/** Removes half of a surrogate pair at a cut. */
const whole = (text: string): string => text.replace(/^[\uDC00-\uDFFF]/, '').replace(/[\uD800-\uDBFF]$/, '')

/** Why a call with this input cannot be approved where the input has to be shown; `null` if it can. */
export function objectionToAllowing(input: unknown): string | null {
  const { length } = inputAsShown(input)
  return length <= longestToAllow
    ? null
    : `Its input is ${length} characters long, and more than ${longestToAllow} are not shown, so it can't be allowed here. Deny it, and ask for less at once.`
}
