import type { IncomingMessage } from 'node:http'

/** 32 MB, the API's limit on a request. */
const maxBytes = 32 * 1024 * 1024

export interface RequestBody {
  /** Empty when the body was too large. */
  readonly text: string
  readonly bytes: number
  readonly tooLarge: boolean
}

/** Reads to the end even when the body is too large: an answer before that is lost on a client that still sends. */
export const readBody = async (incoming: IncomingMessage): Promise<RequestBody> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
  }
  const tooLarge = bytes > maxBytes
  return { text: tooLarge ? '' : Buffer.concat(chunks).toString('utf8'), bytes, tooLarge }
}
