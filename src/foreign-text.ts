// Words that turnstate did not write, such as those of an API, a network or a function of the app's: cut, in one line, and
// without what signs requests.

/** Characters of foreign words that are read at all: what follows them is not looked at. */
export const longestRead = 2_000

/** Characters of foreign words that are kept. */
const longestQuote = 500

// Each of these reads a bounded number of characters from where it begins, so that none takes longer than the text is long.
const secrets: readonly (readonly [secret: RegExp, shown: string])[] = [
  [/\bsk-ant-[\w-]{1,500}/g, 'sk-ant-…'],
  [/\b(Bearer|Basic)(?: {1,4}Bearer){0,3} {1,4}[\w.~+/=-]{4,2000}/gi, '$1 …'],
  [
    /\b((?:x-)?api[-_ ]?key|authorization|(?:access|auth|id|refresh|session)[-_]token|token|secret|password)(["'`]? ?[:=] ?["'`]?)[^\s"'`,;}]{4,2000}/gi,
    '$1$2…',
  ],
  // In a sentence: what follows the word is a key if it has a digit.
  [/\b((?:x-)?api[-_ ]?key|token|secret|password) (?=[^\s\d]{0,200}\d)[\w.~+/=-]{8,2000}/gi, '$1 …'],
]

/** Addresses in a text without who they say is asking. */
export const withoutPasswords = (text: string): string => text.replaceAll(/\/\/[^/\s@]{1,500}@/g, '//…@')

/** A text without keys, tokens and passwords, as far as they can be told from other words. */
export const withoutSecrets = (text: string): string =>
  // Runtimes quote the whole address when they can't reach it.
  secrets.reduce((masked, [secret, shown]) => masked.replaceAll(secret, shown), withoutPasswords(text))

/** The first characters of a text, whole ones. */
export function beginning(text: string, most: number = longestRead): string {
  if (text.length <= most) return text
  const last = text.charCodeAt(most - 1)
  // The first half of a pair would be no character.
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most)
}

/** Foreign words as they are kept: without secrets, in one line of at most 500 characters. */
export function quoted(words: string): string {
  const line = withoutSecrets(beginning(words)).replaceAll(/\s+/g, ' ').trim()
  return line.length > longestQuote ? `${beginning(line, longestQuote)}…` : line
}
