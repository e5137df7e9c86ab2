// Bytes per chunk. A multiple of 3, so that only the last chunk is padded, and below the limit of arguments of a call.
const chunkSize = 3 * 8192

/** Encodes bytes as base64, in Node and in browsers. */
export function toBase64(bytes: Uint8Array): string {
  if (typeof Buffer !== 'undefined')
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  const chunks: string[] = []
  for (let at = 0; at < bytes.length; at += chunkSize)
    chunks.push(btoa(String.fromCharCode(...bytes.subarray(at, at + chunkSize))))
  return chunks.join('')
}

/** The number of bytes that a base64 text encodes. */
export function decodedSize(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return Math.floor((base64.length * 3) / 4) - padding
}

/** Characters that are looked at in one go: a regular expression keeps a step for each, and overflows its stack at some 10 MB. */
const portion = 65_536

/** Whether a text is base64 that the API accepts: padded, in the alphabet with + and /, and without line breaks. */
export function isBase64(text: string): boolean {
  if (text.length === 0 || text.length % 4 !== 0) return false
  const end = text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
  for (let at = 0; at < end; at += portion)
    if (!/^[A-Za-z0-9+/]+$/.test(text.slice(at, Math.min(at + portion, end)))) return false
  return true
}

/** The first bytes of a base64 text: enough to detect the type of a file. */
export function firstBytes(base64: string): Uint8Array {
  // Whole groups of 4 characters, of 3 bytes each.
  const text = atob(base64.slice(0, 1368))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
