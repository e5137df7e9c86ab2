// Placeholders for text that is not shown.

/** The placeholder for a text: its number of characters. White space at both ends stays, because requests depend on it. */
export function placeholder(text: string): string {
  const { length } = text.trim()
  if (length === 0) return text
  const [before, after] = [text.length - text.trimStart().length, text.trimEnd().length]
  return `${text.slice(0, before)}‹${length} ${length === 1 ? 'character' : 'characters'}›${text.slice(after)}`
}

/** Names and ids as programs write them: of models, tools, kinds and reasons. Sentences do not match. */
const nameLike = /^[\w.:/@+-]{1,256}$/

export const isNameLike = (text: string): boolean => nameLike.test(text)

/** A name unchanged; the placeholder for any other text in its place. */
export const shownName = (text: string): string => (isNameLike(text) ? text : placeholder(text))
