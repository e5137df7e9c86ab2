import type { IncomingMessage } from 'node:http'

/** 32 MB, the API's limit on a request. */
const maxBytes = 32 * 1024 * 1024

/** A body that is too large is read up to this size, because many clients see no answer while they are still sending. */
const mostIgnored = 4 * maxBytes

/** The size of all bodies that are being read, in bytes. */
const mostAtOnce = 16 * maxBytes

export interface RequestBody {
  /** Empty if the body was too large or the simulator overloaded. */
  readonly text: string
  readonly bytes: number
  readonly tooLarge: boolean
  /** Too many other bodies were being read. */
  readonly overloaded: boolean
  /** The body was not read to its end, so the connection can't be used again. */
  readonly cut: boolean
}

/** Makes a function that reads bodies, and drops those that exceed the limits. */
export const createBodyReader = (): ((incoming: IncomingMessage) => Promise<RequestBody>) => {
  let held = 0
  return async (incoming) => {
    const chunks: Buffer[] = []
    let [bytes, own] = [0, 0]
    let overloaded = false
    const drop = (): void => {
      held -= own
      own = 0
      chunks.length = 0
    }
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > maxBytes) return drop()
      overloaded ||= held + chunk.length > mostAtOnce
      if (overloaded) return drop()
      chunks.push(chunk)
      own += chunk.length
      held += chunk.length
    }
    const cut = await new Promise<boolean>((resolve, reject) => {
      const end = (): void => resolve(false)
      incoming.on('data', (chunk: Buffer) => {
        take(chunk)
        if (bytes <= mostIgnored) return
        incoming.pause()
        resolve(true)
      })
      incoming.once('end', end)
      incoming.once('error', reject)
      // Not every client that disconnects causes an error event.
      incoming.once('close', () => (incoming.complete ? end() : reject(new Error('The client disconnected.'))))
    }).finally(() => {
      held -= own
    })
    const tooLarge = bytes > maxBytes
    return {
      text: tooLarge || overloaded ? '' : Buffer.concat(chunks).toString('utf8'),
      bytes,
      tooLarge,
      overloaded: overloaded && !tooLarge,
      cut,
    }
  }
}
