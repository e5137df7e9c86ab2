import type { Rule } from './rule.ts'

/**
 * The API parses bodies with orjson: its wording ("no low surrogate in string: line 1 column 195621 (char 195620)",
 * reported many times) is that of this library. The library documents a limit of 1024 levels; no rejection for it is
 * reported, so that wording is ours.
 */
const maxNesting = 1024

const notJson = (text: string, what: string, at: number): string => {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  return `The request body is not valid JSON: ${what}: line ${line} column ${column} (char ${at})`
}

const isBetween = (code: number, from: number, to: number): boolean => code >= from && code <= to

/** The code of a `\uXXXX` at this place; undefined for anything else. */
const unicodeEscape = (text: string, at: number): number | undefined =>
  text.startsWith('\\u', at) ? Number.parseInt(text.slice(at + 2, at + 6), 16) : undefined

/** Half of a surrogate pair. Only an escape can contain one: everything else was UTF-8, which can't. */
const loneSurrogate = (text: string): string | undefined => {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return undefined
  const escapes = /\\(?:u[0-9a-fA-F]{4}|.)/g
  for (let found = escapes.exec(text); found; found = escapes.exec(text)) {
    const { index: at } = found
    const high = unicodeEscape(text, at)
    if (high === undefined || !isBetween(high, 0xd800, 0xdfff)) continue
    if (high > 0xdbff) return notJson(text, 'invalid high surrogate in string', at)
    const low = unicodeEscape(text, at + 6)
    if (low === undefined) return notJson(text, 'no low surrogate in string', at + 6)
    if (!isBetween(low, 0xdc00, 0xdfff)) return notJson(text, 'invalid low surrogate in string', at + 6)
    escapes.lastIndex = at + 12
  }
  return undefined
}

/** The index after the closing quote of the string that begins at this place. */
const endOfString = (text: string, from: number): number => {
  let at = from + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at + 1
    at += code === 0x5c ? 2 : 1
  }
  return at
}

/** The index where the nesting becomes too deep. */
const tooDeepAt = (text: string): number | undefined => {
  let depth = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      at = endOfString(text, at)
      continue
    }
    if (code === 0x7b || code === 0x5b) depth += 1
    if (code === 0x7d || code === 0x5d) depth -= 1
    if (depth > maxNesting) return at
    at += 1
  }
  return undefined
}

/**
 * What the API's parser rejects in a body that `JSON.parse` accepts. Escaped control characters, including NUL, are
 * accepted: no rejection of them is reported.
 */
export const jsonText: Rule = ({ body, text = JSON.stringify(body) }) => {
  const deep = tooDeepAt(text)
  return deep === undefined ? loneSurrogate(text) : notJson(text, `more than ${maxNesting} levels of nesting`, deep)
}
