// Texts as databases keep them: SQLite cuts a text at a NUL, Postgres rejects one, and neither keeps half of a surrogate pair.
import { createHash } from 'node:crypto'

const escaped = /[\0\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** A text in which each NUL, each half of a surrogate pair and each backslash is escaped, so that no two texts become one. */
export const escapeText = (text: string): string =>
  text.replaceAll(escaped, (found) => `\\${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

export const unescapeText = (text: string): string =>
  text.replaceAll(/\\([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** What a text is found by: short, whatever the text, so that it fits in an index. */
export const hashText = (text: string): string => createHash('sha256').update(text, 'utf16le').digest('base64url')
