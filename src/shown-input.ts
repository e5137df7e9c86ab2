// The input of a tool call, as it is shown to whoever allows the call: whole, or the call can't be allowed there.

/** Characters of JSON that somebody is shown at most before they allow a call. Beyond that nobody sees what they allow. */
export const longestToAllow = 2_000

/** The input as JSON in one line. Letters that can't be seen, or that turn the direction of writing, are spelled out. */
export const inputAsShown = (input: unknown): string =>
  (JSON.stringify(input) ?? '').replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{E0000}-\u{E0FFF}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  )

/** The beginning and the end of a text that is too long, and how long it is: what counts may stand at its end. */
export function withBothEnds(text: string, most: number): string {
  if (text.length <= most) return text
  const [begin, end] = [Math.ceil(most * 0.6), Math.floor(most * 0.3)]
  return `${whole(text.slice(0, begin))} … ${whole(text.slice(-end))} (${text.length} characters)`
}

/** Half of a surrogate pair, at a cut, is no letter. */
const whole = (text: string): string => text.replace(/^[\uDC00-\uDFFF]/, '').replace(/[\uD800-\uDBFF]$/, '')

/** Why a call with this input can't be allowed where it would have to be shown; `null` when it can. */
export function objectionToAllowing(input: unknown): string | null {
  const { length } = inputAsShown(input)
  return length <= longestToAllow
    ? null
    : `Its input is ${length} characters long, and more than ${longestToAllow} are not shown, so it can't be allowed here. Deny it, and ask for less at once.`
}
