// Sizes on the network: bytes of JSON in UTF-8. Base64 counts as text.

const encoder = new TextEncoder()

/** Bytes of a value as JSON; 0 for a value that JSON omits. @throws TypeError, RangeError for a value that JSON cannot hold */
export function jsonBytes(value: unknown): number {
  const json: string | undefined = JSON.stringify(value)
  return json === undefined ? 0 : encoder.encode(json).byteLength
}

/** A size for people: `1.3 MB`, in units of 1,000,000 bytes, rounded up so that a size above a limit never reads as the limit. */
export const megabytes = (bytes: number): string => `${(Math.ceil(bytes / 100_000) / 10).toFixed(1)} MB`

/** The largest request, in bytes: 32 MB (the Messages API's error table, `request_too_large`). */
export const largestRequest = 32_000_000

/**
 * The most bytes of JSON that the results of one reply's calls may have together: half of a request, because every later request
 * carries them.
 */
export const largestResults = 16_000_000
