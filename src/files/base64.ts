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

/** Whether a text is base64 that the API accepts: padded, in the alphabet with + and /, and without line breaks. */
export const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)

/** The first bytes of a base64 text: enough to detect the type of a file. */
export function firstBytes(base64: string): Uint8Array {
  // Whole groups of 4 characters, of 3 bytes each.
  const text = atob(base64.slice(0, 1368))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
