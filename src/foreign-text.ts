// Text that turnstate did not write: from an API, a network or the app's functions. It is shortened to one line, without keys and
// passwords.

/** Characters of foreign text that are read; the rest is ignored. */
export const longestRead = 2_000

/** Characters of foreign text that are kept. */
const longestQuote = 500

// Each pattern reads a bounded number of characters from its start, so matching is linear in the length of the text.
const secrets: readonly (readonly [secret: RegExp, shown: string])[] = [
  [/\bsk-ant-[\w-]{1,500}/g, 'sk-ant-…'],
  [/\b(Bearer|Basic)(?: {1,4}Bearer){0,3} {1,4}[\w.~+/=-]{4,2000}/gi, '$1 …'],
  [
    /\b((?:x-)?api[-_ ]?key|authorization|(?:access|auth|id|refresh|session)[-_]token|token|secret|password)(["'`]? ?[:=] ?["'`]?)[^\s"'`,;}]{4,2000}/gi,
    '$1$2…',
  ],
  // In a sentence: a word with a digit after "api key" and the like is taken for a key.
  [/\b((?:x-)?api[-_ ]?key|token|secret|password) (?=[^\s\d]{0,200}\d)[\w.~+/=-]{8,2000}/gi, '$1 …'],
]

/** Removes user names and passwords from the URLs in a text. */
export const withoutPasswords = (text: string): string => text.replaceAll(/\/\/[^/\s@]{1,500}@/g, '//…@')

/** A text without keys, tokens and passwords, as far as these can be recognised. */
export const withoutSecrets = (text: string): string =>
  // Runtimes quote the whole URL when they cannot reach it.
  secrets.reduce((masked, [secret, shown]) => masked.replaceAll(secret, shown), withoutPasswords(text))

/** The first characters of a text, without half of a surrogate pair at the end. */
export function beginning(text: string, most: number = longestRead): string {
  if (text.length <= most) return text
  const last = text.charCodeAt(most - 1)
  // Do not cut a surrogate pair.
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most)
}

/** Foreign text as it is kept: without secrets, in one line of at most 500 characters. */
export function quoted(words: string): string {
  const line = withoutSecrets(beginning(words)).replaceAll(/\s+/g, ' ').trim()
  return line.length > longestQuote ? `${beginning(line, longestQuote)}…` : line
}
