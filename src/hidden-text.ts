// What stands for words that are not shown.

/** What stands for a text: how many characters it has. Blanks stay where they are: what is sent depends on them. */
export function placeholder(text: string): string {
  const { length } = text.trim()
  if (length === 0) return text
  const [before, after] = [text.length - text.trimStart().length, text.trimEnd().length]
  return `${text.slice(0, before)}‹${length} ${length === 1 ? 'character' : 'characters'}›${text.slice(after)}`
}

/** Names of models, tools, kinds and reasons, and ids, as APIs and programs give them. Sentences are none. */
const nameLike = /^[\w.:/@+-]{1,256}$/

export const isNameLike = (text: string): boolean => nameLike.test(text)

/** A name as it is. Anything else that stands in the place of a name is hidden as words are. */
export const shownName = (text: string): string => (isNameLike(text) ? text : placeholder(text))
