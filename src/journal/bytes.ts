// Sizes as they go over the network: bytes of JSON in UTF-8, in which base64 counts as the text that it is.

const encoder = new TextEncoder()

/** Bytes of a value as JSON. 0 for what JSON leaves out. @throws TypeError, RangeError for what it can't hold */
export function jsonBytes(value: unknown): number {
  const json: string | undefined = JSON.stringify(value)
  return json === undefined ? 0 : encoder.encode(json).byteLength
}

/** A size in words: `1.3 MB`, of 1,000,000 bytes each, rounded up so that what is over a limit shows it. */
export const megabytes = (bytes: number): string => `${(Math.ceil(bytes / 100_000) / 10).toFixed(1)} MB`

/** The most that a request may have: 32 MB (the Messages API's error table, `request_too_large`). */
export const largestRequest = 32_000_000

/**
 * The most that the results of one reply's calls may have together, in bytes of JSON: half of a request, in every one of
 * which they stand from now on.
 */
export const largestResults = 16_000_000
