// Texts that are too long to be shown whole at once. Pure.

/** Characters and lines that are shown of a long text. */
const shownCharacters = 1_500
const shownLines = 20

/** The beginning of a text that is much longer; `null` for one that is shown whole. */
export function beginningOfLong(text: string): string | null {
  const lines = text.split('\n', 2 * shownLines + 1)
  if (text.length <= 2 * shownCharacters && lines.length <= 2 * shownLines) return null
  // A character of two units is not cut in half.
  return lines
    .slice(0, shownLines)
    .join('\n')
    .slice(0, shownCharacters)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()
}
