// Text of others on its way to a terminal: none of it may steer the terminal, or show words in another order than they stand.

/**
 * Control characters but for the line feed and the tab (C0, DEL, C1), marks that turn the direction of writing, line and paragraph
 * separators, and characters that are never seen: byte order marks, annotations, tags. Joiners stay: emoji and several
 * scripts need them.
 */
const steering =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/gu

/** The text without what steers a terminal. Lines and tabs stay. */
export const forTerminal = (text: string): string => text.replaceAll(steering, '')

/** The same in one line. */
export const inOneRow = (text: string): string => forTerminal(text).replaceAll(/[\n\t]+/g, ' ')

/** JSON in which such characters are escapes: it is the same value, and can be shown. */
export const forTerminalAsJson = (json: string): string =>
  json.replaceAll(steering, (character) =>
    Array.from({ length: character.length }, (_, index) => escaped(character.charCodeAt(index))).join(''),
  )

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
