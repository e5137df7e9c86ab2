import type { IncomingMessage } from 'node:http'

/** 32 MB, the API's limit on a request. */
const maxBytes = 32 * 1024 * 1024

/** A body that is too large is read to its end up to here: an answer before that is lost on a client that still sends. */
const mostIgnored = 4 * maxBytes

/** Bytes of all bodies that are being read. */
const mostAtOnce = 16 * maxBytes

export interface RequestBody {
  /** Empty when the body was not kept. */
  readonly text: string
  readonly bytes: number
  readonly tooLarge: boolean
  /** Too much was being read beside it. */
  readonly overloaded: boolean
  /** Its end was not waited for: the connection is of no use any more. */
  readonly cut: boolean
}

/** Reads the bodies of requests, as many at once as there is room for. */
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
      // A client that goes away in the middle says so, or does not.
      incoming.once('close', () => (incoming.complete ? end() : reject(new Error('The client went away.'))))
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
