// Foreign text for a terminal: it must not contain control sequences or change the order in which text is displayed.

/**
 * Control characters except line feed and tab (C0, DEL, C1), marks that change the writing direction, line and paragraph separators,
 * and invisible characters: byte order marks, annotations, tags. Joiners stay: emoji and several scripts need them.
 */
const steering =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/gu

/** The text without control characters. Line feeds and tabs stay. */
export const forTerminal = (text: string): string => text.replaceAll(steering, '')

/** Like {@link forTerminal}, in one line. */
export const inOneRow = (text: string): string => forTerminal(text).replaceAll(/[\n\t]+/g, ' ')

/** JSON in which these characters are escaped: the same value, safe to show. */
export const forTerminalAsJson = (json: string): string =>
  json.replaceAll(steering, (character) =>
    Array.from({ length: character.length }, (_, index) => escaped(character.charCodeAt(index))).join(''),
  )

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
