// A multiple of 3, so that only the last chunk is padded, and fewer than the arguments that a call can have.
const chunkSize = 3 * 8192

/** Bytes as base64, in Node and in browsers. */
export function toBase64(bytes: Uint8Array): string {
  if (typeof Buffer !== 'undefined')
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  const chunks: string[] = []
  for (let at = 0; at < bytes.length; at += chunkSize)
    chunks.push(btoa(String.fromCharCode(...bytes.subarray(at, at + chunkSize))))
  return chunks.join('')
}

/** How many bytes a base64 text holds. */
export function decodedSize(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return Math.floor((base64.length * 3) / 4) - padding
}
